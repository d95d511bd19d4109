"""A lookup on its real way: emitted, rendered in the engine's thread, received."""

from __future__ import annotations

import json

import factories
import pytest
from django.db import OperationalError

from dispatcher.engine import engine as engine_module
from dispatcher.engine.breaker import Breakers
from dispatcher.engine.routes import RouteCache
from dispatcher.engine.run import Pass
from dispatcher.models import Delivery, Request
from dispatcher.receiver import ReceiverProcess
from dispatcher.transports import transport
from postbacks import services
from postbacks.lookups import cache as cache_module
from postbacks.models import LookupRow
from postbacks.services import NewOrderEvent

# The engine renders in a thread with a connection of its own: what it looks up is committed.
pytestmark = pytest.mark.django_db(transaction=True)

BODY = '{"carrier": "{{ lookups({"carrierUid": carrierUid}, default="unknown") }}"}'


@pytest.fixture(scope="module")
def receiver_process():
    with ReceiverProcess() as process:
        yield process


@pytest.fixture
def receiver(receiver_process, settings):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    receiver_process.clear()
    engine = engine_module.engine()
    engine.routes, engine.breakers = RouteCache(), Breakers()
    yield receiver_process
    webhook = transport("http")
    webhook.client.close()
    del webhook.client


@pytest.fixture
def trigger(receiver):
    """Of every customer, with a template that looks the carrier up."""
    template = factories.template(body=BODY)
    return factories.trigger(customer=None, template=template, url=f"{receiver.url}/ok")


def emit(customer, **payload):
    item = NewOrderEvent(
        type="order_shipped", customer=customer.reference_id, payload=json.dumps(payload)
    )
    return services.emit_order_event(item=item, emitter="user:1")


def received(receiver):
    return [json.loads(one["body"])["carrier"] for one in receiver.ledger()]


def test_a_delivery_holds_what_the_table_of_its_events_customer_says(receiver, trigger):
    nord, sued = factories.customer(), factories.customer()
    factories.lookup_table({"dhl": "DHL Express"}, field="carrierUid")
    factories.lookup_table({"dhl": "DHL of Nord"}, field="carrierUid", customer=nord)

    emit(nord, carrierUid="dhl")
    emit(sued, carrierUid="dhl")
    Pass(linger=0, poll=60).run()

    assert sorted(received(receiver)) == ["DHL Express", "DHL of Nord"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_miss_is_delivered_with_its_default_and_a_warning_on_the_delivery(receiver, trigger):
    factories.lookup_table({"dhl": "DHL"}, field="carrierUid", name="Carriers")

    emit(factories.customer(), carrierUid="ups")
    Pass(linger=0, poll=60).run()

    assert received(receiver) == ["unknown"]
    warnings = json.loads(Request.objects.get().warnings)
    assert warnings[0]["message"] == (
        "The key “ups” is not in the lookup table “Carriers” (`carrierUid`)."
    )


def test_a_strict_miss_is_not_sent_and_not_tried_again(receiver, trigger):
    trigger.template.body = BODY.replace('default="unknown"', "strict=True")
    services.save_template(template=trigger.template)
    factories.lookup_table({"dhl": "DHL"}, field="carrierUid")

    emit(factories.customer(), carrierUid="ups")
    Pass(linger=0, poll=60).run()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.outcome) == ("failed", "template_error")
    assert receiver.ledger() == []


def test_a_changed_row_is_in_the_next_delivery(receiver, trigger):
    customer = factories.customer()
    table = factories.lookup_table({"dhl": "before"}, field="carrierUid")
    emit(customer, carrierUid="dhl")
    Pass(linger=0, poll=60).run()

    services.set_row(table=table, key="dhl", value="after", row=LookupRow.objects.get())
    emit(customer, carrierUid="dhl")
    Pass(linger=0, poll=60).run()

    assert received(receiver) == ["before", "after"]


def test_a_delivery_waits_while_the_tables_cannot_be_read(receiver, trigger, monkeypatch):
    factories.lookup_table({"dhl": "DHL"}, field="carrierUid")
    emit(factories.customer(), carrierUid="dhl")

    def away(*_, **__):
        raise OperationalError

    monkeypatch.setattr(cache_module.LookupTable.objects, "values_list", away)
    Pass(linger=0, poll=60).run()
    waiting = Delivery.objects.get()
    monkeypatch.undo()
    Delivery.objects.update(due_at=waiting.created_at, lease_until=None)
    Pass(linger=0, poll=60).run()

    assert (waiting.state, waiting.attempts_made) == ("pending", 0)
    assert received(receiver) == ["DHL"]
