"""Events and deliveries as they are listed, filtered and read."""

from __future__ import annotations

from datetime import timedelta

import factories
import pytest
from api_client import Api, fields, problem
from django.utils import timezone
from ledger import ended

from dispatcher import services
from dispatcher.models import Attempt, Delivery, Event, Request

pytestmark = pytest.mark.django_db


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_an_event_shows_its_payload_as_received_and_what_it_caused(api, trigger):
    body = (
        b'{"type": "order_shipped", "customer": "studio-nord",'
        b' "payload": {"z": 1.10, "a": 9007199254740993}}'
    )
    emitted = api.post("order-events/", body).json()

    response = api.get(f"events/{emitted['id']}/")

    assert b'"payload":{"z": 1.10, "a": 9007199254740993}' in response.content
    assert response.json()["deliveries"] == emitted["deliveries"]


def test_a_delivery_shows_request_and_attempts_and_no_secret(api, emit):
    uid = emit()
    delivery = Delivery.objects.get(uid=uid)
    now = timezone.now()
    Request.objects.create(
        delivery=delivery, method="POST", url="https://receiver.example/hooks", body="{}",
        headers='[["Content-Type", "application/json"]]', rendered_at=now,
        warnings='[{"line": 1, "message": "orderId is missing."}]',
    )  # fmt: skip
    Attempt.objects.create(
        delivery=delivery, fence=1, number=1, started_at=now, duration=12.5, status=503,
        outcome="rejected", headers='[["Set-Cookie", "session=1"], ["X", "y"]]',
        phases='{"connect": 1.5}',
    )  # fmt: skip

    response = api.get(f"deliveries/{uid}/")

    shown = response.json()
    assert shown["request"]["headers"] == [
        {"name": "Content-Type", "value": "application/json"},
        {"name": "webhook-id", "value": uid},
        {"name": "webhook-timestamp", "value": "•••"},
        {"name": "webhook-signature", "value": "•••"},
        {"name": "X-Key", "value": "•••"},
    ]
    assert shown["attempts"][0]["headers"][0] == {"name": "Set-Cookie", "value": "•••"}
    assert shown["attempts"][0]["phases"] == {"connect": 1.5}
    assert b"whsec" not in response.content
    assert b"hush" not in response.content


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        (lambda t: services.pause_rule(t.rule_id, reason="Too many complaints."), "complaints"),
        (lambda t: services.hold_owner(t.customer.owner, reason="Not paid."), "Not paid"),
        (
            lambda t: services.pause_destination(t.rule.route.destination_id),
            "destination is paused",
        ),
    ],
    ids=["rule", "owner", "destination"],
)
def test_a_held_delivery_says_why(api, emit, trigger, hold, words):
    uid = emit()
    trigger.rule.refresh_from_db()
    hold(trigger)

    assert words in api.get(f"deliveries/{uid}/").json()["held"]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"type": "order_shipped"}, True),
        ({"type": "order_failed"}, False),
        ({"state": "pending"}, True),
        ({"state": "failed"}, False),
        ({"customer": "studio-nord"}, True),
        ({"customer": "other"}, False),
        ({"subject": "order:PO-1"}, True),
        ({"subject": "order:PO-2"}, False),
        ({"destination": "https://receiver.example/anything"}, True),
        ({"destination": "https://receiver.example:444"}, False),
        ({"affiliate": "affiliate:7"}, False),
        ({"channel": "7"}, False),
        ({"rule": "999999"}, False),
        ({"is_test": "false"}, True),
        ({"is_test": "true"}, False),
        ({"created_after": "2020-01-01T00:00:00Z"}, True),
        ({"created_before": "2020-01-01T00:00:00+02:00"}, False),
        ({"created_after": "2020-01-01T00:00:00Z", "state": "pending"}, True),
    ],
    ids=str,
)
@pytest.mark.parametrize("ledger", ["events", "deliveries"])
def test_a_filter_leaves_what_it_asks_for(api, emit, query, is_found, ledger):
    factories.customer(reference_id="other")
    uid = emit()

    found = ids(api.get(f"{ledger}/", query))

    expected = str(Event.objects.get().pk) if ledger == "events" else uid
    assert found == ([expected] if is_found else [])


