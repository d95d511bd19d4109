"""An affiliate's token: its own, and of everything else not even whether it is there.

The walk takes every operation from the OpenAPI document, so a new one is walked from its first day.
"""

from __future__ import annotations

import json
from itertools import product

import factories
import notification_factories as told
import offer_factories as make
import pytest
from api_client import Api, fields, problem
from django.core.cache import cache

from config.api import document
from dispatcher.api import throttling
from dispatcher.models import Delivery, Event
from dispatcher.retention import erase_owner
from notifications.models import Order
from offers import services
from offers.models import Affiliate, Conversion, Goal, Offer, Postback

pytestmark = pytest.mark.django_db

HIDDEN = "https://other.example/secret-callback"


@pytest.fixture
def mine():
    return make.affiliate(name="Mine")


@pytest.fixture
def token(mine, settings):
    settings.READ_RATE = settings.EMIT_RATE = ""
    return Api(restricted_to=mine.owner)


@pytest.fixture
def others():
    """What another affiliate and the operators have, by the first part of a path."""
    offer = make.offer(name="Theirs", is_open=False)
    affiliate = make.affiliate(name="Other")
    services.save_offer(offer=offer, affiliates=[affiliate])
    goal = make.goal(offer)
    postback = make.postback(affiliate=affiliate, offer=offer, goal=goal, url=HIDDEN)
    conversion = make.conversion(affiliate=affiliate, offer=offer, transaction_id="T-SECRET")
    delivery = Delivery.objects.get()
    trigger = factories.trigger()
    attachment = told.attachment()
    told.purchase(order="PO-SECRET", source="shop")
    return {
        "affiliates": affiliate.pk,
        "offers": offer.pk,
        "goals": goal.pk,
        "postbacks": postback.pk,
        "conversions": conversion.pk,
        "events": delivery.event_id,
        "deliveries": delivery.uid,
        "customers": trigger.customer_id,
        "triggers": trigger.pk,
        "templates": trigger.template_id,
        "lookups": factories.lookup_table().pk,
        "outgoing-servers": factories.outgoing_server().pk,
        "channels": attachment.channel_id,
        "subscriptions": attachment.pk,
        "orders": Order.objects.get().pk,
        "system-events": "order_completed",
        "erasures": erase_owner(owner=affiliate.owner, name="Other").pk,
    }


def operations():
    """Every (method, path) of the document."""
    paths = json.loads(document())["paths"]
    methods = {"get", "post", "put", "patch", "delete"}
    return [(m, path) for path, item in sorted(paths.items()) for m in sorted(methods & set(item))]


def state():
    """What an intruder might have changed."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Affiliate, Offer, Goal, Postback, Conversion, Delivery)
    ]


def test_the_walk_finds_the_operations_that_there_are():
    found = {path.removeprefix("/api/v1/").partition("/")[0] for _, path in operations()}

    assert {"affiliates", "offers", "goals", "postbacks", "conversions", "deliveries"} <= found
    assert len(operations()) > 60


def test_with_anothers_id_every_call_answers_404_as_for_one_that_is_not_there(token, others):
    walked = 0
    before = state()

    for method, path in operations():
        kind = path.removeprefix("/api/v1/").partition("/")[0]
        if "{" not in path:
            continue
        name = path[path.index("{") : path.index("}") + 1]
        missing = (
            "00000000-0000-7000-8000-000000000000" if "-" in str(others.get(kind)) else "9" * 9
        )
        bodies = [None, {}] if method == "get" else [{}]
        for body in bodies:
            real = token.request(method.upper(), path.replace(name, str(others[kind])), body)
            none = token.request(method.upper(), path.replace(name, missing), body)
            problem(real, 404)
            assert real.json() == none.json(), (method, path)
        walked += 1

    assert walked > 40
    assert state() == before


def test_without_an_id_no_call_shows_or_changes_what_is_anothers(token, others):
    before = state()
    bodies = [{}, [], {"state": "failed"}, {"owner": f"affiliate:{others['affiliates']}"}]

    for (method, path), body in product(operations(), bodies):
        if "{" in path:
            continue
        throttling.forget()
        cache.clear()
        response = token.request(method.upper(), path, None if method == "get" else body)
        text = response.content.decode()
        assert response.status_code in {200, 202, 400, 403}, (method, path, text)
        for secret in ("T-SECRET", "PO-SECRET", HIDDEN, "Theirs", "Other"):
            assert secret not in text, (method, path)

    assert state() == before


@pytest.mark.parametrize("by", ["affiliate", "offer"])
def test_no_filter_tells_whether_anothers_is_there(token, others, by):
    known = {"affiliate": Affiliate, "offer": Offer}[by].objects.get(pk=others[f"{by}s"])

    for path in ("conversions/", "deliveries/", "events/")[: 1 if by == "offer" else 3]:
        there = token.get(path, {by: known.reference_id})
        missing = token.get(path, {by: "nowhere"})
        assert there.json()["results"] == missing.json()["results"] == []


def test_a_postback_for_anothers_offer_goal_or_affiliate_is_refused_as_for_none(token, others):
    body = {"url": make.URL, "offer": make.offer().pk}

    for name, key in (("offer", "offers"), ("goal", "goals"), ("affiliate", "affiliates")):
        there = token.post("postbacks/", body | {name: others[key]})
        missing = token.post("postbacks/", body | {name: 999_999_999})
        assert problem(there, 400) == problem(missing, 400)
        assert fields(there.json()) == [name]


def test_it_sees_its_own_and_what_is_open(mine, token):
    postback = make.postback(affiliate=mine)
    conversion = make.conversion(affiliate=mine, offer=postback.offer, payout="5", revenue="9")
    make.postback(affiliate=None, offer=postback.offer, url=HIDDEN)

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
    make.postback(affiliate=None, offer=postback.offer, url=HIDDEN)
    make.conversion(affiliate=mine, offer=postback.offer, payout="5.10", revenue="987.65")

    event = token.get(f"events/{Event.objects.get().pk}/")
    deliveries = token.get("deliveries/").json()["results"]

    assert '"payout": 5.10' in event.content.decode()
    assert "987.65" not in event.content.decode()
    assert [one["rule"] for one in event.json()["deliveries"]] == [postback.rule_id]
    assert [one["rule"] for one in deliveries] == [postback.rule_id]


def test_no_filter_of_events_tells_what_is_sent_to_others(mine, token):
    own = make.postback(affiliate=mine)
    internal = make.postback(affiliate=None, offer=own.offer, url=HIDDEN)
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


@pytest.mark.parametrize("restricted_to", ["customer:1", "affiliate:999999", "affiliate:x"])
def test_a_token_of_somebody_else_sees_no_affiliate(restricted_to, others):
    stranger = Api(restricted_to=restricted_to)

    for kind in ("affiliates", "offers", "goals", "postbacks", "conversions"):
        problem(stranger.get(f"{kind}/{others[kind]}/"), 404)
        problem(stranger.get(f"{kind}/"), 404)


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
