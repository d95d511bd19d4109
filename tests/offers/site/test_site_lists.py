"""Conversions, deliveries and tokens, as the affiliate finds them."""

from __future__ import annotations

import csv
import io

import offer_factories as make
import pytest

from dispatcher import services as dispatcher
from dispatcher.models import ApiToken, Delivery
from offers import services


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_conversions_are_found_and_paged(site, mine):
    rows = [make.conversion(affiliate=mine, transaction_id=f"N-{n:03}") for n in range(60)]
    services.change_status(conversion=rows[7], status="done", by=None, origin="test")

    first = site.get("/affiliates/conversions/").context["page"]
    second = site.get(f"/affiliates/conversions/{first.older}").context["page"]
    back = site.get(f"/affiliates/conversions/{second.newer}").context["page"]

    assert [row.pk for row in first.rows] == [row.pk for row in back.rows]
    assert len(first.rows) + len(second.rows) == 60
    assert not second.older
    for query in ("status=done", "q=N-007", "q=N-007&status=done&since=2020-01-01"):
        found = site.get(f"/affiliates/conversions/?{query}").context["page"].rows
        assert [row.pk for row in found] == [rows[7].pk]
    for nonsense in ("since=x", "status=maybe", "offer=99999999999999999999", "before=x&after=-1"):
        text(site.get(f"/affiliates/conversions/?{nonsense}"))


def test_conversions_of_an_offer_are_found_by_what_is_typed_of_its_name_or_its_id(site, mine):
    coffee = make.offer(name="Coffee beans", reference_id="cb-7")
    row = make.conversion(affiliate=mine, offer=coffee)
    make.conversion(affiliate=mine, offer=make.offer(name="Tea"))

    for typed in ("coffee", "BEANS", "cb-7"):
        found = site.get("/affiliates/conversions/", {"offer": typed})
        assert [one.pk for one in found.context["page"].rows] == [row.pk]
    assert '<option value="Coffee beans">' in text(found)
    answer = site.get("/affiliates/conversions/export/", {"offer": "coffee"})
    assert b"".join(answer).count(b"\n") == 2
    assert not site.get("/affiliates/conversions/", {"offer": "wine"}).context["page"].rows


def test_the_export_holds_what_the_filter_finds_and_no_formula(site, mine):
    make.conversion(affiliate=mine, click_id="=1+1", payout="3.50", status="done")
    make.conversion(affiliate=mine, status="rejected")

    answer = site.get("/affiliates/conversions/export/?status=done")

    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [(row["click_id"], row["payout"], row["status"]) for row in rows] == [
        ("'=1+1", "3.50", "done")
    ]
    assert answer["Cache-Control"] == "private, no-store"


def test_a_token_is_shown_once_sees_the_affiliate_only_and_is_revoked(site, mine, anna):
    made = site.post(
        "/affiliates/tokens/", {"name": "Our tracker", "scopes": ["read", "configure"]}
    )
    token = ApiToken.objects.get()

    assert made.context["secret"].startswith(token.prefix)
    assert (token.restricted_to, token.owner) == (mine.owner, anna)
    listed = text(site.get("/affiliates/tokens/"))
    assert "Our tracker" in listed
    assert made.context["secret"] not in listed
    site.post(f"/affiliates/tokens/{token.prefix}/revoke/")
    token.refresh_from_db()
    assert token.revoked


@pytest.mark.parametrize("scopes", [[], ["emit"], ["read", "emit"]])
def test_a_token_cannot_report_events(site, scopes):
    text(site.post("/affiliates/tokens/", {"name": "T", "scopes": scopes}))

    assert not ApiToken.objects.exists()


@pytest.fixture
def called(mine, receiver, run_pass):
    """Calls the affiliate's server for a conversion; gives the delivery."""

    def call(path, **values):
        make.postback(affiliate=mine, url=f"{receiver.url}{path}?c={{click_id}}", **values)
        make.conversion(affiliate=mine, transaction_id="T-1", click_id="a b")
        run_pass()
        return Delivery.objects.get()

    return call


SECRETS = {
    "headers": [{"name": "X-Key", "value": "h-secret", "is_secret": True}],
    "auth_kind": "bearer",
    "token": "t-secret",
}


@pytest.mark.django_db(transaction=True)
def test_a_delivery_shows_request_and_answer_and_no_secret(site, called):
    delivery = called("/ok", offer=None, **SECRETS)

    shown = text(site.get(f"/affiliates/deliveries/{delivery.uid}/"))

    assert "Delivered" in shown
    assert "/ok?c=a%20b" in shown
    assert "200 OK" in shown
    assert str(delivery.uid) in shown
    assert "Authorization" in shown
    assert "X-Key" in shown
    assert "h-secret" not in shown
    assert "t-secret" not in shown


@pytest.mark.django_db(transaction=True)
def test_a_failed_one_is_sent_again(site, called, receiver, run_pass):
    delivery = called("/status/410", offer=None)
    page = f"/affiliates/deliveries/{delivery.uid}/"
    assert "Your server answered, but did not accept it" in text(site.get(page))
    dispatcher.resume_rule(delivery.rule_id)  # a 410 pauses it

    answer = site.post(f"{page}resend/", {"as": "sent"})
    waiting = site.post(f"{page}resend/", {"as": "sent"}, follow=True)
    run_pass()

    assert answer["Location"] == page
    assert "still waiting" in text(waiting)
    assert "Attempt 2" in text(site.get(page))
    rows = site.get("/affiliates/deliveries/?state=failed").context["page"].rows
    assert [row.uid for row in rows] == [delivery.uid]


@pytest.mark.django_db(transaction=True)
def test_as_the_postback_is_now_is_a_new_delivery(site, called):
    delivery = called("/ok", offer=None)

    answer = site.post(f"/affiliates/deliveries/{delivery.uid}/resend/", {"as": "current"})

    copy = Delivery.objects.exclude(pk=delivery.pk).get()
    assert answer["Location"] == f"/affiliates/deliveries/{copy.uid}/"


def test_deliveries_of_many_postbacks_come_in_order_page_by_page(mine):
    for _ in range(3):
        make.postback(affiliate=mine, offer=None)
    for _ in range(4):
        make.conversion(affiliate=mine)
    ids = list(Delivery.objects.order_by("-pk").values_list("pk", flat=True))

    def fetch(**position):
        return [row.id for row in dispatcher.deliveries_of(mine.owner, limit=5, **position)]

    assert len(ids) == 12
    assert fetch() == ids[:5]
    assert fetch(before=ids[4]) == ids[5:10]
    assert fetch(after=ids[10]) == ids[5:10]
    assert fetch(before=ids[-1]) == []
    assert dispatcher.deliveries_of("") == []