def test_a_time_filter_is_exact(api, emit):
    uid = emit()
    moment = Delivery.objects.get(uid=uid).created_at

    assert ids(api.get("deliveries/", {"created_after": moment.isoformat()})) == [uid]
    assert ids(api.get("deliveries/", {"created_before": moment.isoformat()})) == []
    later = (moment + timedelta(microseconds=1)).isoformat()
    assert ids(api.get("deliveries/", {"created_after": later})) == []
    assert ids(api.get("deliveries/", {"created_before": later})) == [uid]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"state": "lost"}, "state"),
        ({"type": "order_eaten"}, "type"),
        ({"customer": "nobody"}, "customer"),
        ({"rule": "x"}, "rule"),
        ({"rule": "-1"}, "rule"),
        ({"destination": "nowhere"}, "destination"),
        ({"created_after": "yesterday"}, "created_after"),
        ({"created_after": "2026-01-01T00:00:00"}, "created_after"),
        ({"created_before": "9999-99-99T00:00:00Z"}, "created_before"),
        ({"is_test": "maybe"}, "is_test"),
        ({"subject": ""}, "subject"),
        ({"subject": "a\x00b"}, "subject"),
        ({"subject": "x" * 301}, "subject"),
        ({"affiliate": "../7"}, "affiliate"),
        ({"state": ["failed", "pending"]}, "state"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1000"}, "limit"),
        ({"cursor": "!"}, "cursor"),
        ({"cursor": "bm90aGluZw"}, "cursor"),
    ],
    ids=str,
)
@pytest.mark.parametrize("ledger", ["events", "deliveries"])
def test_an_unknown_filter_or_value_is_named(api, query, field, ledger):
    assert fields(problem(api.get(f"{ledger}/", query), 400)) == [field]


@pytest.mark.parametrize("ledger", ["events", "deliveries"])
def test_pages_lead_through_everything_and_back(api, emit, ledger):
    for number in range(5):
        emit(f"PO-{number}")
    everything = ids(api.get(f"{ledger}/"))

    first = api.get(f"{ledger}/", {"limit": "2"})
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])
    back = api.get(third.json()["previous"])

    assert ids(first) + ids(second) + ids(third) == everything
    assert everything == sorted(everything, reverse=True)
    assert ids(back) == ids(second)
    assert (first.json()["previous"], third.json()["next"]) == (None, None)


@pytest.mark.parametrize("ledger", ["events", "deliveries"])
def test_a_list_costs_the_same_whatever_its_length(
    api, emit, ledger, django_assert_max_num_queries
):
    for number in range(5):
        emit(f"PO-{number}")

    with django_assert_max_num_queries(3):
        assert len(ids(api.get(f"{ledger}/"))) == 5


def test_a_restricted_token_sees_its_owner_and_nothing_else(api, emit, trigger):
    mine = emit()
    factories.trigger(customer=factories.customer(reference_id="other"))
    other = api.post(
        "order-events/", {"type": "order_shipped", "customer": "other", "payload": {}}
    ).json()
    theirs = other["deliveries"][0]["id"]
    restricted = Api(restricted_to=trigger.customer.owner)

    assert ids(restricted.get("deliveries/")) == [mine]
    assert ids(restricted.get("deliveries/", {"customer": "other"})) == []
    assert ids(restricted.get("deliveries/", {"customer": "nobody"})) == []
    problem(restricted.get(f"deliveries/{theirs}/"), 404)
    problem(restricted.get(f"events/{other['id']}/"), 404)
    problem(restricted.post(f"deliveries/{theirs}/resend/", {}), 404)
    problem(restricted.get("customers/"), 403)
    problem(restricted.post("order-events/", {}), 403)


def test_a_restricted_token_sees_no_skip_of_anothers_rule(api, emit, trigger):
    own_draft = factories.trigger(customer=trigger.customer, status="draft")
    everybodys_draft = factories.trigger(customer=None, status="draft")
    uid = emit()
    ended(uid)
    restricted = Api(restricted_to=trigger.customer.owner)

    whole = api.get(f"deliveries/{uid}/").json()
    read = restricted.get(f"deliveries/{uid}/").json()
    resent = restricted.post(f"deliveries/{uid}/resend/", {}).json()

    rules = {own_draft.rule_id, everybodys_draft.rule_id}
    assert {skip["rule"] for skip in whole["skips"]} == rules
    assert [skip["rule"] for skip in read["skips"]] == [own_draft.rule_id]
    assert [skip["rule"] for skip in resent["skips"]] == [own_draft.rule_id]


def test_a_customer_is_asked_for_by_reference_or_id(api, emit, trigger):
    mine = emit()
    pk = trigger.customer.pk
    by_id = {"customer": str(pk)}
    found_by_id = ids(api.get("deliveries/", by_id))
    factories.customer(reference_id=str(pk))

    found_by_reference = ids(api.get("deliveries/", by_id))

    assert found_by_id == [mine]
    assert found_by_reference == []
    unknown = problem(api.get("deliveries/", {"customer": "99999999"}), 400)
    assert "Give its reference ID or its id." in unknown["detail"]


def test_no_delivery_of_this_id(api):
    problem(api.get("deliveries/01a1fd8e-1c9e-729f-ab1c-6cf0fbc5f176/"), 404)
    problem(api.get("deliveries/1/"), 404)
