"""Every row of the spec's table of events, by source and in every order of facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import notification_factories as make
import pytest
import time_machine

from notifications.models import Order
from notifications.services import completion, waiting_orders

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOURCES = ("admin", "shop", "funnel", "quote")

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as moving:
        yield moving


def approve(**more):
    make.purchase(**{"reference": "tx-1", "contact": make.ANN} | more)


def decline(**more):
    make.purchase(**{"reference": "tx-0", "status": "declined", "contact": make.ANN} | more)


def thank_you(**more):
    make.report("thank-you", order="PO-1", **more)


def refund(**more):
    part = {"reference": "re-1", "amount": "10.00", "currency": "EUR"}
    make.report("refund", order="PO-1", refund=part, **more)


def void(**more):
    make.report("refund", order="PO-1", refund={"reference": "vo-1", "type": "void"}, **more)


def tracking(**more):
    part = {"tracking_number": "00340", "carrier": "DHL"}
    make.report("tracking", order="PO-1", tracking=part, **more)


def wait(minutes):
    """Let time pass, with a worker looking all the while."""

    def pass_by(clock):
        clock.shift(timedelta(minutes=minutes))
        completion.run_due()

    return pass_by


ONE_OF_EACH = [
    ("contact-saved", {"contact": make.ANN}, ["contact_created"]),
    ("refund", {"order": "PO-1", "refund": "re-1"}, ["refund_applied"]),
    ("tracking", {"order": "PO-1", "tracking": {"carrier": "DHL"}}, ["tracking_updated"]),
    ("product-conflict", {"contact": make.ANN, "product": "course"}, ["product_conflict"]),
    ("subscription-canceled", {"subscription": "S-1"}, ["subscription_canceled"]),
    ("survey-completed", {"survey": {"name": "NPS"}, "contact": make.ANN}, ["survey_completed"]),
    ("transaction", {"order": "PO-1", "transaction": {"reference": "t", "status": "declined"}},
     ["transaction_declined"]),
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("kind", "parts", "expected"), ONE_OF_EACH, ids=lambda v: str(v)[:24])
def test_a_fact_alone_tells_its_event(kind, parts, expected, source):
    reported = make.report(kind, source=source, **parts)

    assert make.told() == expected
    assert [one.type for one in reported.events] == expected
    [payload] = make.payloads(expected[0])
    assert payload["source"] == ("admin" if source == "quote" else source)


@pytest.mark.parametrize("source", ["admin", "shop", "quote"])
def test_outside_of_funnels_the_purchase_completes_the_order(source, clock):
    reported = make.purchase(source=source, contact=make.ANN)

    assert [one.type for one in reported.events] == [
        "transaction_approved", "customer_created", "order_completed",
    ]  # fmt: skip
    assert sorted(make.told()) == sorted(one.type for one in reported.events)
    assert not reported.scheduled


@pytest.mark.parametrize("source", SOURCES)
def test_a_declined_purchase_completes_nothing(source, clock):
    decline(source=source)
    wait(60)(clock)

    assert make.told() == ["transaction_declined"]


def test_a_funnels_purchase_schedules_the_completion(clock):
    reported = make.purchase(source="funnel")

    assert make.told() == ["transaction_approved"]
    [scheduled] = reported.scheduled
    assert scheduled.type == "order_completed"
    assert scheduled.subject == "order:PO-1"
    assert scheduled.due_at == START + timedelta(minutes=30)
    assert [order.reference for order in waiting_orders()] == ["PO-1"]


FUNNEL = {
    "thank-you page in time": ([approve, wait(10), thank_you, wait(60)], 10),
    "nobody reaches the thank-you page": ([approve, wait(29), wait(1), wait(60)], 30),
    "thank-you page too late": ([approve, wait(30), thank_you, wait(60)], 30),
    "two purchases: the first one counts": (
        [approve, wait(20), lambda **k: approve(reference="tx-2", **k), wait(10), wait(30)], 30,
    ),
    "thank-you page twice": ([approve, wait(1), thank_you, wait(1), thank_you, wait(60)], 1),
    "thank-you page before its purchase": ([thank_you, wait(5), approve, wait(60)], 0),
    "refund before its purchase": ([refund, wait(5), approve, wait(30), wait(60)], 35),
    "refund while it waits": ([approve, wait(5), refund, wait(25), wait(60)], 30),
    "declined first": ([decline, wait(15), approve, wait(29), wait(1), wait(60)], 45),
    "the same purchase told twice": ([approve, wait(10), approve, wait(20), wait(60)], 30),
    "no worker for two hours": ([approve, wait(120)], 30),
    "tracking before everything": ([tracking, wait(1), approve, wait(30), wait(9)], 31),
    "thank-you page, nothing else ever": ([thank_you, wait(120)], 0),
}  # fmt: skip


@pytest.mark.parametrize("steps", FUNNEL.values(), ids=FUNNEL.keys())
def test_a_funnel_order_is_completed_once(steps, clock):
    story, minute = steps

    for step in story:
        step(clock) if step.__name__ == "pass_by" else step(source="funnel")

    assert make.told().count("order_completed") == 1
    [payload] = make.payloads("order_completed")
    happened = START + timedelta(minutes=minute)
    assert datetime.fromisoformat(payload["occurred_at"]) == happened
    order = Order.objects.get()
    assert order.completed_at == happened
    assert order.complete_due_at is None


FACTS = {"a": approve, "d": decline, "t": thank_you, "r": refund, "v": void, "k": tracking}


@pytest.mark.parametrize("source", ["admin", "shop", "funnel"])
@pytest.mark.parametrize("letters", ["".join(p) for p in permutations("adtr")])
def test_in_whatever_order_facts_come_each_event_is_told_once(letters, source, clock):
    for letter in letters:
        FACTS[letter](source=source)
        clock.shift(timedelta(minutes=1))
    for letter in letters:  # and all of it again
        FACTS[letter](source=source)
        wait(20)(clock)

    assert sorted(make.told()) == [
        "customer_created", "order_completed", "refund_applied", "transaction_approved",
        "transaction_declined",
    ]  # fmt: skip
    assert Order.objects.get().source == source


def test_a_purchase_reported_hours_late_completes_at_once_as_of_its_time(clock):
    approve(source="funnel", occurred_at=START - timedelta(hours=2))

    [payload] = make.payloads("order_completed")
    at = START - timedelta(hours=1, minutes=30)
    assert datetime.fromisoformat(payload["occurred_at"]) == at


def test_a_purchase_from_the_future_waits_no_longer_than_from_now(clock):
    reported = make.purchase(source="funnel", occurred_at=START + timedelta(days=9))

    assert reported.scheduled[0].due_at == START + timedelta(minutes=30)


def test_the_wait_is_a_setting(clock, settings):
    settings.NOTIFICATIONS_FUNNEL_WAIT = 90

    assert make.purchase(source="funnel").scheduled[0].due_at == START + timedelta(seconds=90)


def test_each_purchase_of_a_funnel_order_is_told():
    decline(source="funnel")
    decline(source="funnel", reference="tx-00")
    approve(source="funnel")
    approve(source="funnel", reference="tx-2")

    assert make.told().count("transaction_declined") == 2
    assert make.told().count("transaction_approved") == 2


def test_a_transaction_that_is_declined_and_then_approved_is_told_as_both():
    make.purchase(source="shop", status="declined")
    make.purchase(source="shop", status="approved")

    assert make.told() == ["transaction_declined", "transaction_approved", "order_completed"]


def test_refund_and_void_are_told_each_once():
    refund(source="shop")
    void(source="shop")
    refund(source="shop")

    assert make.told() == ["refund_applied", "refund_applied"]
    assert [one["transaction"]["type"] for one in make.payloads("refund_applied")] == [
        "refund",
        "void",
    ]


def test_tracking_is_told_only_when_it_changes():
    tracking(source="shop")
    tracking(source="shop")
    make.report("tracking", order="PO-1", tracking={"status": "delivered"})

    assert make.told() == ["tracking_updated", "tracking_updated"]
    assert make.payloads("tracking_updated")[1]["shipping"]["tracking_number"] == "00340"


def test_a_subscription_is_canceled_once():
    first = make.report("subscription-canceled", source="shop", subscription="S-1")
    second = make.report("subscription-canceled", subscription="S-1")

    assert make.told() == ["subscription_canceled"]
    assert second.events[0].event_id == first.events[0].event_id
    assert second.events[0].is_duplicate


def test_a_fact_about_an_order_that_is_not_known_must_say_where_it_belongs(refused):
    with refused(source="admin, shop, funnel"):
        make.purchase()


def test_an_order_belongs_to_the_source_that_named_it_first():
    make.purchase(source="funnel")
    make.purchase("tx-2", source="admin")

    assert Order.objects.get().source == "funnel"
    assert "order_completed" not in make.told()
