"""`conversions/`: answers as spec section 6 has them."""

from __future__ import annotations

import offer_factories as make
import pytest
from api_client import fields, problem

from dispatcher.models import Event
from offers.models import Conversion

pytestmark = pytest.mark.django_db


@pytest.fixture
def postback():
    return make.postback(
        offer=make.offer(reference_id="sale"), affiliate=make.affiliate(reference_id="club")
    )


@pytest.fixture
def body(postback):
    make.goal(postback.offer, reference_id="first-order")
    return {
        "offer": "sale", "affiliate": "club", "goal": "first-order", "status": "pending",
        "transaction_id": "T-1", "click_id": "c-1", "sub_id1": "s", "payout": "12.50",
        "currency": "EUR", "ip": "203.0.113.7",
    }  # fmt: skip


def test_a_new_conversion_is_answered_201_with_its_event(api, postback, body):
    response = api.post("conversions/", body)

    answer = response.json()
    event = answer.pop("event")
    [delivery] = event.pop("deliveries")
    assert response.status_code == 201
    assert event == {
        "id": str(Event.objects.get().pk), "type": "conversion_created", "duplicate": False,
        "skips": [],
    }  # fmt: skip
    assert (delivery["rule"], delivery["state"]) == (postback.rule_id, "pending")
    assert body.items() <= answer.items()
    assert answer["id"] == Conversion.objects.get().pk
    assert answer["revenue"] is None
    assert set(answer) - set(body) == {
        "id", "revenue", "sale_amount", "source", "country", "sub_id2", "sub_id3", "sub_id4",
        "sub_id5", "created_at", "updated_at", "status_changed_at",
    }  # fmt: skip


def test_the_same_body_again_is_200_and_says_duplicate(api, body):
    first = api.post("conversions/", body).json()
    again = api.post("conversions/", body)

    answer = again.json()
    assert again.status_code == 200
    assert answer["event"].pop("duplicate") is True
    assert first["event"].pop("duplicate") is False
    assert answer == first


def test_another_body_is_409(api, body):
    api.post("conversions/", body)

    document = problem(api.post("conversions/", body | {"payout": "13"}), 409)

    assert fields(document) == ["transaction_id"]


def test_amounts_are_the_digits_that_were_sent(api, body):
    raw = b'{"offer":"sale","affiliate":"club","transaction_id":"T-2","payout":9999999999.9999}'

    assert api.post("conversions/", raw).json()["payout"] == "9999999999.9999"


def test_offer_affiliate_and_goal_may_be_named_by_id(api, postback, body):
    goal = postback.offer.goals.get()
    ids = {"offer": postback.offer_id, "affiliate": str(postback.affiliate_id), "goal": goal.pk}

    assert api.post("conversions/", body | ids).json()["goal"] == "first-order"


