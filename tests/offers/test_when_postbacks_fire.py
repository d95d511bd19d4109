"""The original's rules as tables, written by hand from the spec; every cell is tried.

`x` fires, `.` does not. Nothing here asks the code under test what it would do.
"""

from __future__ import annotations

import offer_factories as make
import pytest

from dispatcher.models import Delivery
from offers import services

pytestmark = pytest.mark.django_db


def table(text):
    """{(row, column): fires} of a table as it is written below."""
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return {
        (row, column): cell == "x"
        for row, *cells in lines
        for column, cell in zip(head, cells, strict=True)
    }


# The conversion's status (rows), the postback's (columns).
STATUSES = table("""
          any  pending  done  rejected
pending   x    x        .     .
done      x    .        x     .
rejected  x    .        .     x
""")

# Enabled Goals of the offer (rows); the postback's goal beside the conversion's (columns).
GOALS = table("""
             unset  same  other
on           x      x     .
off          x      x     x
off-then-on  x      x     .
""")

# What a postback's goal (columns) is beside what the conversion names (rows). In the last row but
# one the offer's default goal is "gold", in the last it has none.
BESIDE = {
    ("gold", None): "unset", ("gold", "gold"): "same", ("gold", "other"): "other",
    ("other", None): "unset", ("other", "gold"): "other", ("other", "other"): "same",
    ("none, default gold", None): "unset", ("none, default gold", "gold"): "same",
    ("none, default gold", "other"): "other",
    ("none, no default", None): "unset", ("none, no default", "gold"): "other",
    ("none, no default", "other"): "other",
}  # fmt: skip
NAMED = ("gold", "other", "none, default gold", "none, no default")
LEVELS = ("affiliate and offer", "affiliate, all offers", "all affiliates, offer")


class World:
    """An offer with two goals, and a postback for every status, goal and level."""

    def __init__(self, enabled):
        self.affiliate, self.offer = make.affiliate(), make.offer(enabled_goals=enabled != "off")
        self.goals = {name: make.goal(self.offer, name=name) for name in ("gold", "other")}
        self.postbacks = {}
        for level in LEVELS:
            for status in ("any", "pending", "done", "rejected"):
                for goal in (None, "gold", "other"):
                    self._add(level, status, goal)
        self._add_strangers()
        if enabled == "off-then-on":
            self.offer.enabled_goals = False
            services.save_offer(offer=self.offer)
            self.offer.enabled_goals = True
            services.save_offer(offer=self.offer)

    def _add(self, level, status, goal):
        if level == "affiliate, all offers" and goal:
            return  # a goal is of one offer
        postback = make.postback(
            affiliate=None if level == "all affiliates, offer" else self.affiliate,
            offer=None if level == "affiliate, all offers" else self.offer,
            conversion_status=status,
            goal=self.goals.get(goal),
        )
        self.postbacks[postback.rule_id] = (level, status, goal)

    def _add_strangers(self):
        """Of others: whatever fires of these is not in `self.postbacks`, and fails the test."""
        make.postback(affiliate=make.affiliate(), offer=self.offer)
        make.postback(affiliate=self.affiliate, offer=make.offer())
        make.postback(affiliate=make.affiliate(), offer=None)
        make.postback(affiliate=None, offer=make.offer())

    def convert(self, status, named):
        gold = self.goals["gold"]
        gold.refresh_from_db()
        gold.is_default = named == "none, default gold"
        services.save_goal(goal=gold)
        goal = self.goals.get(named)
        item = make.item(offer=self.offer, affiliate=self.affiliate, status=status, goal=goal)
        return services.create_conversion(item=item)

    def expected(self, enabled, status, named):
        return {
            rule
            for rule, (_, wanted, goal) in self.postbacks.items()
            if STATUSES[status, wanted] and GOALS[enabled, BESIDE[named, goal]]
        }


def fired(emitted):
    return {one.rule_id for one in emitted.deliveries}


@pytest.mark.parametrize("enabled", ["on", "off", "off-then-on"])
def test_exactly_the_postbacks_of_the_tables_fire(enabled):
    world = World(enabled)
    cells = 0

    for status in ("pending", "done", "rejected"):
        for named in NAMED:
            created = world.convert(status, named)
            assert fired(created.emitted) == world.expected(enabled, status, named), (status, named)
            assert not created.emitted.skips
            for after in {"pending", "done", "rejected"} - {status}:
                updated = services.change_status(conversion=created.conversion, status=after)
                wanted = world.expected(enabled, after, named)
                assert fired(updated.emitted) == wanted, (status, after, named)
                services.change_status(conversion=created.conversion, status=status)
            cells += 3 * len(world.postbacks)

    assert cells == 3 * 4 * 3 * 28


