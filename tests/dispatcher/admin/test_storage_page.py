"""Storage: what is kept, what goes when, and erasing all of one customer."""

from __future__ import annotations

import factories
import ledger
import notification_factories as told
import pytest
from django.contrib.auth.models import Group, User

from dispatcher.models import Erasure, Event
from dispatcher.retention import clean_up

PAGE, ERASE = "/admin/dispatcher/purge/", "/admin/dispatcher/purge/erase/"


@pytest.fixture
def customer(db):
    customer = factories.customer(name="Studio Nord", reference_id="studio-nord")
    factories.trigger(customer=customer)
    ledger.delivery(1, customer=customer, secretField="of-theirs")
    return customer


def test_it_shows_what_is_stored_and_for_how_long(console, customer, settings):
    settings.RETENTION_DAYS = 60

    page = console.get(PAGE).content.decode()

    assert "Events with their payloads" in page
    assert "60 days" in page


def test_it_says_when_nothing_is_ever_purged(console, customer, settings):
    settings.RETENTION_DAYS = 0

    assert "Nothing is ever purged" in console.get(PAGE).content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_it_costs_the_same_whatever_there_is(
    console, customer, count, django_assert_max_num_queries
):
    for number in range(count):
        ledger.delivery(number, customer=customer)

    with django_assert_max_num_queries(15):
        console.get(PAGE)


def test_erasing_asks_first_and_names_whose_it_is(console, customer):
    page = console.get(ERASE, {"kind": "customer", "name": "studio-nord"}).content.decode()

    assert "Erase everything of Studio Nord?" in page
    assert not Erasure.objects.exists()


def test_erasing_is_done_by_the_workers_and_shown(console, operator, customer):
    body = {"kind": "customer", "name": "studio-nord", "confirmed": customer.owner}
    page = console.post(ERASE, body, follow=True).content.decode()
    assert "Being erased" in page

    while clean_up():
        pass

    page = console.get(PAGE).content.decode()
    assert "Erased" in page
    assert operator.username in page
    assert Event.objects.get().payload == ""


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "customer", "name": "nobody"},
        {"kind": "nothing", "name": "studio-nord"},
        {"kind": "customer", "name": ""},
        {},
    ],
)
def test_an_unknown_name_is_refused_in_words(console, customer, body):
    page = console.post(ERASE, body, follow=True).content.decode()

    assert "Correct it." in page
    assert not Erasure.objects.exists()


def test_what_was_not_confirmed_is_not_erased(console, customer):
    other = {"kind": "customer", "name": "studio-nord", "confirmed": "customer:0"}
    console.post(ERASE, other)

    assert not Erasure.objects.exists()


@pytest.mark.parametrize("role", ["Operator", "Viewer", "Developer"])
def test_only_administrators_erase(client, customer, role):
    user = User.objects.create_user("somebody", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    body = {"kind": "customer", "name": "studio-nord", "confirmed": customer.owner}

    assert client.post(ERASE, body).status_code == 403
    assert "An administrator can do this" in client.get(PAGE).content.decode()


def test_a_channel_owns_no_events_so_it_is_not_offered(console, customer):
    channel = told.attachment().channel

    page = console.get(PAGE).content.decode()
    answer = console.get(ERASE, {"kind": "channel", "name": str(channel.pk)})

    assert 'value="customer"' in page
    assert 'value="channel"' not in page
    assert answer.status_code == 302
