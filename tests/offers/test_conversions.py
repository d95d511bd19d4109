"""Conversions come in once, change through one service, and each change of status is an event."""

from __future__ import annotations

import json
from decimal import Decimal

import factories
import offer_factories as make
import pytest
from django.core.exceptions import ValidationError

from dispatcher.models import Delivery, Event
from offers import services
from offers.models import Conversion, ConversionChange
from offers.services import TransactionConflictError

pytestmark = pytest.mark.django_db


@pytest.fixture
def postback():
    return make.postback()


def new(postback, **values):
    return make.item(offer=postback.offer, affiliate=postback.affiliate, **values)


def test_a_new_conversion_is_an_event_with_its_deliveries(postback):
    created = services.create_conversion(item=new(postback, transaction_id="T-100", payout="12.50"))

    conversion, event = created.conversion, Event.objects.get()
    assert created.is_new
    assert created.emitted.event_id == event.pk
    assert [one.rule_id for one in created.emitted.deliveries] == [postback.rule_id]
    assert (event.type, event.subject) == ("conversion_created", f"conversion:{conversion.pk}")
    assert event.owner == f"affiliate:{postback.affiliate_id}"
    change = conversion.changes.get()
    assert (change.from_status, change.to_status, change.event_id) == ("", "pending", event.pk)


def test_its_document_is_flat_and_its_amounts_are_exact_numbers(postback):
    item = new(postback, payout="12.5", revenue="0.0125", sub_id1="ü & x", currency="eur")
    services.create_conversion(item=item)

    text = Event.objects.get().payload
    document = json.loads(text)

    assert '"payout": 12.50,' in text
    assert '"revenue": 0.0125,' in text
    assert document["sale_amount"] is None
    assert document["sub_id1"] == "ü & x"
    assert document["currency"] == "EUR"
    assert document["offer"] == postback.offer.name
    assert document["affiliate_reference"] == postback.affiliate.reference_id
    assert not any(isinstance(value, dict | list) for value in document.values())


def test_the_same_transaction_again_changes_nothing(postback):
    first = services.create_conversion(item=new(postback, transaction_id="T-1", payout="1.0"))
    again = services.create_conversion(item=new(postback, transaction_id="T-1", payout="1.00"))

    assert not again.is_new
    assert again.conversion.pk == first.conversion.pk
    assert again.emitted.is_duplicate
    assert again.emitted.event_id == first.emitted.event_id
    assert again.emitted.deliveries == first.emitted.deliveries
    assert Conversion.objects.count() == Event.objects.count() == 1


def test_the_same_transaction_with_another_body_is_a_conflict(postback):
    services.create_conversion(item=new(postback, transaction_id="T-1", payout="1"))

    with pytest.raises(TransactionConflictError, match="T-1"):
        services.create_conversion(item=new(postback, transaction_id="T-1", payout="2"))

    assert Conversion.objects.count() == 1


def test_another_goal_may_have_the_same_transaction(postback):
    goals = [make.goal(postback.offer) for _ in range(2)]
    for goal in (None, *goals):
        services.create_conversion(item=new(postback, transaction_id="T-1", goal=goal))

    assert Conversion.objects.count() == 3


def test_naming_no_goal_counts_for_the_default_one(postback):
    goal = make.goal(postback.offer, is_default=True)

    created = services.create_conversion(item=new(postback, transaction_id="T-1"))

    assert created.conversion.goal == goal
    with pytest.raises(TransactionConflictError):
        services.create_conversion(item=new(postback, transaction_id="T-1", goal=goal))


def test_the_same_body_is_known_although_another_goal_is_the_default_now(postback):
    make.goal(postback.offer, is_default=True)
    services.create_conversion(item=new(postback, transaction_id="T-1"))
    make.goal(postback.offer, is_default=True)

    assert not services.create_conversion(item=new(postback, transaction_id="T-1")).is_new


def test_one_stored_before_there_was_a_default_goal_counts_for_it(postback):
    services.create_conversion(item=new(postback, transaction_id="T-1"))
    goal = make.goal(postback.offer, is_default=True)

    with pytest.raises(TransactionConflictError):
        services.create_conversion(item=new(postback, transaction_id="T-1", goal=goal))


