"""Nothing of another affiliate is reachable: every address of the site, found by the resolver."""

from __future__ import annotations

import itertools
import uuid

import offer_factories as make
import pytest
from django.urls import get_resolver
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from dispatcher import services as dispatcher
from dispatcher.models import ApiToken, Delivery
from offers import services
from offers.models import Affiliate, Conversion, Offer, Postback, PostbackEdit
from offers.site import access

HIDDEN = ("T-SECRET", "other.example", "Theirs", "Rival Traffic", "rita", "Secret token", "S-GOAL")
MISSING = {
    int: 999_999_999,
    uuid.UUID: uuid.UUID("00000000-0000-7000-8000-000000000000"),
    str: "zzzzzzzz",
}


@pytest.fixture
def others(mine):
    """What another affiliate has, by the name that addresses give it."""
    rival = make.affiliate(name="Rival Traffic", requires_approval=True)
    user = make.affiliate_user(rival, username="rita")
    offer = make.offer(name="Theirs", is_open=False, affiliates=[rival], enabled_goals=True)
    goal = make.goal(offer, name="S-GOAL")
    url = "https://other.example/secret"
    postback = make.postback(affiliate=rival, offer=offer, goal=goal, url=url)
    edited = Postback.objects.get(pk=postback.pk)
    edited.url += "/edited"
    services.submit_postback(postback=edited, affiliate=rival, by=user)
    conversion = make.conversion(affiliate=rival, offer=offer, goal=goal, transaction_id="T-SECRET")
    Delivery.objects.update(state="failed")
    dispatcher.pause_rule(postback.rule_id, reason="Theirs, paused.")
    token, _ = dispatcher.make_token(
        owner=rival.owner, user=user, name="Secret token", scopes=["read"]
    )
    return {
        "affiliate": rival.pk,
        "offer": offer.pk,
        "goal": goal.pk,
        "postback": postback.pk,
        "conversion": conversion.pk,
        "sample_conversion": conversion.pk,
        "delivery": Delivery.objects.get(rule=postback.rule).uid,
        "token": token.prefix,
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "rest": "nowhere",
    }


def addresses():
    """Every pattern of the site, with the names of its parts."""
    site = next(one for one in get_resolver().url_patterns if str(one.pattern) == "affiliates/")
    return [(str(one.pattern), one) for one in site.url_patterns]


def fill(pattern, parts):
    """The path of a pattern; the pattern of all the rest is a regular expression."""
    if pattern.startswith("^"):
        return "/affiliates/nowhere/else/"
    path = pattern
    for name, value in parts.items():
        for kind in ("int", "uuid", "slug"):
            path = path.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in path, f"This walk does not know every part of {pattern}."
    return f"/affiliates/{path}"


def state():
    """What an intruder might have changed."""
    models = (Affiliate, Offer, Postback, PostbackEdit, Conversion, Delivery, ApiToken)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_the_walk_finds_the_addresses_that_there_are():
    names = {one.name for _, one in addresses()}

    assert {"overview", "postback", "postback_delete", "delivery_resend", "token_revoke"} <= names
    assert len(names) > 30


def test_with_anothers_id_every_page_answers_404_as_for_one_that_is_not_there(site, others):
    before, walked = state(), 0

    for (pattern, one), method in itertools.product(addresses(), ("get", "post")):
        if "<" not in pattern or one.name == "password_choose" or pattern.startswith("^"):
            continue
        parts = dict.fromkeys(one.pattern.converters, 0)
        call = getattr(site, method)
        real = call(fill(pattern, {name: others[name] for name in parts}))
        none = call(fill(pattern, {name: MISSING[type(others[name])] for name in parts}))
        assert real.status_code == none.status_code, (method, pattern)
        assert real.status_code in {404, 405}, (method, pattern)
        assert real.content == none.content, (method, pattern)
        walked += real.status_code == 404

    assert walked >= 15
    assert state() == before


def test_a_link_to_choose_anothers_password_works_as_little_as_one_for_nobody(site, others):
    pages = [
        site.get(f"/affiliates/password/{key}/abc-123/").content
        for key in (others["uidb64"], urlsafe_base64_encode(b"999999999"), "nonsense")
    ]

    assert pages[0] == pages[1] == pages[2]


def test_no_page_shows_or_changes_what_is_anothers_whatever_it_is_asked(site, others):
    before = state()

    for (pattern, _), method in itertools.product(addresses(), ("get", "post")):
        if "<" in pattern or pattern in {"logout/", "leave/"}:
            continue
        asked = {
            **others,
            "q": "Thei",
            "url": "https://mine.example/?{offer}{affiliate}{goal}{transaction_id}",
        }
        response = getattr(site, method)(fill(pattern, {}), asked)
        assert response.status_code in {200, 302, 404, 405}, (method, pattern)
        text = b"".join(response) if response.streaming else response.content
        shown = text.decode()
        assert not [word for word in HIDDEN if word in shown], (method, pattern)

    assert state() == before


def test_no_preview_or_test_of_an_own_postback_uses_what_is_anothers(site, mine, others):
    own = make.postback(affiliate=mine, url="https://mine.example/?o={offer}&a={affiliate}")

    for name in ("preview", "test"):
        body = {"url": own.url, "offer": others["offer"], "goal": others["goal"]}
        body |= {"affiliate": others["affiliate"], "sample_conversion": others["conversion"]}
        answer = site.post(f"/affiliates/postbacks/{own.pk}/{name}/", body)
        assert not [word for word in HIDDEN if word in answer.content.decode()]
        assert "offer" in answer.json()["problems"]


def test_an_operators_own_call_for_the_same_conversion_is_not_shown(site, mine):
    offer = make.offer()
    make.postback(affiliate=None, offer=offer, url="https://network.example/all")
    conversion = make.conversion(affiliate=mine, offer=offer)
    uid = Delivery.objects.get().uid

    pages = [f"conversions/{conversion.pk}/", "deliveries/", f"deliveries/{uid}/"]
    answers = [site.get(f"/affiliates/{page}") for page in pages]
    test = site.get(f"/affiliates/postbacks/tests/{uid}/")

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert test.status_code == 404
    assert not any("network.example" in answer.content.decode() for answer in [*answers, test])


def test_what_the_network_earns_is_not_shown(site, mine):
    conversion = make.conversion(affiliate=mine, revenue="98765.43", payout="1.00")
    own = make.postback(affiliate=mine)

    pages = ["", "conversions/", f"conversions/{conversion.pk}/", "postbacks/new/"]
    texts = [site.get(f"/affiliates/{page}").content.decode() for page in pages]
    texts.append(b"".join(site.get("/affiliates/conversions/export/")).decode())
    body = {"url": "https://mine.example/?r={revenue}", "sample_conversion": conversion.pk}
    preview = site.post(f"/affiliates/postbacks/{own.pk}/preview/", body)
    texts.append(preview.content.decode())

    assert not any("98765" in text for text in texts)
    assert not any("revenue" in text for text in texts[:-1])
    assert "{revenue}" in preview.json()["problems"]["url"][0]


def test_every_lookup_of_a_page_goes_through_one_function(mine, others):
    for model in (Offer, Postback, Conversion):
        assert not access.own(mine, model).filter(pk=others[model.__name__.lower()]).exists()
