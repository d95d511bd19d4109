"""What the pages show and do for the affiliate's own."""

from __future__ import annotations

from uuid import UUID

import offer_factories as make
import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatcher import services as dispatcher
from dispatcher.models import Delivery
from offers import services
from offers.models import Postback, PostbackEdit

SCRIPT = '<script>alert("x")</script>'
URL = "https://mine.example/in?c={click_id}"
FORM = {
    "conversion_status": "done",
    "url": URL,
    "http_type": "get",
    "auth_kind": "none",
    "delay": "0",
    "is_ordered": "on",
    "params-present": "1",
    "headers-present": "1",
}
HOST = {"headers-name": "Host", "headers-value": "x", "headers-secret": "no"}
MOST_STATEMENTS = 15


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def submit(site, page="new", **values):
    return site.post(f"/affiliates/postbacks/{page}/", FORM | values)


@pytest.fixture
def fallen(mine):
    """A postback that was paused after failures, with a call that was held."""
    postback = make.postback(affiliate=mine, offer=None, url=URL)
    dispatcher.pause_rule(postback.rule_id, reason="10 deliveries failed, one after the other.")
    make.conversion(affiliate=mine)
    return Postback.objects.get(pk=postback.pk)


def test_no_page_takes_more_statements_for_more_rows(site, mine):
    pages = {}
    for _ in range(2):
        offer = make.offer(enabled_goals=True)
        goal = make.goal(offer)
        postback = make.postback(affiliate=mine, offer=offer, goal=goal)
        conversions = [make.conversion(affiliate=mine, offer=offer, goal=goal) for _ in range(6)]
        dispatcher.make_token(owner=mine.owner, user=mine.users.first(), name="T", scopes=["read"])
        paths = [
            "", "offers/", f"offers/{offer.pk}/", "postbacks/", "postbacks/new/",
            f"postbacks/{postback.pk}/", "conversions/", f"conversions/{conversions[0].pk}/",
            "deliveries/", "deliveries/?state=held", f"deliveries/?postback={postback.pk}",
            f"deliveries/{Delivery.objects.first().uid}/", "tokens/", "account/",
        ]  # fmt: skip
        for number, path in enumerate(paths):
            with CaptureQueriesContext(
                connection,
            ) as statements:
                text(site.get(f"/affiliates/{path}"))
            pages.setdefault(number, []).append((path, len(statements)))

    for (path, few), (_, many) in pages.values():
        assert many <= few, path
        assert many <= MOST_STATEMENTS, path


def test_the_overview_sums_this_months_conversions_by_status(site, mine, fallen):
    for status, payout, currency in (
        ("done", "12.50", "EUR"),
        ("done", "2.50", "EUR"),
        ("done", "1", "USD"),
    ):
        make.conversion(affiliate=mine, status=status, payout=payout, currency=currency)
    make.conversion(status="done", payout="7777.77", currency="EUR")  # another's

    shown = text(site.get("/affiliates/"))

    assert "<b>3</b>" in shown
    assert "15.00 EUR" in shown
    assert "1.00 USD" in shown
    assert "7777.77" not in shown
    assert "10 deliveries failed, one after the other." in shown


def test_only_offers_that_are_open_to_the_affiliate_are_shown(site, mine):
    make.offer(name="For everybody")
    make.offer(name="For us", is_open=False, affiliates=[mine])
    hidden = make.offer(name="For others", is_open=False)
    gone = make.offer(name="Disabled", status="disabled")

    shown = text(site.get("/affiliates/offers/"))

    assert "For everybody" in shown
    assert "For us" in shown
    assert "For others" not in shown
    assert "Disabled" not in shown
    for offer in (hidden, gone):
        assert site.get(f"/affiliates/offers/{offer.pk}/").status_code == 404


def test_a_postback_is_added_for_a_goal(site, mine, anna):
    offer = make.offer(enabled_goals=True)
    goal = make.goal(offer)

    answer = submit(site, offer=offer.pk, goal=goal.pk)

    postback = Postback.objects.get()
    assert answer["Location"] == f"/affiliates/postbacks/{postback.pk}/"
    assert (postback.affiliate, postback.offer, postback.goal) == (mine, offer, goal)
    assert postback.approval == "approved"
    assert postback.history.first().history_user == anna


def test_a_postback_that_needs_approval_says_that_nothing_is_sent(site, mine):
    mine.requires_approval = True
    services.save_affiliate(affiliate=mine)

    answer = submit(site)

    assert "waits for approval" in said(answer)
    assert "Waiting for approval" in text(site.get(answer["Location"]))
    assert Postback.objects.get().approval == "pending"


