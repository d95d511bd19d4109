"""What is saved as it was is no change: the history of no model gets an entry for it."""

from __future__ import annotations

import factories
import ledger
import notification_factories as notifications
import offer_factories as offers
import pytest
from django.urls import reverse

from notifications import services as notification_services
from notifications.models import Channel, MessageTemplate
from offers import services as offer_services
from offers.models import Offer, Postback
from postbacks import services
from postbacks.models import LookupTable, OutgoingServer, Trigger

pytestmark = pytest.mark.django_db

HEADERS = [{"name": "X-Key", "value": "one", "is_secret": True}]
SIGNING = "whsec_" + "QUJD" * 12


def message():
    row = MessageTemplate(event="order_completed", title="Sold", text="a\nb")
    return notification_services.save_message(message=row)


MADE = {
    "customer": (factories.customer, lambda row: services.save_customer(customer=row)),
    "template": (factories.template, lambda row: services.save_template(template=row)),
    "trigger": (ledger.trigger, lambda row: services.save_trigger(trigger=row)),
    "lookup table": (
        lambda: factories.lookup_table({"a": "1"}),
        lambda row: services.save_table(table=row),
    ),
    "server": (
        lambda: factories.outgoing_server(username="a", password="b"),
        lambda row: services.save_outgoing_server(server=row),
    ),
    "affiliate": (offers.affiliate, lambda row: offer_services.save_affiliate(affiliate=row)),
    "offer": (
        lambda: offers.offer(affiliates=[offers.affiliate()]),
        lambda row: offer_services.save_offer(offer=row, affiliates=row.affiliates.all()),
    ),
    "goal": (offers.goal, lambda row: offer_services.save_goal(goal=row)),
    "postback": (
        lambda: offers.postback(auth_kind="bearer", token="t", headers=HEADERS),
        lambda row: offer_services.save_postback(postback=row),
    ),
    "channel": (
        lambda: notifications.channel(secret={"signing_secret": SIGNING}),
        lambda row: notification_services.save_channel(channel=row),
    ),
    "attachment": (
        lambda: notifications.attachment(sources=["shop"]),
        lambda row: notification_services.save_sources(attachment=row, sources=["shop"]),
    ),
    "message": (message, lambda row: notification_services.save_message(message=row)),
}


@pytest.mark.parametrize("name", MADE)
def test_saving_without_a_change_is_not_in_the_history(name):
    make, save = MADE[name]
    model = type(row := make())
    before = row.history.count()

    save(model.objects.get(pk=row.pk))

    assert row.history.count() == before


def test_a_page_saved_as_it_was_has_no_new_entry(client):
    client.force_login(factories.operator())
    table = factories.lookup_table({"a": "1"}, description="one\ntwo")
    before = LookupTable.objects.get()
    body = {
        "name": table.name, "field": table.field, "customer": "", "description": "one\r\ntwo",
        "_continue": "1",
    }  # fmt: skip

    client.post(reverse("admin:postbacks_lookuptable_change", args=[table.pk]), body)

    after = LookupTable.objects.get()
    assert (after.revision, after.history.count()) == (before.revision, before.history.count())


def test_another_secret_is_a_change_although_the_history_does_not_hold_it():
    trigger, channel = ledger.trigger(), notifications.channel()
    postback = offers.postback(headers=HEADERS)
    server = factories.outgoing_server(username="a", password="b")
    rows = [trigger, channel, postback, server]
    counts = [row.history.count() for row in rows]

    trigger = Trigger.objects.get()
    trigger.headers = [{"name": "X-Api-Key", "value": "another", "is_secret": True},
                       {"name": "X-Shop", "value": "42", "is_secret": False}]  # fmt: skip
    services.save_trigger(trigger=trigger)
    secret = {"signing_secret": SIGNING}
    notification_services.save_channel(channel=Channel.objects.get(), secret=secret)
    postback = Postback.objects.get()
    postback.headers = [HEADERS[0] | {"value": "two"}]
    offer_services.save_postback(postback=postback)
    services.save_outgoing_server(server=OutgoingServer.objects.get(), password="c")

    assert [row.history.count() for row in rows] == [count + 1 for count in counts]


def test_whom_an_offer_is_open_to_is_a_change_too():
    offer = offers.offer(affiliates=[offers.affiliate()])
    before = offer.history.count()

    offer_services.save_offer(offer=Offer.objects.get(), affiliates=[])

    assert offer.history.count() == before + 1


def test_a_switch_that_was_moved_and_back_is_two_changes():
    trigger = ledger.trigger()
    before = trigger.history.count()

    for status in ("paused", "active"):
        services.set_trigger_status(trigger=Trigger.objects.get(), status=status)

    assert trigger.history.count() == before + 2


def test_a_message_saved_as_it_was_stays_the_version_it_is():
    row = message()

    notification_services.save_message(message=MessageTemplate.objects.get())

    assert MessageTemplate.objects.get().version == row.version == 1
