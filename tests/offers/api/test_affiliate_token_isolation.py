"""To an affiliate's token what is another's is not even there.

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

from config.api import document
from dispatcher.models import Delivery
from dispatcher.retention import erase_owner
from notifications.models import Order
from offers import services
from offers.models import Affiliate, Conversion, Goal, Offer, Postback

pytestmark = pytest.mark.django_db


@pytest.fixture
def others():
    """What another affiliate and the operators have, by the first part of a path."""
    offer = make.offer(name="Theirs", is_open=False)
    affiliate = make.affiliate(name="Other")
    services.save_offer(offer=offer, affiliates=[affiliate])
    goal = make.goal(offer)
    postback = make.postback(affiliate=affiliate, offer=offer, goal=goal, url=make.HIDDEN)
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
        response = token.request(method.upper(), path, None if method == "get" else body)
        text = response.content.decode()
        assert response.status_code in {200, 202, 400, 403}, (method, path, text)
        for secret in ("T-SECRET", "PO-SECRET", make.HIDDEN, "Theirs", "Other"):
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


@pytest.mark.parametrize("restricted_to", ["customer:1", "affiliate:999999", "affiliate:x"])
def test_a_token_of_somebody_else_sees_no_affiliate(restricted_to, others):
    stranger = Api(restricted_to=restricted_to)

    for kind in ("affiliates", "offers", "goals", "postbacks", "conversions"):
        problem(stranger.get(f"{kind}/{others[kind]}/"), 404)
        problem(stranger.get(f"{kind}/"), 404)