def test_an_edit_of_an_approved_one_waits_while_the_earlier_version_stays_live(site, mine):
    postback = make.postback(affiliate=mine, url=URL)
    mine.requires_approval = True
    services.save_affiliate(affiliate=mine)

    submit(site, postback.pk, offer=postback.offer_id, url="https://mine.example/other")
    shown = text(site.get(f"/affiliates/postbacks/{postback.pk}/"))

    assert "Waiting for approval: your earlier version stays live" in shown
    assert 'value="https://mine.example/other"' in shown
    assert Postback.objects.get().url == URL
    services.reject_postback(postback=Postback.objects.get(), note=f"No! {SCRIPT}")
    shown = text(site.get(f"/affiliates/postbacks/{postback.pk}/"))
    assert "Your edit was not approved: your earlier version stays live" in shown
    assert SCRIPT not in shown
    site.post(f"/affiliates/postbacks/{postback.pk}/withdraw/")
    assert not PostbackEdit.objects.exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"url": "ftp://mine.example"}, "http", id="scheme"),
        pytest.param({"url": "https://mine.example/{clik_id}"}, "click_id", id="macro"),
        pytest.param({"url": "https://mine.example/{revenue}"}, "no macro {revenue}", id="secret"),
        pytest.param({"delay": "-1"}, "greater than or equal to 0", id="delay"),
        pytest.param({"params-name": "a\nb", "params-value": "1"}, "line break", id="param"),
        pytest.param(HOST, "Host", id="header"),
        pytest.param({"auth_kind": "basic", "auth_login": "me"}, "Give the", id="password"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_saved(site, values, words):
    answer = submit(site, **values)

    shown = text(answer)
    assert words in shown.replace("&#x27;", "'")
    assert 'class="as-errors"' in shown
    assert not Postback.objects.exists()


def test_the_loser_of_two_who_edit_at_once_is_told(site, mine):
    postback = make.postback(affiliate=mine, url=URL)
    version = postback.updated_at.isoformat()
    submit(site, postback.pk, url="https://mine.example/first", version=version)

    answer = submit(site, postback.pk, url="https://mine.example/second", version=version)

    assert "changed this postback meanwhile" in text(answer)
    assert Postback.objects.get().url == "https://mine.example/first"


def test_no_secret_comes_back(site, mine):
    header = {"headers-name": "X-Key", "headers-value": "h-secret", "headers-secret": "yes"}
    submit(site, auth_kind="basic", auth_login="me", password="p-secret", **header)
    postback = Postback.objects.select_related("rule").get()

    shown = text(site.get(f"/affiliates/postbacks/{postback.pk}/"))

    assert postback.rule.credentials["headers"] == [["X-Key", "h-secret"]]
    assert "h-secret" not in shown
    assert "p-secret" not in shown
    assert "stored; type to replace" in shown


def test_a_postback_is_switched_off_and_on_and_deleted(site, mine):
    postback = make.postback(affiliate=mine)
    page = f"/affiliates/postbacks/{postback.pk}/"

    site.post(f"{page}switch/", {"to": "off"})
    assert "Switched off" in text(site.get(page))
    again = site.post(f"{page}switch/", {"to": "off"})
    assert "meanwhile" in said(again)
    site.post(f"{page}switch/", {"to": "on"})
    assert Postback.objects.get().is_active
    gone = site.post(f"{page}delete/")

    assert gone["Location"] == "/affiliates/postbacks/"
    assert site.get(page).status_code == 404


def test_a_test_is_really_sent_and_so_many_a_minute(site, mine, monkeypatch, clock):
    monkeypatch.setattr("offers.site.trying.TESTS_PER_MINUTE", 2)

    answers = [site.post("/affiliates/postbacks/new/test/", FORM).json() for _ in range(3)]

    assert [row.uid for row in Delivery.objects.filter(is_test=True, owner=mine.owner)] == [
        UUID(answer["delivery"]) for answer in answers[:2]
    ]
    assert "tests a minute" in answers[2]["problems"][""][0]
    assert "On its way" in text(site.get(f"/affiliates/postbacks/tests/{answers[0]['delivery']}/"))


def test_while_the_cache_is_down_a_test_is_sent_all_the_same(site, mine, no_cache):
    answer = site.post("/affiliates/postbacks/new/test/", FORM).json()

    assert Delivery.objects.get(is_test=True).uid == UUID(answer["delivery"])


def test_a_postback_is_paused_and_says_so(site, mine):
    postback = make.postback(affiliate=mine, offer=None)
    page = f"/affiliates/postbacks/{postback.pk}/"

    site.post(f"{page}pause/")
    make.conversion(affiliate=mine)

    assert "1 call waits for it" in " ".join(text(site.get(page)).split())
    assert "paused already" in said(site.post(f"{page}pause/"))


@pytest.mark.parametrize(("held", "state"), [("send", "pending"), ("cancel", "canceled")])
def test_a_paused_one_is_resumed_with_or_without_what_was_held(site, fallen, held, state):
    page = f"/affiliates/postbacks/{fallen.pk}/"
    assert "1 call waits for it" in " ".join(text(site.get(page)).split())

    site.post(f"{page}resume/", {"held": held})

    fallen.rule.refresh_from_db()
    assert fallen.rule.state == "active"
    assert Delivery.objects.get().state == state


def test_what_others_wrote_is_shown_as_text(site, mine):
    mine.name = SCRIPT
    services.save_affiliate(affiliate=mine)
    offer = make.offer(name=SCRIPT, description=SCRIPT)
    goal = make.goal(offer, name=SCRIPT)
    postback = make.postback(affiliate=mine, offer=offer, url=f"https://mine.example/?{SCRIPT}")
    row = make.conversion(
        affiliate=mine, offer=offer, goal=goal, transaction_id=SCRIPT, click_id=SCRIPT
    )
    uid = Delivery.objects.get().uid

    paths = ("", "offers/", f"offers/{offer.pk}/", "postbacks/", f"postbacks/{postback.pk}/",
             "conversions/", f"conversions/{row.pk}/", "deliveries/", f"deliveries/{uid}/",
             "tokens/", "account/", "nowhere/")  # fmt: skip
    for path in paths:
        assert SCRIPT not in site.get(f"/affiliates/{path}").content.decode(), path
