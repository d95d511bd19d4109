"""The preview of a postback, and a test that is really sent: by whatever the form holds."""

from __future__ import annotations

import base64

import offer_factories as make
import pytest

from dispatcher.models import Delivery, Event
from dispatcher.services import MASK, pause_rule
from offers.models import Postback
from offers.services.testing import preview_request
from offers.services.testing import test_postback as try_postback
from offers.services.testing import test_result as result_of


def unsaved(url, **values):
    return Postback(
        **{"affiliate": make.affiliate(), "url": url, "conversion_status": "done"} | values
    )


@pytest.fixture
def sent(receiver, run_pass):
    """The one request that a test sends."""

    def send(postback, **options):
        uid = try_postback(postback=postback, **options)
        run_pass()
        [entry] = receiver.ledger()
        return uid, entry

    return send


@pytest.mark.django_db
def test_a_made_up_conversion_is_one_that_the_postback_is_for():
    goal = make.goal(name="Sale & more")
    postback = unsaved(
        "https://a.example/?{status}&{offer}&{goal}&{goal_reference}",
        offer=goal.offer, goal=goal, conversion_status="rejected",
    )  # fmt: skip

    line = preview_request(postback=postback).request.line

    offer = goal.offer.name.replace(" ", "%20")
    assert line == f"GET /?rejected&{offer}&Sale%20%26%20more&{goal.reference_id} HTTP/1.1"


@pytest.mark.django_db
def test_a_real_conversion_fills_the_preview_exactly():
    conversion = make.conversion(payout="0.0125", sub_id1="ä b", status="pending")
    postback = unsaved(
        "https://a.example/", http_type="post_json",
        params=[{"name": n, "value": f"{{{n}}}"} for n in ("payout", "revenue", "sub_id1")],
    )  # fmt: skip

    request = preview_request(postback=postback, conversion=conversion).request

    assert request.body == '{"payout":0.0125,"revenue":null,"sub_id1":"ä b"}'


@pytest.mark.django_db
def test_secrets_are_masked_whether_typed_or_stored():
    headers = [
        {"name": "X-Typed", "value": "hush", "is_secret": True},
        {"name": "X-Stored", "value": "", "is_secret": True},
    ]
    request = preview_request(
        postback=unsaved("https://a.example/", headers=headers, auth_kind="basic")
    ).request

    shown = dict(request.headers)
    assert {shown[name] for name in ("X-Typed", "X-Stored", "Authorization")} == {MASK}


@pytest.mark.django_db
def test_an_unsaved_postback_is_sent_once_and_never_tried_again(sent, receiver):
    password = "pässwört:1"
    postback = unsaved(
        f"{receiver.url}/status/500?c={{click_id}}", auth_kind="basic", auth_login="jürgen",
        is_active=False, approval="pending", delay=3600,
    )  # fmt: skip

    uid, entry = sent(postback, password=password)

    encoded = base64.b64encode(f"jürgen:{password}".encode()).decode()
    assert entry["headers"]["authorization"] == f"Basic {encoded}"
    assert Postback.objects.count() == 0
    result = result_of(uid)
    assert (result.state, result.status, result.is_finished) == ("failed", 500, True)
    assert result.url.startswith(f"{receiver.url}/status/500?c=")
    assert ("Authorization", MASK) in result.headers
    assert result.milliseconds > 0


def paused(postback):
    pause_rule(postback.rule_id, reason="failed")


def waiting_for_approval(postback):
    Postback.objects.filter(pk=postback.pk).update(approval="pending")


def switched_off(postback):
    Postback.objects.filter(pk=postback.pk).update(is_active=False)


@pytest.mark.django_db
@pytest.mark.parametrize("put_aside", [paused, waiting_for_approval, switched_off])
def test_what_is_not_live_can_be_tested(sent, receiver, put_aside):
    postback = make.postback(url=f"{receiver.url}/ok?c={{click_id}}")
    put_aside(postback)
    postback.refresh_from_db()

    _, entry = sent(postback)

    assert entry["path"].startswith("/ok?c=")
    event = Event.objects.get()
    assert (event.is_test, event.owner) == (True, postback.affiliate.owner)
    assert Delivery.objects.get().rule_id != postback.rule_id


@pytest.mark.django_db
def test_a_test_changes_nothing_that_is_live(sent, receiver):
    postback = make.postback(auth_kind="bearer", token="live-token")
    before = postback.rule.credentials, postback.rule.route_id
    postback.url = f"{receiver.url}/ok"

    _, entry = sent(postback, token="new-token")

    assert entry["headers"]["authorization"] == "Bearer new-token"
    live = Postback.objects.select_related("rule").get()
    assert (live.rule.credentials, live.rule.route_id) == before
    assert live.url == make.URL


@pytest.mark.django_db
def test_a_stored_secret_is_tried_where_it_belongs(sent, receiver):
    postback = make.postback(url=f"{receiver.url}/a", auth_kind="bearer", token="live-token")
    postback.url = f"{receiver.url}/b"

    _, entry = sent(postback)

    assert (entry["path"], entry["headers"]["authorization"]) == ("/b", "Bearer live-token")


@pytest.mark.django_db
def test_a_stored_secret_goes_to_no_other_receiver(receiver, refused):
    postback = make.postback(url="https://a.example/", auth_kind="bearer", token="live-token")
    postback.url = receiver.url

    with refused(url="another receiver"):
        try_postback(postback=postback)
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_nothing_is_tried_for_an_affiliate_that_is_not_active(refused):
    postback = make.postback(affiliate=make.affiliate(status="blocked"))

    with refused(affiliate="is blocked"):
        try_postback(postback=postback)


@pytest.mark.django_db
def test_a_result_is_told_to_its_owner_only(sent, receiver):
    postback = unsaved(f"{receiver.url}/ok")

    uid, _ = sent(postback)

    assert result_of(uid, owner=postback.affiliate.owner).is_delivered
    assert result_of(uid, owner=make.affiliate().owner) is None


@pytest.mark.django_db
def test_a_real_delivery_is_no_result_of_a_test():
    postback = make.postback()
    make.conversion(offer=postback.offer, affiliate=postback.affiliate)

    assert result_of(Delivery.objects.get().uid) is None
