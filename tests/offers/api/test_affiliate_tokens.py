"""An affiliate's token: what it sees and does of its own, and what of that it is not told."""

from __future__ import annotations

import offer_factories as make
import pytest
from api_client import Api, problem

from dispatcher.models import Delivery, Event
from offers import services
from offers.models import Postback

pytestmark = pytest.mark.django_db


def test_it_sees_its_own_and_what_is_open(mine, token):
    postback = make.postback(affiliate=mine)
    conversion = make.conversion(affiliate=mine, offer=postback.offer, payout="5", revenue="9")
    make.postback(affiliate=None, offer=postback.offer, url=make.HIDDEN)

    def ids(path):
        return [one["id"] for one in token.get(path).json()["results"]]

    assert ids("affiliates/") == [mine.pk]
    assert ids("offers/") == [postback.offer_id]
    assert ids("postbacks/") == [postback.pk]
    assert ids("conversions/") == [conversion.pk]
    shown = token.get(f"conversions/{conversion.pk}/").json()
    assert shown["payout"] == "5.00"
    assert "revenue" not in shown


def test_of_its_events_it_sees_neither_revenue_nor_what_is_sent_to_others(mine, token):
    postback = make.postback(affiliate=mine)
    make.postback(affiliate=None, offer=postback.offer, url=make.HIDDEN)
    make.conversion(affiliate=mine, offer=postback.offer, payout="5.10", revenue="987.65")

    event = token.get(f"events/{Event.objects.get().pk}/")
    deliveries = token.get("deliveries/").json()["results"]

    assert '"payout": 5.10' in event.content.decode()
    assert "987.65" not in event.content.decode()
    assert [one["rule"] for one in event.json()["deliveries"]] == [postback.rule_id]
    assert [one["rule"] for one in deliveries] == [postback.rule_id]


def test_no_filter_of_events_tells_what_is_sent_to_others(mine, token):
    own = make.postback(affiliate=mine)
    internal = make.postback(affiliate=None, offer=own.offer, url=make.HIDDEN)
    make.conversion(affiliate=mine, offer=own.offer)
    Delivery.objects.filter(rule=internal.rule_id).update(state="failed")

    def found(**query):
        return len(token.get("events/", query).json()["results"])

    assert found(rule=internal.rule_id) == 0
    assert found(destination="https://other.example:443") == 0
    assert found(state="failed") == 0
    assert found(rule=own.rule_id) == found(state="pending") == 1


def test_it_saves_its_own_postback(mine, token):
    offer = make.offer()

    response = token.post("postbacks/", {"offer": offer.reference_id, "url": make.URL})

    answer = response.json()
    assert response.status_code == 201
    assert (answer["affiliate"], answer["approval"]) == (mine.pk, "approved")
    assert token.delete(f"postbacks/{answer['id']}/").status_code == 204


def test_where_approval_is_needed_it_cannot_get_around_it(mine, token):
    mine.requires_approval = True
    services.save_affiliate(affiliate=mine)
    offer = make.offer()

    made = token.post("postbacks/", {"offer": offer.pk, "url": make.URL}).json()
    path = f"postbacks/{made['id']}/"

    assert made["approval"] == "pending"
    for action in ("approve", "reject"):
        problem(token.post(f"{path}{action}/", {}), 404)
    token.patch(path, {"approval": "approved"})  # let by: it is only read
    assert Postback.objects.get().approval == "pending"
    emitted = services.create_conversion(item=make.item(offer=offer, affiliate=mine, status="done"))
    assert not emitted.emitted.deliveries


def test_an_edit_of_an_approved_one_waits_while_that_stays_live(mine, token, api):
    mine.requires_approval = True
    services.save_affiliate(affiliate=mine)
    path = f"postbacks/{make.postback(affiliate=mine).pk}/"
    new = "https://affiliate.example/new?c={click_id}"

    waiting = token.patch(path, {"url": new}).json()
    later = token.patch(path, {"delay": 60}).json()

    assert (waiting["url"], waiting["approval"]) == (make.URL, "approved")
    assert (later["edit"]["url"], later["edit"]["delay"]) == (new, 60)
    assert later["edit"]["state"] == "pending"
    approved = api.post(f"{path}approve/", {}).json()
    assert (approved["url"], approved["delay"], approved["edit"]) == (new, 60, None)


@pytest.mark.parametrize("status", ["pending", "blocked"])
def test_the_token_of_an_affiliate_that_is_not_active_opens_nothing(mine, token, status):
    services.set_affiliate_status(affiliate=mine, status=status)

    for path in ("postbacks/", "conversions/", "deliveries/", "events/"):
        assert status in problem(token.get(path), 403)["detail"]


def test_with_the_user_its_tokens_go(mine):
    user = make.affiliate_user(mine)
    token = Api(owner=user, restricted_to=mine.owner)
    assert token.get("postbacks/").status_code == 200

    services.remove_user(affiliate=mine, user=user)

    problem(token.get("postbacks/"), 401)


def test_an_address_that_is_not_allowed_tells_nothing_of_the_network(
    mine, token, api, run_pass, monkeypatch
):
    monkeypatch.setattr("dispatcher.http.guard.resolver.addresses", lambda *_: ["10.20.30.40"])
    make.postback(affiliate=mine, offer=None, url="https://intranet.example/in")
    make.conversion(affiliate=mine)
    run_pass()
    path = f"deliveries/{Delivery.objects.get().uid}/"

    seen = token.get(path).json()["attempts"][0]

    assert (seen["outcome"], seen["peer"]) == ("blocked_address", "")
    assert seen["error"] == "Nothing is sent to this address: it is not a public one."
    assert "(private)" in api.get(path).json()["attempts"][0]["error"]


def test_nor_does_a_test_of_a_postback(mine, token, run_pass, monkeypatch):
    monkeypatch.setattr("dispatcher.http.guard.resolver.addresses", lambda *_: ["10.20.30.40"])
    postback = make.postback(affiliate=mine, url="https://intranet.example/in")
    tested = token.post(f"postbacks/{postback.pk}/test/", {}).json()
    run_pass()

    result = services.test_result(tested["id"], owner=mine.owner)

    assert result.error == "Nothing is sent to this address: it is not a public one."
    assert "(private)" in services.test_result(tested["id"]).error
