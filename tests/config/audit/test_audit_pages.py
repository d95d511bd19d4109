"""Audit: who changed what, from what to what, in one list."""

from __future__ import annotations

from datetime import timedelta

import factories
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.utils import timezone

from config.audit import ledger
from dispatcher.console import noting
from notifications import services as notification_services
from postbacks import services
from postbacks.models import Customer, Trigger

LIST = "/admin/admin/logentry/"
SECRET = "header-secret-5Tq9"


@pytest.fixture
def olga(db):
    return factories.operator(username="olga")


@pytest.fixture
def console(client, olga):
    client.force_login(olga)
    return client


def page(console, path=LIST, **query):
    answer = console.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def change_template(olga, body):
    template = factories.template(name="Shipped", body='{"a": 1}\n')
    template.body = body
    return services.save_template(template=template, by=olga)


def newest(label):
    entry = ledger.entries(about=label, most=1)[0]
    return f"{LIST}of/{entry.key}/"


def test_every_kind_that_has_a_history_is_in_it(db):
    assert {
        "postbacks.customer", "postbacks.template", "postbacks.trigger",
        "postbacks.lookuptable", "postbacks.outgoingserver",
    } <= set(ledger.histories())  # fmt: skip


def test_a_change_is_there_with_its_author(console, olga):
    change_template(olga, '{"a": 2}\n')

    shown = page(console)

    assert "Shipped" in shown
    assert "olga" in shown
    assert "Changed" in shown


def test_it_says_from_what_to_what(console, olga):
    customer = factories.customer(name="Studio Nord")
    customer.name = "Studio Süd"
    services.save_customer(customer=customer, by=olga)

    shown = page(console, newest("postbacks.customer"))

    assert "Studio Nord" in shown
    assert "Studio Süd" in shown


def test_a_template_is_shown_as_a_diff(console, olga):
    change_template(olga, '{"a": 2}\n')

    shown = page(console, newest("postbacks.template"))

    assert '<div class="pb-diff-removed"><span>-</span><code>{&quot;a&quot;: 1}</code>' in shown
    assert '<div class="pb-diff-added"><span>+</span><code>{&quot;a&quot;: 2}</code>' in shown


def test_no_secret_is_in_it(console, olga):
    headers = [{"name": "X-Api-Key", "value": SECRET, "is_secret": True}]
    trigger = factories.trigger(headers=headers)
    services.rotate_signing_secret(trigger=trigger, by=olga)
    factories.outgoing_server(username="smtp", password=SECRET)

    shown = "".join(
        page(console, newest(label)) for label in ("postbacks.trigger", "postbacks.outgoingserver")
    )

    assert SECRET not in shown
    assert "whsec_" not in shown
    assert "Signing secret changed" in shown


def test_users_and_groups_are_in_it_too(console, olga):
    body = {"username": "newcomer", "password1": "a-long-enough-1", "password2": "a-long-enough-1"}
    console.post("/admin/auth/user/add/", body | {"usable_password": "true"})
    assert User.objects.filter(username="newcomer").exists()

    shown = page(console)

    assert "newcomer" in shown
    assert "a-long-enough-1" not in page(console, newest("log"))


def test_it_can_be_narrowed_to_a_kind_and_a_person(console, olga):
    change_template(olga, '{"a": 2}\n')
    factories.customer(name="Made by nobody")

    assert "Made by nobody" not in page(console, about="postbacks.template")
    assert "Made by nobody" not in page(console, by=str(olga.pk))
    assert "Shipped" in page(console, by=str(olga.pk))


def test_older_ones_are_a_page_further(console, olga):
    for number in range(51):
        factories.customer(name=f"Customer number {number}")

    first = page(console)
    assert "Customer number 50" in first
    assert "Customer number 0<" not in first

    link = console.get(LIST).context["older"]
    assert "Customer number 0<" in console.get(LIST + link).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"about": "no.model"},
        {"by": "x"},
        {"by": "²"},
        {"after": "yesterday x/1"},
        {"after": "2026-11-21T10:00:00Z"},
        {"by": "9" * 30},
    ],
)
def test_a_wrong_question_is_no_error(console, query):
    page(console, **query)


@pytest.mark.parametrize(
    "path",
    ["postbacks.template/999999/", "no.model/1/", "postbacks.template/x/", "auth.user/log-9/"],
)
def test_what_is_not_there_is_a_404(console, path):
    assert console.get(f"{LIST}of/{path}").status_code == 404


