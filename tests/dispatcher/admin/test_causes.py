"""Pages that lead to a cause, with few statements whatever the number of rows."""

from __future__ import annotations

import factories
import ledger
import notification_factories as notifications
import offer_factories as offers
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dispatcher.models import Attempt, Delivery, Heartbeat, Tally
from dispatcher.sql import now
from notifications import services as notification_services
from postbacks import services

MOST_STATEMENTS = 15


@pytest.fixture
def trigger(db):
    return ledger.trigger(name="Tell the shop", url="https://shop.example/in")


def page(console, name, *args, **query):
    address = reverse(f"admin:dispatcher_{name}", args=args)
    return console.get(address, query).content.decode()


def fail(number, *, outcome="rejected", cause="503", **values):
    row = ledger.delivery(number, state="failed", **values)
    Delivery.objects.filter(pk=row.pk).update(outcome=outcome, cause=cause)
    return row


def test_failures_are_grouped_by_destination_and_cause(console, trigger):
    fail(1)
    newest = fail(2)
    fail(3, outcome="timed_out", cause="connect")
    ledger.delivery(4)

    answer = console.get(reverse("admin:dispatcher_delivery_failures"))

    groups = answer.context["groups"]
    assert [(one.where, one.cause, one.count) for one in groups] == [
        ("shop.example", "Rejected by the receiver: 503 Service Unavailable", 2),
        ("shop.example", "Timed out while connecting", 1),
    ]
    assert groups[0].example_url == reverse("admin:dispatcher_delivery_change", args=[newest.pk])


def test_the_list_behind_a_group_holds_exactly_the_group(console, trigger):
    meant = fail(1)
    fail(2, cause="500")
    group = next(
        one
        for one in console.get(reverse("admin:dispatcher_delivery_failures")).context["groups"]
        if "503" in one.cause
    )

    changelist = console.get(group.list_url).context["cl"]

    assert [row.pk for row in changelist.result_list] == [meant.pk]


@pytest.fixture
def broken(trigger):
    """Two triggers of one receiver: template errors of two kinds, and one that says no kind."""
    other = ledger.trigger(
        name="Tell the stock", url="https://shop.example/in", event="order_canceled"
    )
    kinds = [(trigger, "field"), (trigger, "field"), (trigger, "output"), (trigger, "")]
    for number, (one, cause) in enumerate([*kinds, (other, "field")]):
        row = fail(number, outcome="template_error", cause=cause)
        Delivery.objects.filter(pk=row.pk).update(rule=one.rule_id)
        row.attempts.update(error=f"Said {number}")
    Delivery.objects.filter(pk=row.pk).update(destination=None)


def test_template_errors_stand_for_each_trigger_and_kind_of_error(console, broken):
    found = console.get(reverse("admin:dispatcher_delivery_failures")).context["groups"]

    assert {(one.where, one.rule.label, one.cause, one.count, one.example) for one in found} == {
        (
            "shop.example", "Trigger Tell the shop",
            "Template error: a field is missing", 2, "Said 1",
        ),
        (
            "shop.example", "Trigger Tell the shop",
            "Template error: what the template gave is not valid", 1, "Said 2",
        ),
        ("shop.example", "Trigger Tell the shop", "Template error", 1, "Said 3"),
        ("", "Trigger Tell the stock", "Template error: a field is missing", 1, "Said 4"),
    }  # fmt: skip


def test_each_group_leads_to_its_own_list_and_resends_no_more(console, broken):
    for group in console.get(reverse("admin:dispatcher_delivery_failures")).context["groups"]:
        rows = console.get(group.list_url).context["cl"].result_list
        matching = console.get(group.resend_url).context["count"]

        assert (len(rows), matching) == (group.count, group.count)
        assert group.example_url.split("/")[-3] in {str(row.pk) for row in rows}


def test_test_runs_are_no_failures(console, trigger):
    Delivery.objects.filter(pk=fail(1).pk).update(is_test=True)

    assert "No delivery that was created in this time has failed" in page(
        console, "delivery_failures"
    )


def test_every_rule_that_was_considered_says_why(console, trigger):
    factories.trigger(name="Unfinished", customer=None, status="draft")
    services.set_trigger_status(trigger=trigger, status="paused")
    factories.trigger(name="Elsewhere", customer=None, event="order_canceled")
    ledger.emit(7)

    shown = page(console, "delivery_why", q="PO-7")

    assert "Unfinished" in shown
    assert "draft" in shown
    assert "Tell the shop" in shown
    assert "It waits for “Order canceled”." in shown


@pytest.mark.parametrize("by", ["event_id", "uid"])
def test_an_id_finds_its_event(console, trigger, by):
    delivery = ledger.delivery(3)

    assert "Order PO-3" in page(console, "delivery_why", q=str(getattr(delivery, by)))


