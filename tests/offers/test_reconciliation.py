"""What came in a month, by affiliate and offer, and whether it was told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import offer_factories as make
import pytest

from dispatcher import services as dispatcher
from dispatcher.models import Delivery, Rule
from offers import services
from offers.models import Conversion
from offers.reconciliation import reconcile

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 17)


@pytest.fixture
def postback():
    return make.postback()


def came(postback, payout, state="delivered", *, status="done", day=5, **values):
    """A conversion of March whose postbacks came to this."""
    conversion = make.conversion(
        offer=postback.offer, affiliate=postback.affiliate, payout=payout, status=status,
        **{"currency": "EUR"} | values,
    )  # fmt: skip
    moment = datetime(2026, 3, day, 12, tzinfo=UTC)
    Conversion.objects.filter(pk=conversion.pk).update(created_at=moment)
    Delivery.objects.filter(event__subject=conversion.subject).update(state=state)
    return conversion


def test_conversions_and_payouts_are_counted_by_status(postback):
    came(postback, "10.10")
    came(postback, "0.2005")
    came(postback, "5", status="rejected")
    came(postback, None, status="pending")

    [line] = reconcile(month=MARCH)

    assert (line.affiliate, line.offer) == (postback.affiliate, postback.offer)
    assert line.counts == {"pending": 1, "done": 2, "rejected": 1}
    assert line.payouts["done"] == Decimal("10.3005")
    assert (line.conversions, line.payout) == (4, Decimal("15.3005"))


def test_postbacks_are_owed_and_came_to_something(postback):
    came(postback, "1")
    came(postback, "2", "failed")
    came(postback, "4", "canceled")
    came(postback, "8", "pending")

    [line] = reconcile(month=MARCH)

    assert (line.owed, line.delivered, line.failed) == (4, 1, 1)
    assert (line.canceled, line.waiting, line.held) == (1, 1, 0)
    assert line.missing == Decimal(6)


def test_what_waits_for_a_paused_postback_or_a_blocked_affiliate_is_held(postback):
    came(postback, "8", "pending")
    dispatcher.pause_rule(postback.rule_id, reason="Failed.")
    assert reconcile(month=MARCH)[0].held == 1

    dispatcher.resume_rule(postback.rule_id)
    assert reconcile(month=MARCH)[0].held == 0

    services.set_affiliate_status(affiliate=postback.affiliate, status="blocked")
    [line] = reconcile(month=MARCH)
    assert (line.held, line.missing) == (1, Decimal(8))


def test_each_payout_is_missing_once_however_many_postbacks_failed(postback):
    make.postback(affiliate=postback.affiliate, offer=postback.offer)
    came(postback, "3", "failed")

    [line] = reconcile(month=MARCH)

    assert (line.owed, line.failed, line.missing) == (2, 2, Decimal(3))


def test_sent_again_it_is_one_postback_that_arrived(postback):
    came(postback, "3", "failed")
    again = dispatcher.resend_current(Delivery.objects.get())
    Delivery.objects.filter(pk=again.pk).update(state="delivered")

    [line] = reconcile(month=MARCH)

    assert (line.owed, line.delivered, line.failed, line.missing) == (1, 1, 0, 0)


def test_currencies_offers_and_months_are_kept_apart(postback):
    came(postback, "1")
    came(postback, "1", currency="USD")
    came(make.postback(affiliate=postback.affiliate), "1")
    make.conversion(offer=postback.offer, affiliate=postback.affiliate)

    lines = reconcile(month=MARCH)

    assert len(lines) == 3
    assert all(line.conversions == 1 for line in lines)
    assert [one.currency for one in reconcile(month=MARCH, offer=postback.offer)] == ["EUR", "USD"]
    assert reconcile(month=date(2026, 2, 1)) == []
    assert reconcile(month=MARCH, affiliate=make.affiliate()) == []


def test_months_are_those_of_the_time_zone(postback, settings):
    conversion = came(postback, "1")
    late = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    Conversion.objects.filter(pk=conversion.pk).update(created_at=late)

    assert reconcile(month=MARCH)
    settings.TIME_ZONE = "Europe/Berlin"
    assert reconcile(month=date(2026, 4, 1))


def test_the_operators_postbacks_can_be_left_out(postback):
    make.postback(affiliate=None, offer=postback.offer)
    came(postback, "1")

    assert reconcile(month=MARCH)[0].owed == 2
    assert reconcile(month=MARCH, own_only=True)[0].owed == 1


def test_tests_are_not_owed(postback):
    conversion = came(postback, "1")
    Delivery.objects.filter(event__subject=conversion.subject).update(is_test=True)

    assert reconcile(month=MARCH)[0].owed == 0


def test_it_takes_four_statements(postback, django_assert_num_queries):
    for _ in range(3):
        came(make.postback(), "1")
    assert Rule.objects.count() >= 4

    with django_assert_num_queries(4):
        assert len(reconcile(month=MARCH)) == 3
