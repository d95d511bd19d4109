"""`affiliates/`, `offers/`, `goals/` and `postbacks/`, as an operator calls them."""

from __future__ import annotations

import offer_factories as make
import pytest
from api_client import fields, problem

from dispatcher import services as dispatcher
from dispatcher.models import Delivery, Rule
from offers.models import Postback

pytestmark = pytest.mark.django_db


def test_an_offer_with_goals_is_made_read_changed_and_deleted(api):
    club = api.post("affiliates/", {"name": "Coupon Club"}).json()
    offer = api.post(
        "offers/", {"name": "Spring Sale", "is_open": False, "affiliates": [club["id"]]}
    )
    path = f"offers/{offer.json()['id']}/"
    goal = api.post("goals/", {"offer": "spring-sale", "name": "First order", "is_default": True})

    assert (club["reference_id"], club["status"]) == ("coupon-club", "active")
    assert offer.json()["affiliates"] == [club["id"]]
    assert goal.json()["reference_id"] == "first-order"
    assert api.patch(path, {"enabled_goals": True}).json()["enabled_goals"] is True
    assert api.delete(f"goals/{goal.json()['id']}/").status_code == 204
    assert api.delete(path).status_code == 204
    assert api.delete(f"affiliates/{club['id']}/").status_code == 204


def test_a_second_default_goal_takes_that_from_the_first(api):
    first = make.goal(is_default=True)

    api.post("goals/", {"offer": first.offer_id, "name": "Second", "is_default": True})

    assert api.get(f"goals/{first.pk}/").json()["is_default"] is False


def test_what_is_in_use_is_not_deleted(api):
    conversion = make.conversion()

    for path in (f"affiliates/{conversion.affiliate_id}/", f"offers/{conversion.offer_id}/"):
        problem(api.delete(path), 409)


def test_a_reference_that_is_taken_is_refused(api):
    taken = make.offer().reference_id

    document = problem(api.post("offers/", {"name": "X", "reference_id": taken}), 400)

    assert fields(document) == ["reference_id"]


def test_a_postback_is_made_with_its_secrets_apart(api):
    goal = make.goal()
    body = {
        "affiliate": make.affiliate().reference_id,
        "offer": goal.offer.reference_id,
        "goal": goal.pk,
        "conversion_status": "rejected",
        "url": make.URL,
        "http_type": "post_json",
        "auth_kind": "basic",
        "auth_login": "club",
        "password": "s3cret-pässword",
        "params": [{"name": "amount", "value": "{payout}"}],
        "headers": [{"name": "X-Key", "value": "k3y", "is_secret": True}],
    }

    response = api.post("postbacks/", body)

    answer = response.json()
    text = response.content.decode() + str(Postback.history.values().get())
    assert response.status_code == 201, answer
    assert answer["password"] == {"set": True}
    assert answer["token"] == {"set": False}
    assert answer["headers"] == [{"name": "X-Key", "value": None, "is_secret": True}]
    assert "s3cret" not in text
    assert "k3y" not in text
    credentials = Rule.objects.get(pk=answer["rule"]).credentials
    assert credentials["headers"] == [["X-Key", "k3y"]]
    assert credentials["authorization"].startswith("Basic ")


def test_what_was_read_may_be_sent_back(api):
    postback = make.postback(
        auth_kind="bearer", token="t0ken",
        headers=[{"name": "X-Key", "value": "k3y", "is_secret": True}],
    )  # fmt: skip
    path = f"postbacks/{postback.pk}/"
    before = Rule.objects.get(pk=postback.rule_id).credentials

    response = api.put(path, api.get(path).json())

    assert response.status_code == 200, response.json()
    assert Rule.objects.get(pk=postback.rule_id).credentials == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "https://x.example/?c={click_di}"}, "url"),
        ({"url": "ftp://x.example/"}, "url"),
        ({"affiliate": None, "offer": None}, ""),
        ({"delay": -1}, "delay"),
        ({"auth_kind": "basic"}, "password"),
        ({"auth_kind": "bearer"}, "token"),
        ({"params": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}, "params"),
        ({"headers": [{"name": "X", "value": "a\r\nB: c"}]}, "headers"),
        ({"goal": 999_999}, "goal"),
    ],
)
def test_what_cannot_be_is_refused_by_field(api, change, field):
    body = {"offer": make.offer().pk, "affiliate": make.affiliate().pk, "url": make.URL}

    assert fields(problem(api.post("postbacks/", body | change), 400)) == [field]


def test_a_test_is_a_delivery_of_its_own(api):
    postback = make.postback(is_active=False)
    conversion = make.conversion(affiliate=postback.affiliate, offer=postback.offer)

    response = api.post(f"postbacks/{postback.pk}/test/", {"conversion": conversion.pk})

    assert response.status_code == 202, response.json()
    assert response.json()["is_test"] is True
    assert response.json()["subject"] == conversion.subject
    assert Delivery.objects.get().is_test


@pytest.mark.parametrize("send_held", [True, False])
def test_a_paused_one_is_resumed_and_what_was_held_is_sent_or_canceled(api, send_held):
    postback = make.postback()
    dispatcher.pause_rule(postback.rule_id, reason="10 failed.")
    make.conversion(affiliate=postback.affiliate, offer=postback.offer)
    path = f"postbacks/{postback.pk}/"
    assert api.get(path).json()["paused"] == "10 failed."

    response = api.post(f"{path}resume/", {"send_held": send_held})

    assert response.json() == {"send_held": send_held, "canceled": 0 if send_held else 1}
    assert api.get(path).json()["paused"] is None
    assert Delivery.objects.get().state == ("pending" if send_held else "canceled")
    problem(api.post(f"{path}resume/", {"send_held": send_held}), 409)
