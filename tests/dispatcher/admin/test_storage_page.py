"""Storage: what is kept, what goes when, and erasing all of one customer."""

from __future__ import annotations

import factories
import ledger
import notification_factories as told
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User

from dispatcher.models import Erasure, Event
from dispatcher.retention import clean_up, erase
from notifications.models import Contact

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


def test_the_form_starts_with_no_kind_chosen(console, customer):
    page = console.get(PAGE).content.decode()

    assert '<option value="" selected>Choose …</option>' in page


def test_what_was_typed_stays_after_a_mistake(console, customer):
    answer = console.get(ERASE, {"kind": "customer", "name": "studio nord & co"}, follow=True)
    page = answer.content.decode()

    assert "Correct it." in page
    assert '<option value="customer" selected>Customer</option>' in page
    assert 'value="studio nord &amp; co"' in page


def test_whose_it_is_has_to_be_chosen(console, customer):
    page = console.get(ERASE, {"kind": "", "name": "studio-nord"}, follow=True).content.decode()

    assert "Choose whose it is." in page
    assert 'value="studio-nord"' in page


@pytest.mark.parametrize(
    ("most", "words"),
    [(10_000, "3 events"), (2, "more than 2 events"), (3, "3 events")],
)
def test_the_confirmation_says_how_much_goes(console, customer, monkeypatch, most, words):
    monkeypatch.setattr(erase, "MOST_COUNTED", most)
    ledger.delivery(2, customer=customer)
    ledger.delivery(3, customer=customer)
    ledger.emit(4)

    page = console.get(ERASE, {"kind": "customer", "name": "studio-nord"}).content.decode()

    assert f"<strong>{words}</strong>" in page


def test_the_confirmation_counts_a_contacts_events(console):
    told.purchase(source="shop", contact={"reference": "C-7", "email": "ann@example.com"})
    events = Event.objects.count()

    page = console.get(ERASE, {"kind": "contact", "name": "C-7"}).content.decode()

    assert f"<strong>{events} events</strong>" in page


def test_what_was_erased_already_is_not_counted_again(console, customer):
    console.post(ERASE, {"kind": "customer", "name": "studio-nord", "confirmed": customer.owner})
    while clean_up():
        pass
    ledger.delivery(2, customer=customer)

    page = console.get(ERASE, {"kind": "customer", "name": "studio-nord"}).content.decode()

    assert "<strong>1 event</strong>" in page


def test_the_audit_says_whose_was_erased(console, customer):
    console.post(ERASE, {"kind": "customer", "name": "studio-nord", "confirmed": customer.owner})

    note = LogEntry.objects.get()
    assert note.get_change_message() == "Erased everything of Studio Nord"
    assert note.object_repr == str(Erasure.objects.get()) == "Studio Nord"


def test_the_audit_names_a_contact_by_reference_alone(console):
    told.purchase(source="shop", contact=told.ANN)
    console.get(ERASE, {"kind": "contact", "name": "ann@example.com"})
    owner = f"contact:{Contact.objects.get().pk}"
    console.post(ERASE, {"kind": "contact", "name": "ann@example.com", "confirmed": owner})

    note = LogEntry.objects.get()
    said = f"{note.object_repr} {note.get_change_message()} {Erasure.objects.get().name}"
    assert "Erased everything of contact C-1" in said
    assert "ann" not in said.lower()
