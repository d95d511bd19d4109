"""Channels, facts and events that tests of notifications start from, made by the front door."""

from __future__ import annotations

import json
from itertools import count

from dispatcher.models import Event
from notifications import services
from notifications.events import EventType
from notifications.models import Channel
from notifications.services import NewFact, NewSystemEvent

URL = "https://receiver.example/hooks"
EMITTER = "user:1"
ANN = {"reference": "C-1", "email": "ann@example.com", "name": "Ann"}  # a person of facts
_number = count(1)


def channel(*, secret=None, **values):
    """An active postback channel."""
    start = {"name": f"Channel {next(_number)}", "kind": "postback", "config": {"url": URL}}
    return services.save_channel(channel=Channel(**start | values), secret=secret)


def slack(**values):
    """A channel of another kind than postback."""
    address = "https://hooks.slack.com/services/T0000000/B0000000/abcdefghijklmnopqrstuvwx"
    given = {"secret": {"webhook": address}, "kind": "slack", "config": {}}
    return channel(**given | values)


def attachment(event=EventType.ORDER_COMPLETED, *, sources=(), **values):
    """A postback channel of its own, attached to this event."""
    target = values.pop("channel", None) or channel(**values)
    return services.attach(event=event, channel=target, sources=sources)


def emit(event=EventType.ORDER_COMPLETED, payload=None, *, source="shop", emitter=EMITTER, **more):
    """Emit a system event directly."""
    text = json.dumps({"order": {"reference": "PO-1"}} if payload is None else payload)
    item = NewSystemEvent(type=event, source=source, payload=text, **more)
    return services.emit_system_event(item=item, emitter=emitter)


def report(kind, *, source=None, key=None, occurred_at=None, emitter=EMITTER, **parts):
    """Report a fact; `order` and `transaction` may be given by their references alone."""
    shaped = {name: _part(name, value) for name, value in parts.items()}
    fact = NewFact(kind=kind, source=source, parts=shaped, key=key, occurred_at=occurred_at)
    return services.report_fact(fact=fact, emitter=emitter)


def _part(name, value):
    if isinstance(value, str):
        return {"email": value} if name == "contact" else {"reference": value}
    return value


def purchase(reference="tx-1", *, status="approved", order="PO-1", source=None, **more):
    """Report the result of a purchase."""
    part = {"reference": reference, "status": status, "amount": "49.90", "currency": "EUR"}
    return report("transaction", source=source, order=order, transaction=part, **more)


def told():
    """The types of all events so far, in the order in which they were emitted."""
    return list(Event.objects.order_by("received_at", "id").values_list("type", flat=True))


def payloads(event):
    """What the events of this type say, oldest first."""
    found = Event.objects.filter(type=event).order_by("id").values_list("payload", flat=True)
    return [json.loads(text) for text in found]