def test_everything_wrong_is_said_at_once(refused):
    item = services.NewConversion(
        offer="nowhere",
        affiliate="",
        transaction_id=" ",
        status="won",
        values={"payout": 1.5, "revenue": "1.00001", "sale_amount": "-1", "currency": "euro",
                "country": "Germany", "ip": "nowhere", "sub_id1": "x" * 256, "click_id": "a\0"},
    )  # fmt: skip

    with refused(
        offer="“nowhere”", affiliate="Name the affiliate", transaction_id="Give the transaction",
        status="pending, done, rejected", payout="12.50", revenue="4 decimals", sale_amount="0 to",
        currency="as USD", country="as US", ip="203.0.113.7", sub_id1="255", click_id="NUL",
    ):  # fmt: skip
        services.create_conversion(item=item)


def test_an_unknown_goal_is_refused_with_those_there_are(postback, refused):
    goal = make.goal(postback.offer)
    stranger = make.goal()

    with refused(goal=f"Its goals are: {goal.reference_id}."):
        services.create_conversion(item=new(postback, goal=stranger))


def test_in_a_batch_a_bad_item_does_not_sink_the_rest(postback):
    items = [
        new(postback, transaction_id="A"),
        new(postback, transaction_id="A"),
        new(postback, transaction_id="A", payout="9"),
        new(postback, status="won"),
        new(postback, transaction_id="B"),
    ]

    first, again, conflict, bad, last = services.create_conversions(items=items)

    assert (first.is_new, again.is_new, last.is_new) == (True, False, True)
    assert again.conversion == first.conversion
    assert isinstance(conflict, TransactionConflictError)
    assert isinstance(bad, ValidationError)
    assert Event.objects.count() == 2


@pytest.mark.parametrize("count", [1, 300])
def test_a_batch_takes_as_many_statements_as_one(postback, django_assert_max_num_queries, count):
    items = [new(postback) for _ in range(count)]

    with django_assert_max_num_queries(22):
        services.create_conversions(items=items)

    assert Delivery.objects.count() == count


def test_a_changed_status_is_an_event_with_the_one_before(postback):
    conversion = make.conversion(offer=postback.offer, affiliate=postback.affiliate)
    user = factories.operator()

    done = services.change_status(conversion=conversion, status="done", by=user, origin="admin")

    event = Event.objects.get(type="conversion_changed")
    document = json.loads(event.payload)
    change = conversion.changes.get(event_id=event.pk)
    assert done.emitted.event_id == event.pk
    assert (document["status"], document["previous_status"]) == ("done", "pending")
    assert (change.by, change.origin) == (user, "admin")
    assert (change.from_status, change.to_status) == ("pending", "done")
    assert done.conversion.status_changed_at > conversion.status_changed_at


def test_the_status_that_it_has_fires_nothing(postback):
    conversion = make.conversion(offer=postback.offer, affiliate=postback.affiliate)

    assert services.change_status(conversion=conversion, status="pending").emitted is None

    assert Event.objects.count() == ConversionChange.objects.count() == 1


def test_other_fields_change_without_an_event_and_are_kept_with_their_author(postback):
    conversion = make.conversion(offer=postback.offer, affiliate=postback.affiliate, payout="10")
    user = factories.operator()

    services.update_conversion(conversion=conversion, values={"payout": "12.50"}, by=user)

    conversion.refresh_from_db()
    change = conversion.changes.get(by=user)
    assert conversion.payout == Decimal("12.5")
    assert change.details == {"payout": ["10.00", "12.50"]}
    assert change.event_id is None
    assert Event.objects.count() == 1


def test_what_a_conversion_is_for_cannot_be_changed(refused):
    conversion = make.conversion()

    with refused(offer="cannot be changed", status="Choose one"):
        services.update_conversion(conversion=conversion, values={"offer": "x", "status": "won"})


def test_many_change_at_once_in_few_statements(postback, django_assert_max_num_queries):
    items = [new(postback) for _ in range(60)]
    rows = [one.conversion for one in services.create_conversions(items=items)]
    services.change_status(conversion=rows[0], status="done")

    with django_assert_max_num_queries(16):
        changed = services.change_statuses(conversions=[row.pk for row in rows], status="done")

    assert (changed.changed, changed.unchanged, changed.deliveries) == (59, 1, 59)
    assert not Conversion.objects.exclude(status="done").exists()
    assert ConversionChange.objects.filter(to_status="done").count() == 60


def test_a_deleted_event_leaves_the_repeat_without_one(postback):
    services.create_conversion(item=new(postback, transaction_id="T-1"))
    Delivery.objects.all().delete()
    Event.objects.all().delete()

    again = services.create_conversion(item=new(postback, transaction_id="T-1"))

    assert (again.is_new, again.emitted) == (False, None)
