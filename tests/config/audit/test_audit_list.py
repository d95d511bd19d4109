"""The list of the audit says what changed, in a line or two: nobody opens fifty entries."""

from __future__ import annotations

import html
import re

import factories
import notification_factories as notifications
import offer_factories as offers
import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from notifications import services as notification_services
from offers import services as offer_services
from postbacks import services
from postbacks.models import Trigger

pytestmark = pytest.mark.django_db

LIST = "/admin/admin/logentry/"


@pytest.fixture
def olga():
    return factories.operator(username="olga")


@pytest.fixture
def console(client, olga):
    client.force_login(olga)
    return client


def newest(console):
    """The words of the newest entry in the list."""
    shown = console.get(LIST).content.decode()
    row = re.findall(r"<tr>.*?</tr>", shown, re.DOTALL)[1]
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", row).split()))


def test_from_what_to_what_is_in_the_list(console, olga):
    trigger = factories.trigger(name="Shipped", status="active")
    trigger.status = Trigger.Status.PAUSED
    services.save_trigger(trigger=trigger, by=olga)

    assert "Status: Active → Paused" in newest(console)


def test_a_long_text_is_counted(console, olga):
    template = factories.template(name="Shipped", body='{"a": 1,\n "b": 1}\n')
    template.body = '{"a": 2,\n "d": 1,\n "b": 1}\n'
    services.save_template(template=template, by=olga)

    assert "Body: 2 lines added, 1 removed" in newest(console)


def test_a_few_fields_are_shown_and_the_rest_counted(console, olga):
    trigger = factories.trigger(name="Old", customer=factories.customer(name="Studio Nord"))
    trigger.name, trigger.retry_on_failure, trigger.is_ordered = "New", False, True
    trigger.customer = factories.customer(name="Atelier Lumen")
    trigger.http_method = "PUT"
    services.save_trigger(trigger=trigger, by=olga)

    words = newest(console)

    assert "Customer: Studio Nord → Atelier Lumen" in words
    assert "and 2 more" in words


def test_what_a_row_pointed_to_may_be_gone(console, olga):
    trigger = factories.trigger()
    trigger.name = "New"
    services.save_trigger(trigger=trigger, by=olga)
    oldest = trigger.history.last()
    Trigger.history.filter(pk=oldest.pk).update(template_id=987_654)

    assert "one that was deleted (number 987654)" in newest(console).replace("…", "(number 987654)")


def test_only_the_entry_before_is_compared(console, olga):
    customer = factories.customer(name="One")
    for name in ("Two", "Three"):
        customer.name = name
        services.save_customer(customer=customer, by=olga)

    assert "Name: Two → Three" in newest(console)


def test_lists_numbers_and_times_read_as_on_the_entry_s_page(console, olga):
    postback = offers.postback(delay=0, params=[{"name": "sub", "value": "1"}])
    postback.delay = 60
    postback.params = [{"name": "sub", "value": "2"}]
    offer_services.save_postback(postback=postback, by=olga)

    words = newest(console)

    assert "0 → 60" in words
    assert ": 1 line added, 1 removed" in words


def test_people_are_told_likewise(admin_client):
    vera = User.objects.create_user("vera")
    body = {"username": "vera", "is_active": "on", "is_staff": "on"}
    admin_client.post(reverse("admin:auth_user_change", args=[vera.pk]), body)

    assert "Works on these pages: no → yes" in newest(admin_client)


def test_of_a_new_person_it_says_what_they_are(admin_client):
    password = "a-long-enough-5Tq9"
    body = {"username": "ida", "password1": password, "password2": password, "is_staff": "on"}
    admin_client.post(reverse("admin:auth_user_add"), body)

    assert "Added User name: ida Works on these pages: yes" in newest(admin_client)


def test_all_kinds_at_once_cost_no_more(admin_client, olga, django_assert_max_num_queries):
    change_one_of_each(olga)

    with django_assert_max_num_queries(12):
        shown = admin_client.get(LIST).content.decode()

    assert shown.count(" → ") >= 6
    assert "Studio Nord, new → Atelier Lumen" in shown


def change_one_of_each(olga):
    customers = [factories.customer(name=name) for name in ("Studio Nord", "Atelier Lumen")]
    trigger = factories.trigger(customer=customers[0])
    template = factories.template()
    table = factories.lookup_table(customer=customers[0])
    affiliate, offer, other = offers.affiliate(), offers.offer(), offers.offer()
    goal = offers.goal(offer)
    postback = offers.postback(affiliate=affiliate, offer=offer)
    channel = notifications.slack(name="Team")
    trigger.customer = table.customer = customers[1]
    services.save_trigger(trigger=trigger, by=olga)
    services.save_table(table=table, by=olga)
    postback.offer = other
    offer_services.save_postback(postback=postback, by=olga)
    for row in (customers[0], template, affiliate, offer, goal, channel):
        row.name = f"{row.name}, new"
        row.save()
    notification_services.switch_event(event="refund_applied", is_on=False, by=olga)
