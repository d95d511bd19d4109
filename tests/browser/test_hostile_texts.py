"""Markup in everything that others write stays text, in a real browser, on every page."""

from __future__ import annotations

import every_page
import factories
import ledger
import pytest
from django.urls import reverse
from django.utils import timezone

from dispatcher.models import Attempt, Delivery, Request
from postbacks.models import Template

EVIL = "\"'></script><img src=x onerror=alert(1)><svg onload=alert(2)>{{7*7}}<b class=injected>"
INJECTED = "img[src=x], svg[onload], b.injected, .material-symbols-outlined img"


@pytest.fixture
def hostile(operator):
    """Rows in which every text that a stranger or operator can set is hostile."""
    payload = {"orderReferenceId": EVIL, EVIL: EVIL, "items": [{EVIL: EVIL}]}
    every_page.fill(operator, 2, text=EVIL, payload=payload)
    for template in Template.objects.all():
        sample = '{"orderId": ' + _json(EVIL) + "," + _json(EVIL) + ": 1}"
        Template.objects.filter(pk=template.pk).update(sample=sample)
    Attempt.objects.update(
        body=EVIL, headers=f"[[{_json(EVIL)}, {_json(EVIL)}]]", peer=EVIL[:60], status=503
    )
    Request.objects.update(
        url=f"https://h.example/{EVIL}",
        body=f"<a>{EVIL}</a>",
        headers=f"[[{_json(EVIL)}, {_json(EVIL)}]]",
        warnings=f'[{{"line": 1, "message": {_json(EVIL)}}}]',
    )
    _email_delivery()
    _skip()


def _json(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _email_delivery():
    """A delivery of an e-mail whose parts and conversation are hostile."""
    customer = factories.customer(name=EVIL)
    factories.email_trigger(name=EVIL, customer=customer)
    emitted = ledger.emit(99, customer=customer)
    uid = emitted.deliveries[-1].id
    row = Delivery.objects.get(uid=uid)
    Request.objects.create(
        delivery=row, method="EMAIL", url="", headers=f'[["Subject", {_json(EVIL)}]]',
        body=f'{{"html": {_json(EVIL)}, "text": {_json(EVIL)}}}', warnings="[]",
        rendered_at=timezone.now(),
    )  # fmt: skip
    Attempt.objects.create(
        delivery=row, number=1, fence=1, started_at=timezone.now(), duration=1.0, phases="{}",
        outcome="rejected", status=550, headers="[]", peer="203.0.113.7:25", body=EVIL,
    )  # fmt: skip


def _skip():
    factories.trigger(name=EVIL, customer=None, template=None, status="draft")
    ledger.emit(98)


def test_nothing_hostile_becomes_markup_on_any_page(open_console, hostile, client, operator):
    client.force_login(operator)
    served = pages_as_served(client)
    page = open_console()  # fails when a dialog opens or another host is asked
    hand_over(page, served)

    for address in served:
        page.goto(address)
        assert page.locator(INJECTED).count() == 0, address

    assert len(served) >= 45


def pages_as_served(client):
    """Address → answer of all that is a page, and no button's address, file or question."""
    addresses = set(every_page.pages(apps=("dispatcher", "postbacks", "auth")).values())
    deliveries = Delivery.objects.order_by("-pk").values_list("pk", flat=True)
    addresses |= {_delivery(pk) for pk in deliveries[:3]}
    answers = {address: client.get(address) for address in sorted(addresses)}
    return {address: answer for address, answer in answers.items() if is_page(answer)}


def is_page(answer):
    return answer.status_code == 200 and "html" in answer.headers["Content-Type"]


def hand_over(page, served):
    """Give the window these pages as they are, with all scripts, but without looks and fonts."""
    files = {}

    def answer(route):
        url = route.request.url
        address = "/" + url.split("/", 3)[3]
        if address in served:
            page_served = served[address]
            headers = dict(page_served.headers)
            route.fulfill(status=200, headers=headers, body=page_served.content)
        elif route.request.resource_type in {"stylesheet", "font"}:
            route.fulfill(status=200, content_type="text/css", body="")
        elif "/static/" in address:
            if url not in files:
                files[url] = route.fetch()
            route.fulfill(response=files[url])
        else:
            route.continue_()

    page.route("**/*", answer)


def _delivery(pk):
    return reverse("admin:dispatcher_delivery_change", args=[pk])


@pytest.mark.parametrize("kind", ["webhook", "email"])
def test_nothing_hostile_becomes_markup_in_the_mapper(open_console, hostile, kind):
    template = Template.objects.filter(kind=kind).earliest("pk")
    Template.objects.filter(pk=template.pk).update(body=f"{EVIL}{{{{ orderId }}}}{{{{ nope }}}}")
    page = open_console()
    page.goto(reverse("admin:postbacks_template_change", args=[template.pk]))
    page.wait_for_selector(".pb-ready[data-rendered]")

    page.click("[data-past-start]")
    page.wait_for_selector("[data-past] .pb-past-row, [data-past] .pb-empty")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.click("[data-payload-tab=text]")
    page.locator("[data-payload-events] option").nth(0).wait_for(state="attached")
    page.fill("[data-test-url]", EVIL)
    page.click("[data-test-send]")
    page.wait_for_selector("[data-test-result] .pb-note")

    assert page.locator(INJECTED).count() == 0