# A: of the affiliate on the offer; B: of the affiliate on all offers; C: of all affiliates on the
# offer. With "?" only if nothing more specific matched. Left: what there is; right: what fires.
FALLBACKS = """
A B C      A B C
A B C?     A B
A C?       A
B C?       B
C?         C
C? C       C C
A B? C?    A
A B? C     A C
B? C?      B
B? C       B C
B?         B
A? B C     A B C
A? B? C?   A
A?         A
A? A       A A
-A C?      C
-A B?      B
-A -B C?   C
"""
# "-": switched off.


@pytest.mark.parametrize("line", FALLBACKS.strip().splitlines())
def test_a_fallback_fires_only_where_nothing_more_specific_does(line):
    there, wanted = (part.split() for part in line.strip().split("  ", 1))
    affiliate, offer = make.affiliate(), make.offer()
    levels = {}
    for mark in there:
        postback = make.postback(
            affiliate=None if "C" in mark else affiliate,
            offer=None if "B" in mark else offer,
            only_if_nothing_more_specific="?" in mark,
            is_active="-" not in mark,
        )
        levels[postback.rule_id] = mark.strip("-?")

    emitted = services.create_conversion(item=make.item(offer=offer, affiliate=affiliate)).emitted

    assert sorted(levels[rule] for rule in fired(emitted)) == sorted(wanted)
    assert fired(emitted) | {skip.rule_id for skip in emitted.skips} == set(levels)


def test_a_fallback_is_skipped_naming_what_was_more_specific():
    postback = make.postback()
    make.postback(affiliate=None, offer=postback.offer, only_if_nothing_more_specific=True)

    emitted = services.create_conversion(
        item=make.item(offer=postback.offer, affiliate=postback.affiliate)
    ).emitted

    assert [skip.reason for skip in emitted.skips] == [
        f"Something more specific matched: postback {postback.pk}"
    ]


@pytest.mark.parametrize(
    ("postback", "affiliate", "offer", "reason"),
    [
        pytest.param({"is_active": False}, {}, {}, "Postback is not active", id="inactive"),
        pytest.param({"approval": "pending"}, {}, {}, "Postback waits for approval", id="waiting"),
        pytest.param({"approval": "rejected"}, {}, {}, "Postback was not approved", id="refused"),
        pytest.param({}, {"status": "blocked"}, {}, "Affiliate is blocked", id="blocked"),
        pytest.param({}, {"status": "pending"}, {}, "Affiliate is pending", id="pending"),
        pytest.param({}, {}, {"status": "paused"}, "Offer is paused", id="paused-offer"),
        pytest.param({}, {}, {"status": "disabled"}, "Offer is disabled", id="disabled-offer"),
    ],
)
def test_what_matched_and_was_not_sent_is_a_skip_with_its_reason(
    postback, affiliate, offer, reason
):
    one, where = make.affiliate(**affiliate), make.offer(**offer)
    made = make.postback(affiliate=one, offer=where, **postback)
    make.postback(affiliate=one, offer=where, conversion_status="done")  # does not match: no skip

    emitted = services.create_conversion(item=make.item(offer=where, affiliate=one)).emitted

    assert not emitted.deliveries
    assert [(skip.rule_id, skip.reason) for skip in emitted.skips] == [(made.rule_id, reason)]


def test_a_delay_puts_off_what_is_sent():
    postback = make.postback(delay=3600)

    make.conversion(offer=postback.offer, affiliate=postback.affiliate)

    delivery = Delivery.objects.get()
    assert (delivery.due_at - delivery.created_at).total_seconds() == 3600


@pytest.mark.parametrize("is_ordered", [True, False])
def test_order_is_kept_per_conversion_where_the_postback_asks_for_it(is_ordered):
    postback = make.postback(is_ordered=is_ordered)

    conversion = make.conversion(offer=postback.offer, affiliate=postback.affiliate)

    assert Delivery.objects.get().ordering_key == (conversion.subject if is_ordered else "")