@pytest.mark.parametrize("label", ["dispatcher.event", "postbacks.trigger", "auth.user", "x.y"])
def test_what_was_noted_of_another_kind_of_row_is_a_404(console, olga, label):
    customer = factories.customer(name="Studio Nord")
    noting.note(olga, [customer], "Paused: was active, is paused")
    key = f"log-{LogEntry.objects.get().pk}"

    assert console.get(f"{LIST}of/{label}/{key}/").status_code == 404
    assert "Studio Nord" in page(console, f"{LIST}of/postbacks.customer/{key}/")


def test_other_line_ends_are_no_change(console, olga):
    template = factories.template(name="Shipped", body="one\ntwo\n")
    template.history.update(body="one\r\ntwo\r\n")
    template.name = "Sent"
    services.save_template(template=template, by=olga)

    fields = console.get(newest("postbacks.template")).context["fields"]

    assert [(field.old, field.new) for field in fields] == [("Shipped", "Sent")]


def test_rows_within_a_field_are_shown_as_lines(console, olga):
    headers = [{"name": "X-Shop", "value": "42", "is_secret": False}]
    factories.trigger(headers=headers)

    text = page(console, newest("postbacks.trigger"))

    assert "name: X-Shop" in text


@pytest.mark.parametrize(("role", "status"), [("Operator", 200), ("Viewer", 403)])
def test_who_may_read_it(client, db, role, status):
    user = User.objects.create_user("somebody", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    assert client.get(LIST).status_code == status


@pytest.mark.parametrize("count", [1, 60])
def test_it_costs_the_same_whatever_there_is(console, count, django_assert_max_num_queries):
    for number in range(count):
        factories.customer(name=f"Customer {number}")

    with django_assert_max_num_queries(8):
        page(console)


def test_an_event_is_called_by_its_name(console, olga):
    notification_services.switch_event(event="refund_applied", is_on=False, by=olga)

    shown = page(console)

    assert "Refund applied" in shown
    assert "refund_applied" not in shown


def test_changes_of_one_moment_are_neither_skipped_nor_shown_twice(console, olga):
    names = [f"Customer number {number}." for number in range(101)]
    for name in names:
        factories.customer(name=name)
    factories.customer(name="The newest.")
    moment = timezone.now()
    Customer.history.filter(name__in=names).update(history_date=moment - timedelta(minutes=5))

    seen, link = "", "?"
    while link:
        answer = console.get(LIST + link)
        seen, link = seen + answer.content.decode(), answer.context["older"]

    assert [seen.count(name) for name in names] == [1] * 101


def test_a_customer_is_called_by_name(console, olga):
    trigger = factories.trigger(customer=factories.customer(name="Studio Nord"))

    assert "Studio Nord" in page(console, newest("postbacks.trigger"))

    trigger.customer = factories.customer(name="Atelier Lumen")
    services.save_trigger(trigger=trigger, by=olga)
    changed = page(console, newest("postbacks.trigger"))

    assert "Studio Nord</span> → <strong>Atelier Lumen" in changed


def test_what_is_deleted_since_is_said_to_be(console, olga):
    factories.trigger()
    entry = newest("postbacks.trigger")
    Trigger.history.update(template_id=987_654)

    assert "one that was deleted (number 987654)" in page(console, entry)


def test_the_page_of_a_row_shows_its_changes_in_the_same_words(console, olga):
    trigger = factories.trigger(
        customer=factories.customer(name="Studio Nord"), retry_on_failure=True
    )
    trigger.customer = factories.customer(name="Atelier Lumen")
    trigger.retry_on_failure = False
    services.save_trigger(trigger=trigger, by=olga)

    shown = page(console, f"/admin/postbacks/trigger/{trigger.pk}/history/")

    assert "Studio Nord</span> → <strong>Atelier Lumen" in shown
    assert "yes</span> → <strong>no" in shown
    assert "True" not in shown


def test_a_template_s_history_folds_long_texts_away(console, olga):
    template = change_template(olga, '{"a": 2}\n')

    shown = page(console, f"/admin/postbacks/template/{template.pk}/history/")

    assert "<summary>Body: 1 line added, 1 removed</summary>" in shown
