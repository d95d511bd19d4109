"""What was reported is purged with the ledgers, and erased when a contact asks for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import ledger
import notification_factories as make
import pytest

from dispatcher.models import Event
from dispatcher.retention import clean_up, erase_owner, find_person
from notifications.events import OperationalType
from notifications.models import Contact, Fact, Notice, Order, Subscription, Transaction
from notifications.services import keeping

NOW = datetime.now(UTC)
ANN = {"reference": "C-1", "email": "ann@example.com", "name": "Ann Lindqvist"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _retention(settings):
    settings.RETENTION_DAYS, settings.IDEMPOTENCY_DAYS = 10, 30


def clean_everything():
    while clean_up():
        pass


def later(time_machine, days):
    time_machine.move_to(NOW + timedelta(days=days), tick=False)
    clean_everything()


def notice(**values):
    start = {"event": OperationalType.values[0], "told_at": NOW, "is_on": False}
    return Notice.objects.create(**start | values)


def test_a_facts_key_is_known_for_as_long_as_keys_are(time_machine):
    make.purchase(source="shop", key="k-1")

    later(time_machine, 29)
    assert make.purchase(source="shop", key="k-1").is_duplicate
    later(time_machine, 31)

    assert not Fact.objects.exists()
    assert Transaction.objects.exists()


def test_facts_go_a_batch_at_a_time(time_machine, monkeypatch):
    monkeypatch.setattr(keeping, "BATCH", 2)
    for number in range(5):
        make.purchase(f"tx-{number}", source="shop", key=f"k-{number}")

    later(time_machine, 31)

    assert not Fact.objects.exists()


def test_nothing_is_purged_where_nothing_ever_is(time_machine, settings):
    settings.RETENTION_DAYS = 0
    make.purchase(source="shop", key="k-1")

    later(time_machine, 400)

    assert Fact.objects.exists()


def test_old_news_goes_and_what_waits_or_lasts_stays(time_machine):
    notice(about="old")
    notice(about="waits", due_at=NOW + timedelta(days=40))
    notice(about="lasts", is_on=True)
    notice(about="recent", told_at=NOW + timedelta(days=9))

    later(time_machine, 11)

    assert set(Notice.objects.values_list("about", flat=True)) == {"waits", "lasts", "recent"}


def erase(text):
    owner = find_person("contact", text)
    erase_owner(owner=owner, name="contact C-1")
    clean_everything()


def everything_stored():
    kept = [
        list(Event.objects.values_list("payload", "subject")),
        list(Contact.objects.values_list("email", "name", "data")),
        list(Order.objects.values_list("email", "items", "data", "context")),
        list(Transaction.objects.values_list("data")),
        list(Subscription.objects.values_list("data")),
    ]
    return json.dumps(kept, default=str)


def report_everything_of_ann():
    make.report("contact-saved", source="shop", contact=ANN)
    make.purchase(source="shop", contact=ANN, shipping={"street": "Ann Lindqvist, Lane 1"})
    subscription = {"reference": "S-1", "note": "of ann@example.com"}
    make.report("subscription-canceled", source="shop", contact=ANN, subscription=subscription)
    make.report("survey-completed", source="shop", contact=ANN, survey={"said": "Ann Lindqvist"})


@pytest.mark.parametrize("text", ["C-1", "Ann@Example.com"])
def test_a_contact_that_asks_for_it_is_erased_everywhere(text):
    report_everything_of_ann()
    assert "Ann Lindqvist" in everything_stored()

    erase(text)

    stored = everything_stored()
    assert "Ann Lindqvist" not in stored
    assert "ann@example.com" not in stored
    assert Transaction.objects.get().amount


def test_customers_postbacks_about_the_order_go_too():
    make.purchase(source="shop", order="PO-1", contact=ANN)
    ledger.trigger()
    ledger.delivery(1, to="Ann Lindqvist, Lane 1")

    erase("C-1")

    assert "Ann Lindqvist" not in everything_stored()


def test_others_are_not_touched():
    make.purchase(source="shop", contact=ANN)
    bob = {"reference": "C-2", "email": "bob@example.com"}
    make.purchase("tx-2", source="shop", order="PO-2", contact=bob)

    erase("C-1")

    assert Contact.objects.get(reference="C-2").email == "bob@example.com"
    assert "bob@example.com" in Event.objects.filter(subject="order:PO-2")[0].payload


def test_one_known_by_an_address_alone_is_gone_whole():
    make.report("contact-saved", source="shop", contact="ann@example.com")

    erase("ann@example.com")

    assert not Contact.objects.exists()
    assert "ann@example.com" not in everything_stored()


def test_who_was_erased_becomes_a_customer_no_second_time():
    make.purchase(source="shop", contact=ANN)
    erase("C-1")

    make.purchase("tx-2", source="shop", order="PO-2", contact=ANN)

    assert Event.objects.filter(type="customer_created").count() == 1


def test_nobody_is_found_by_an_address_that_two_share():
    for reference in ("C-1", "C-2"):
        make.report("contact-saved", source="shop", contact=ANN | {"reference": reference})

    assert find_person("contact", "ann@example.com") is None
    assert find_person("contact", "C-2")


def test_the_storage_page_offers_it_and_asks_first(admin_client):
    make.purchase(source="shop", contact=ANN)
    found = {"kind": "contact", "name": "C-1"}

    page = admin_client.get("/admin/dispatcher/purge/erase/", found).content.decode()

    assert "Erase everything of contact C-1?" in page
    assert "Ann Lindqvist" not in page
