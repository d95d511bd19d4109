"""E-mails to start from: one for each event, good enough to use as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from postbacks.events import EventType


@dataclass(frozen=True, slots=True)
class ReadyEmail:
    """Texts that fill every field they name from each payload of their event."""

    event: str
    label: str
    name: str
    subject: str
    text: str
    html: str


_SENTENCES = {
    EventType.ORDER_RECEIVED: "we have received your order and will produce it soon.",
    EventType.ORDER_FAILED: "your order could not be produced.",
    EventType.ORDER_CANCELED: "your order was canceled.",
    EventType.ORDER_RETURNED: "your order came back to us.",
    EventType.ORDER_PRODUCED: "your order has been produced and will be sent soon.",
    EventType.ORDER_DELIVERED: "your order has been delivered.",
    EventType.ORDER_SHIPPED: "your order is on its way.",
    EventType.ORDER_IN_TRANSIT: "your order is in transit.",
    EventType.ORDER_DELAYED: "your order takes longer than planned.",
    EventType.PACKAGE_STATUS_UPDATED: "there is news of your package.",
}
_FACTS = {
    EventType.ORDER_FAILED: {"Reason": "errorReason"},
    EventType.ORDER_CANCELED: {"Reason": "errorReason"},
    EventType.ORDER_RETURNED: {"Reason": "errorReason"},
    EventType.ORDER_DELAYED: {
        "Reason": "delayReason",
        "Expected from": "minDeliveryDate",
        "Expected until": "maxDeliveryDate",
    },
    EventType.ORDER_SHIPPED: {
        "Expected from": "minDeliveryDate",
        "Expected until": "maxDeliveryDate",
    },
    EventType.ORDER_DELIVERED: {"Delivered": "deliveredAt"},
    EventType.PACKAGE_STATUS_UPDATED: {
        "Status": "package.status",
        "Carrier": "shipment.method.carrierName",
        "Tracking": "shipment.tracking.url",
    },
}
_TRACKED = {EventType.ORDER_SHIPPED, EventType.ORDER_IN_TRANSIT}

_TEXT_ITEMS = "{% for item in items %}\n- {{ item.quantity }} x {{ item.title }}{% endfor %}\n"
_TEXT_TRACKING = (
    "{% for item in items %}{% for fulfillment in item.fulfillments %}\n"
    "{{ fulfillment.carrierName }} {{ fulfillment.trackingCode }}: {{ fulfillment.trackingUrl }}"
    "{% endfor %}{% endfor %}\n"
)
_HTML_ITEMS = """\
  <ul>
    {% for item in items %}<li>{{ item.quantity }} &times; {{ item.title }}</li>
    {% endfor %}</ul>
"""
_HTML_TRACKING = """\
  {% for item in items %}{% for fulfillment in item.fulfillments %}<p>{{ fulfillment.carrierName }}:
    <a href="{{ fulfillment.trackingUrl }}">{{ fulfillment.trackingCode }}</a></p>
  {% endfor %}{% endfor %}
"""


@cache
def ready_emails() -> dict[str, ReadyEmail]:
    """All of them, by event."""
    return {event.value: _make(event) for event in EventType}


def _make(event: EventType) -> ReadyEmail:
    is_package = event is EventType.PACKAGE_STATUS_UPDATED
    number = "{{ order.referenceId }}" if is_package else "{{ orderReferenceId }}"
    return ReadyEmail(
        event=event.value,
        label=str(event.label),
        name=f"{event.label} (e-mail)",
        subject=f"{event.label}: {number}",
        text=_text(event, number),
        html=_html(event, number),
    )


def _text(event: EventType, number: str) -> str:
    facts = "".join(f"\n{label}: {{{{ {path} }}}}" for label, path in _FACTS.get(event, {}).items())
    is_package = event is EventType.PACKAGE_STATUS_UPDATED
    items = "" if is_package else _TEXT_ITEMS
    tracking = _TEXT_TRACKING if event in _TRACKED else ""
    start = f"Hello,\n\n{_SENTENCES[event]}\n\nOrder {number}{facts}\n"
    return start + items + tracking


def _html(event: EventType, number: str) -> str:
    facts = "".join(
        f"  <p>{label}: <strong>{{{{ {path} }}}}</strong></p>\n"
        for label, path in _FACTS.get(event, {}).items()
    )
    items = "" if event is EventType.PACKAGE_STATUS_UPDATED else _HTML_ITEMS
    tracking = _HTML_TRACKING if event in _TRACKED else ""
    return (
        "<!doctype html>\n"
        '<html lang="en"><body style="font-family: sans-serif; color: #1f2937">\n'
        f'  <h1 style="font-size: 20px">{event.label}: {number}</h1>\n'
        f"  <p>Hello, {_SENTENCES[event]}</p>\n{facts}{items}{tracking}</body></html>\n"
    )
