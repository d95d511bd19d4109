"""What somebody does by hand is found in the audit, whatever page, action or call it is done by.

They are found from the service itself: whoever adds one that changes something has it noted, or
says here why nobody needs to know.
"""

from __future__ import annotations

import re

import factories
import found
import ledger as ledgers
import pytest
import rights
from api_client import Api
from django.contrib import admin
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from world import World, undone

from config.audit import ledger
from dispatcher.models import ApiToken, Destination
from postbacks.models import Customer

BOSS = rights.SUPERUSER
LIST = "/admin/admin/logentry/"
NOT_BY_ITSELF = {
    "signin:setup": "only a key that is not in use yet; that it was taken into use is noted",
    "admin:postbacks_trigger_test": "a test run says on its own page who made it",
    "admin:offers_postback_test": "a test run",
    "admin:notifications_channel_test": "a test run",
    "POST trigger-test": "a test run",
    "POST postback-test": "a test run",
    "POST channel-test": "a test run",
    "POST order-events": "what systems report is the ledger of events",
}
POSTED = {
    "delete": {"post": "yes"},
    "admin:dispatcher_delivery_matching": {"verb": "cancel", "filter-state": "pending"},
}


@pytest.fixture
def world(db, settings):
    settings.ANONYMOUS_RATE = settings.READ_RATE = settings.EMIT_RATE = ""
    return World()


@pytest.fixture
def unrendered(monkeypatch):
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


def is_silent(world, do):
    """Whether this changes something, and the audit of the person who does it says nothing."""
    person = world.people[BOSS]

    def said():
        return [entry.key for entry in ledger.entries(user_id=person.pk, most=5)]

    before = said()
    with undone() as written:
        do()
        after = said()
    return any(_is_change(sql) for sql in written) and before == after


def _is_change(sql):
    """Not admin's own note of something that was refused then, and no look at a clock."""
    return '"django_admin_log"' not in sql and not _UNTOUCHED.match(sql)


_UNTOUCHED = re.compile(r'UPDATE "\w+" SET "updated_at" = [^,]+ WHERE')


def test_what_is_sent_to_a_page_is_noted(world, unrendered):
    client = world.client(BOSS)
    silent = [
        page.key
        for page in found.pages()
        if not page.route.startswith("affiliates/")
        and page.key not in NOT_BY_ITSELF
        and is_silent(
            world,
            lambda: client.post(
                page.address(world.part(page, BOSS)),  # noqa: B023 - called at once
                POSTED.get(page.kind or page.key, {}),  # noqa: B023
            ),
        )
    ]

    assert silent == []


def test_an_action_on_chosen_rows_is_noted(world, unrendered):
    silent = []
    for label, action in found.actions():
        model = next(one for one in admin.site._registry if one._meta.label_lower == label)
        address = reverse(f"admin:{label.replace('.', '_')}_changelist")
        chosen = list(model._default_manager.values_list("pk", flat=True))
        if label in {"auth.user", "auth.group", "dispatcher.apitoken"}:
            chosen = [world.row(label, BOSS)]
        data = {"action": action, "_selected_action": chosen, "post": "yes"}
        client = world.client(BOSS)
        if is_silent(world, lambda: client.post(address, data)):  # noqa: B023
            silent.append(f"{label}.{action}")

    assert [one for one in silent if one not in IDLE] == []


IDLE = {"offers.affiliate.activate_selected", "postbacks.customer.activate_selected"}
"""Those of the world are active already."""


def test_a_call_of_the_api_is_noted(world):
    _, token = ApiToken.objects.create_key(
        name="own", owner=world.people[BOSS], scopes=["emit", "read", "configure"]
    )
    client = world.client(rights.ANONYMOUS)
    silent = [
        f"{method} {call.name}"
        for method, call in found.calls()
        if f"{method} {call.name}" not in NOT_BY_ITSELF
        and is_silent(
            world,
            lambda: client.generic(
                method, call.address(world.call_part(call)), b"{}", "application/json",  # noqa: B023
                headers={"Authorization": f"Bearer {token}"},
            ),
        )
    ]  # fmt: skip

    assert silent == []


@pytest.fixture
def console(client, db):
    client.force_login(factories.operator(username="olga"))
    return client


def test_the_list_says_who_did_what_from_what_to_what(console):
    ledgers.trigger(url="https://shop.example/in")
    destination = Destination.objects.get(key="https://shop.example:443")
    console.post(reverse("admin:dispatcher_destination_pause", args=[destination.pk]))

    shown = console.get(LIST, {"about": ledger.BY_HAND}).content.decode()

    for words in ("olga", "By hand", "Healthy → Paused by hand", "https://shop.example:443"):
        assert words in shown


def test_an_act_has_a_page_that_leads_to_what_it_was_done_with(console):
    ledgers.trigger()
    delivery = ledgers.delivery(1, state="failed")
    console.post(reverse("admin:dispatcher_delivery_resend", args=[delivery.pk]))
    [entry] = ledger.entries(about=ledger.BY_HAND, most=5)

    shown = console.get(f"{LIST}of/{entry.key}/").content.decode()

    assert "Sent again as sent: was failed" in shown
    assert reverse("admin:dispatcher_delivery_change", args=[delivery.pk]) in shown


def test_what_was_refused_is_not_noted(console):
    ledgers.trigger()
    waiting = ledgers.delivery(1, state="pending")

    console.post(reverse("admin:dispatcher_delivery_resend", args=[waiting.pk]))

    assert ledger.entries(about=ledger.BY_HAND, most=5) == []


def test_work_on_many_is_found_with_its_filters(console):
    ledgers.trigger()
    ledgers.delivery(1, state="failed")
    body = {"verb": "resend", "filter-state": "failed"}

    console.post(reverse("admin:dispatcher_delivery_matching"), body)

    [entry] = ledger.entries(about=ledger.BY_HAND, most=5)
    assert entry.reason == "1 deliveries that match. State: Failed"


@pytest.mark.parametrize("way", ["page", "call"])
def test_erasing_somebody_is_in_it(world, way):
    boss = world.people[BOSS]
    customer = Customer.objects.first()
    body = {"kind": "customer", "name": customer.reference_id}
    if way == "page":
        body |= {"confirmed": customer.owner}
        world.client(BOSS).post(reverse("admin:dispatcher_purge_erase"), body)
    else:
        answer = Api(owner=boss).post("erasures/", body)
        assert answer.status_code == 202

    [entry] = ledger.entries(about=ledger.BY_HAND, user_id=boss.pk, most=1)

    assert entry.reason.startswith(f"Erased everything of {customer.name}")
    assert entry.title == customer.name


def test_seeing_the_site_as_an_affiliate_is_in_it(world):
    world.client(BOSS).post(reverse("affiliates:look", args=[world.own["affiliate"].pk]))

    [entry] = ledger.entries(about=ledger.BY_HAND, most=1)

    assert entry.reason.startswith("Began to see")
