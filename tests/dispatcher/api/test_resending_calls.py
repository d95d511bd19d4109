"""Sending again: one delivery, or all that a filter finds."""

from __future__ import annotations

from uuid import UUID

import pytest
from api_client import Api, fields, problem
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from ledger import ended

from dispatcher.api import ledgers
from dispatcher.models import Delivery

pytestmark = pytest.mark.django_db


def test_sent_again_as_it_was_keeps_its_id(api, emit):
    uid = emit()
    ended(uid)

    response = api.post(f"deliveries/{uid}/resend/", {"as": "sent"})

    assert response.status_code == 202
    assert (response.json()["id"], response.json()["state"]) == (uid, "pending")


@pytest.mark.parametrize("how", ["sent", "current"])
def test_a_token_that_may_not_read_learns_only_id_and_state(api, emit, how):
    uid = emit()
    ended(uid)

    response = Api("emit").post(f"deliveries/{uid}/resend/", {"as": how})

    sent = Delivery.objects.latest("id")
    assert response.status_code == 202
    assert response.json() == {"id": str(sent.uid), "state": "pending"}


def test_a_token_whose_owner_may_no_longer_read_learns_no_more(api, emit):
    uid = emit()
    ended(uid)
    owner = get_user_model().objects.create_user("shop")
    owner.user_permissions.add(Permission.objects.get(codename="add_event"))

    response = Api("emit", "read", owner=owner).post(f"deliveries/{uid}/resend/", {})

    assert response.json() == {"id": uid, "state": "pending"}


def test_an_owner_sends_its_own_again_whatever_else_its_user_may(api, emit, trigger):
    uid = emit()
    ended(uid)
    user = get_user_model().objects.create_user("outside")
    restricted = Api(owner=user, restricted_to=trigger.customer.owner)

    response = restricted.post(f"deliveries/{uid}/resend/", {})

    assert (response.status_code, response.json()["attempts"]) == (202, [])


def test_sent_again_as_it_would_be_now_is_a_new_delivery(api, emit):
    uid = emit()

    response = api.post(f"deliveries/{uid}/resend/", {"as": "current"})

    assert response.status_code == 202
    assert response.json()["resend_of"] == uid
    assert response.json()["id"] != uid


def test_what_still_waits_is_not_sent_again(api, emit):
    problem(api.post(f"deliveries/{emit()}/resend/", {}), 409)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"as": "new"}, "as"), ({"as": None}, "as"), ({"ass": "sent"}, "ass"), ([], "")],
    ids=str,
)
def test_a_resend_that_is_not_understood_is_refused(api, emit, body, field):
    uid = emit()
    ended(uid)

    assert fields(problem(api.post(f"deliveries/{uid}/resend/", body), 400)) == [field]


@pytest.mark.parametrize("how", ["sent", "current"])
def test_all_that_match_are_sent_again_some_at_a_time(api, emit, how, monkeypatch):
    monkeypatch.setattr(ledgers, "MOST_AT_ONCE", 2)
    failed = {emit(f"PO-{number}") for number in range(3)}
    good = emit("PO-good")
    ended(*failed)
    ended(good, state="delivered")
    body = {"as": how, "customer": "studio-nord"}

    first = api.post("deliveries/resend/", body).json()
    second = api.post("deliveries/resend/", body | {"cursor": first["cursor"]}).json()

    assert (first["taken"], first["more"]) == (2, True)
    assert second == {"taken": 1, "more": False, "cursor": None}
    sent = Delivery.objects.filter(state="pending")
    again = {str(row.uid if how == "sent" else row.resend_of.uid) for row in sent}
    assert again == failed


@pytest.mark.parametrize("asked", [True, False], ids=["asked-for", "not-asked-for"])
def test_test_runs_are_sent_again_only_when_asked_for(api, emit, trigger, asked):
    real = emit()
    test = api.post(f"triggers/{trigger.pk}/test/").json()["id"]
    ended(real, test)
    more = {"is_test": True} if asked else {}

    answer = api.post("deliveries/resend/", {"customer": "studio-nord"} | more).json()

    assert answer["taken"] == 1
    assert str(Delivery.objects.get(state="pending").uid) == (test if asked else real)


def test_sending_thousands_again_takes_few_statements(api, emit, django_assert_max_num_queries):
    row = Delivery.objects.get(uid=emit())
    copies = [
        Delivery(
            uid=UUID(int=number << 80), event_id=row.event_id, route_id=row.route_id,
            rule_id=row.rule_id, destination_id=row.destination_id, owner=row.owner,
            state="failed", due_at=row.due_at, created_at=row.created_at,
        )
        for number in range(3_000)
    ]  # fmt: skip
    Delivery.objects.bulk_create(copies)

    with django_assert_max_num_queries(12):
        answer = api.post("deliveries/resend/", {"state": "failed"}).json()

    assert answer["taken"] == 3_000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"as": "sent"}, ""),
        ({"state": "lost"}, "state"),
        ({"colour": 1}, "colour"),
        ({"rule": [1]}, "rule"),
        ({"state": "failed", "cursor": "x"}, "cursor"),
        ({"state": "failed", "cursor": 5}, "cursor"),
        ({"state": "failed", "as": 1}, "as"),
        ([], ""),
    ],
    ids=str,
)
def test_a_filter_that_is_not_understood_resends_nothing(api, emit, body, field):
    emit()
    ended()

    document = problem(api.post("deliveries/resend/", body), 400)

    assert fields(document) == [field]
    assert not Delivery.objects.filter(state="pending").exists()