def test_an_order_that_nobody_reported_is_said_so(console, trigger):
    assert "Nothing is known by “PO-404”" in page(console, "delivery_why", q="PO-404")


def test_a_delivery_shows_its_event_and_what_else_came_of_it(console, trigger):
    factories.trigger(name="Unfinished", customer=None, status="draft")
    ledger.trigger(name="The other one")
    delivery = ledger.delivery(1)

    shown = page(console, "delivery_change", delivery.pk)

    assert "What your system reported" in shown
    assert "The other one" in shown
    assert "Unfinished" in shown
    assert "curl -X POST https://" in shown
    assert "hmac.compare_digest" in shown
    assert ledger.HEADER_SECRET not in shown


def test_the_difference_names_what_the_current_template_changes(console, trigger):
    delivery = ledger.delivery(1, state="failed")
    template = trigger.template
    template.body = '{"number": "{{ orderId }}"}'
    services.save_template(template=template)
    trigger.refresh_from_db()
    services.save_trigger(trigger=trigger)

    answer = console.get(reverse("admin:dispatcher_delivery_difference", args=[delivery.pk]))

    added = [line["text"] for line in answer.context["lines"] if line["kind"] == "added"]
    assert '  "number": "o-1"' in added


def test_the_difference_says_why_it_would_fail(console, trigger):
    delivery = ledger.delivery(1, state="failed")
    Delivery.objects.get(pk=delivery.pk).event.__class__.objects.update(payload="")

    answer = console.get(reverse("admin:dispatcher_delivery_difference", args=[delivery.pk]))

    assert "Erased at somebody's request." in answer.context["problem"]


def test_the_overview_leads_from_each_figure_to_its_list(console, trigger):
    delivery = ledger.delivery(1, state="failed")
    Tally.objects.create(
        grain=Tally.Grain.HOUR, scope="all", starts_at=now().replace(minute=0, second=0,
        microsecond=0), attempts=1, failed={"rejected": 1},
    )  # fmt: skip

    context = console.get(reverse("admin:index"), {"window": "day"}).context
    card = next(card for card in context["cards"] if card["label"] == "Failed")
    bar = context["columns"][-1]

    assert card["value"] == "1"
    for address in (card["url"], bar.failed_url):
        found = console.get(address).context["cl"].result_list
        assert [row.pk for row in found] == [delivery.pk]


def make(count):
    for number in range(count):
        ledger.trigger(name=f"Rule {number}", url=f"https://shop-{number}.example/in")
        ledger.delivery(number, state="failed", attempts=2)
        Heartbeat.objects.create(name=f"w:{count}-{number}", started_at=now(), beat_at=now())


PAGES = (
    "index", "dispatcher_delivery_changelist", "dispatcher_event_changelist",
    "dispatcher_destination_changelist", "dispatcher_rule_changelist",
    "dispatcher_delivery_failures", "dispatcher_delivery_why", "dispatcher_delivery_matching",
    "dispatcher_delivery_jobs",
)  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_few_statements_and_no_more_for_more_rows(console, db, name):
    counts = []
    for count in (2, 4):
        make(count)
        address = reverse(f"admin:{name}")
        console.get(address)
        with CaptureQueriesContext(connection) as captured:
            console.get(address, {"q": "PO-1"} if name.endswith("why") else {})
        counts.append(len(captured))

    assert counts[1] <= counts[0]
    assert counts[1] <= MOST_STATEMENTS


@pytest.mark.parametrize("name", ["delivery", "event", "destination"])
def test_a_page_of_one_needs_few_statements(console, db, name):
    make(4)
    delivery = Attempt.objects.order_by("pk").last().delivery
    key = {"delivery": delivery.pk, "event": delivery.event_id}.get(name, delivery.destination_id)
    assert Attempt.objects.filter(delivery=delivery).count() == 2

    with CaptureQueriesContext(connection) as captured:
        console.get(reverse(f"admin:dispatcher_{name}_change", args=[key]))

    assert len(captured) <= MOST_STATEMENTS


def silent_in(answer):
    return {rule.pk for rule in answer.context["silent"]}


def test_only_what_is_meant_to_send_is_named_as_silent(console, trigger):
    factories.trigger(name="Unfinished", status="draft")
    factories.trigger(name="Of a lost customer", customer=factories.customer(is_active=False))
    offers.postback(is_active=False)
    live = offers.postback()
    attached = notifications.attachment()
    off = notifications.attachment(event="refund_applied")
    notification_services.switch_event(event="refund_applied", is_on=False)

    found = silent_in(console.get(reverse("admin:index")))
    listed = console.get(reverse("admin:dispatcher_rule_changelist"), {"sends": "nothing"})

    assert found == {trigger.rule_id, live.rule_id, attached.rule_id}
    assert off.rule_id not in found
    assert {rule.pk for rule in listed.context["cl"].result_list} == found