def test_every_wrong_field_is_named(api, body):
    wrong = {"offer": "nowhere", "status": "won", "payout": True, "country": "Germany"}

    document = problem(api.post("conversions/", body | wrong), 400)

    assert sorted(fields(document)) == sorted(wrong)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"payuot": "1"}, "payuot"),
        ({"offer": True}, "offer"),
        ({"transaction_id": 7}, "transaction_id"),
        ({"offer": None}, "offer"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_by_field(api, body, change, field):
    assert fields(problem(api.post("conversions/", body | change), 400)) == [field]


def test_a_changed_status_is_an_event_and_the_same_again_none(api, postback, body):
    path = f"conversions/{api.post('conversions/', body).json()['id']}/"

    changed, same = (api.patch(path, {"status": "done"}) for _ in range(2))

    assert changed.status_code == same.status_code == 200
    assert changed.json()["status"] == "done"
    assert changed.json()["event"]["type"] == "conversion_changed"
    assert [one["rule"] for one in changed.json()["event"]["deliveries"]] == [postback.rule_id]
    assert same.json()["event"] is None
    change = Conversion.objects.get().changes.last()
    assert change.origin == "API"
    assert change.by.api_tokens.count() == 1


def test_what_a_conversion_is_for_cannot_be_patched(api, body):
    path = f"conversions/{api.post('conversions/', body).json()['id']}/"

    assert fields(problem(api.patch(path, {"offer": "sale"}), 400)) == ["offer"]


def test_a_batch_has_a_result_for_each_in_order(api, body):
    items = [
        body,
        body,
        body | {"payout": "1"},
        {"offer": "sale"},
        body | {"transaction_id": "T-2", "status": "done"},
        "x",
    ]

    response = api.post("conversions/batch/", items)

    results = response.json()
    assert response.status_code == 202
    assert [one["status"] for one in results] == [201, 200, 409, 400, 201, 400]
    assert results[0]["conversion"]["event"]["deliveries"]
    assert results[1]["conversion"]["id"] == results[0]["conversion"]["id"]
    assert results[4]["conversion"]["status"] == "done"
    assert fields(results[3]) == ["affiliate", "transaction_id"]


def test_a_batch_of_more_than_a_thousand_is_refused(api, body):
    problem(api.post("conversions/batch/", [body] * 1_001), 400)


def test_conversions_are_found_by_what_they_are_of(api, postback, body):
    mine = api.post("conversions/", body).json()["id"]
    make.conversion()

    def found(**query):
        return [one["id"] for one in api.get("conversions/", query).json()["results"]]

    for query in (
        {"offer": "sale"}, {"affiliate": "club"}, {"affiliate": str(postback.affiliate_id)},
        {"goal": str(postback.offer.goals.get().pk)}, {"transaction_id": "T-1"},
        {"offer": "sale", "status": "pending"},
    ):  # fmt: skip
        assert found(**query) == [mine], query
    assert len(found(status="pending")) == 2
    assert found(offer="sale", status="done") == []
    assert fields(problem(api.get("conversions/", {"offer": "x", "colour": "y"}), 400)) == [
        "offer", "colour",
    ]  # fmt: skip


def test_events_and_deliveries_are_found_by_affiliate(api, postback, body):
    api.post("conversions/", body)
    make.conversion()

    for path in ("events/", "deliveries/"):
        assert len(api.get(path, {"affiliate": "club"}).json()["results"]) == 1
    found = api.get("events/", {"affiliate": "club", "type": "conversion_created"}).json()
    assert found["results"][0]["owner"] == f"affiliate:{postback.affiliate_id}"


def test_conversions_are_neither_replaced_nor_deleted(api, body):
    path = f"conversions/{api.post('conversions/', body).json()['id']}/"

    problem(api.put(path, body), 405)
    problem(api.delete(path), 405)


def test_statuses_are_imported_after_a_look(api, postback, body):
    api.post("conversions/", body)
    csv = "transaction_id,status\nT-1,done\nnowhere,done\n"

    look = api.post("conversions/import/", {"csv": csv, "dry_run": True}).json()
    refused = problem(api.post("conversions/import/", {"csv": csv}), 400)
    done = api.post("conversions/import/", {"csv": csv, "skip_bad": True, "file_name": "m.csv"})
    again = api.post("conversions/import/", {"csv": csv, "skip_bad": True})

    bad = [{"line": 3, "message": "There is no conversion with the transaction ID “nowhere”."}]
    assert look == {
        "dry_run": True, "changed": 1, "unchanged": 0, "unknown": 1, "bad_count": 0, "bad": bad,
        "deliveries": 0,
    }  # fmt: skip
    assert "Line 3" in str(refused["errors"])
    assert done.json() == look | {"dry_run": False, "deliveries": 1}
    assert again.json()["changed"] == again.json()["deliveries"] == 0
    assert Conversion.objects.get().changes.last().origin == "Import of m.csv"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "csv"),
        ({"csv": "x"}, "file"),
        ({"csv": 1}, "csv"),
        ({"csv": "x", "dry_run": "yes"}, "dry_run"),
        ({"csv": "x", "sepparator": ";"}, "sepparator"),
        ({"csv": "x", "file_name": "x" * 201}, "file_name"),
    ],
)
def test_an_import_that_cannot_be_read_is_refused_by_field(api, body, field):
    assert fields(problem(api.post("conversions/import/", body), 400)) == [field]
