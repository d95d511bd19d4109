"""Which channels an event goes to, and why the others were left out."""

from __future__ import annotations

import notification_factories as make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatcher.models import Delivery, Skip
from notifications import services
from notifications.events import POSTBACK_ONLY, EventType
from notifications.models import Attachment
from notifications.routing import match

ALL = ("admin", "shop", "funnel")
CHOSEN = {
    "none": (),
    "admin": ("admin",),
    "shop": ("shop",),
    "funnel": ("funnel",),
    "admin+shop": ("admin", "shop"),
    "shop+funnel": ("funnel", "shop"),
    "all": ALL,
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def attached():
    """A channel for each choice of sources, attached to the same event."""
    return {
        name: make.attachment(EventType.CONTACT_CREATED, name=name, sources=chosen)
        for name, chosen in CHOSEN.items()
    }


@pytest.mark.parametrize("source", [*ALL, "quote"])
def test_exactly_the_channels_for_its_source_get_an_event(attached, source):
    belongs = "admin" if source == "quote" else source

    emitted = make.emit(EventType.CONTACT_CREATED, {"a": 1}, source=source)

    fired = {name for name, one in attached.items()
             if one.rule_id in {d.rule_id for d in emitted.deliveries}}  # fmt: skip
    assert fired == {name for name, chosen in CHOSEN.items() if not chosen or belongs in chosen}
    skipped = {one.rule_id: one.reason for one in emitted.skips}
    assert set(skipped) == {one.rule_id for n, one in attached.items() if n not in fired}
    assert all("Source filtered out" in reason for reason in skipped.values())


@pytest.mark.parametrize("source", ALL)
def test_events_derived_from_facts_go_by_their_source_too(attached, source):
    make.report("contact-saved", source=source, contact="ann@example.com")

    fired = set(Delivery.objects.values_list("rule_id", flat=True))
    expected = {attached[n].rule_id for n, c in CHOSEN.items() if not c or source in c}
    assert fired == expected
    assert Skip.objects.count() == len(CHOSEN) - len(fired)


def test_a_switched_off_event_sends_nothing_and_keeps_its_channels(attached):
    services.switch_event(event=EventType.CONTACT_CREATED, is_on=False)

    off = make.emit(EventType.CONTACT_CREATED, {"a": 1}, source="shop")
    services.switch_event(event=EventType.CONTACT_CREATED, is_on=True)
    on = make.emit(EventType.CONTACT_CREATED, {"a": 1}, source="shop")

    assert not off.deliveries
    assert {one.reason for one in off.skips} == {"The event is switched off"}
    assert len(on.deliveries) == 5
    assert Attachment.objects.count() == len(CHOSEN)


def test_a_switched_off_event_still_counts_as_told():
    services.switch_event(event=EventType.ORDER_COMPLETED, is_on=False)
    make.purchase(source="shop")
    services.switch_event(event=EventType.ORDER_COMPLETED, is_on=True)

    assert make.emit(EventType.ORDER_COMPLETED).is_duplicate


def test_an_inactive_channel_is_a_skip():
    one = make.attachment()
    services.set_channel_active(channel=one.channel, is_active=False)

    emitted = make.emit()

    assert [skip.reason for skip in emitted.skips] == ["Channel is inactive"]


def test_what_waits_for_a_channel_made_inactive_is_held_until_it_is_active(run_pass, receiver):
    one = make.attachment(config={"url": f"{receiver.url}/ok"})
    make.emit()

    services.set_channel_active(channel=one.channel, is_active=False)
    run_pass()
    assert receiver.ledger() == []

    services.set_channel_active(channel=one.channel, is_active=True)
    run_pass()
    assert len(receiver.ledger()) == 1


def test_changed_sources_count_from_the_next_event_on():
    one = make.attachment(sources=["admin"])
    assert not make.emit(source="shop").deliveries

    services.save_sources(attachment=one, sources=["shop", "admin"])

    payload = {"order": {"reference": "PO-2"}}
    assert make.emit(payload=payload, source="shop").deliveries
    assert Attachment.objects.get().sources == ["admin", "shop"]


@pytest.mark.parametrize("event", sorted(POSTBACK_ONLY))
def test_only_postbacks_can_be_attached_to_some_events(event, refused):
    with refused(channel="postback channels only"):
        make.attachment(event, channel=make.slack())

    assert make.attachment(event).pk


def test_a_postback_attached_there_cannot_become_another_kind(refused):
    one = make.attachment(EventType.CUSTOMER_CREATED)
    one.channel.kind = "slack"

    with refused(kind="Customer created"):
        address = "https://hooks.slack.com/services/T0000000/B0000000/abcdefghijklmnopqrstuvwx"
        one.channel.config = {}
        services.save_channel(channel=one.channel, secret={"webhook": address})


def test_a_channel_is_attached_to_an_event_once(refused):
    one = make.attachment()

    with refused(channel="already"):
        make.attachment(channel=one.channel)


def test_sources_that_there_are_not_are_refused(refused):
    with refused(sources="admin, shop, funnel"):
        make.attachment(sources=["web"])


def test_detached_it_gets_nothing_and_what_waits_is_canceled():
    one = make.attachment()
    make.emit()

    assert services.detach(attachment=one) == 1

    assert Delivery.objects.get().state == "canceled"
    assert not make.emit(payload={"order": {"reference": "PO-2"}}).deliveries


def test_matching_is_one_query_for_a_whole_batch():
    for event in EventType.values:
        make.attachment(event)
    events = [_Event(kind, "shop") for kind in EventType.values] * 10
    with CaptureQueriesContext(connection) as queries:
        plans = match(events)

    assert len(queries) == 1
    assert all(len(plan.matches) == 1 for plan in plans)


class _Event:
    def __init__(self, kind, source):
        self.type, self.source = kind, source
