"""The messages that the service comes with: a title, the key facts, and the link to the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from notifications.contracts import Message
from notifications.events import EVERY_TYPE, EventType

Facts = Sequence[tuple[str, ...]]
"""Lines of a label, a member, and what is shown of it where that is another expression; a line
whose member is empty is left out."""

_LABELS = dict(EVERY_TYPE)
_ORDER = "order.number or order.reference"
_WHO = "contact.name or contact.email"
_SOURCE = ("Source", "source", "{{ source | capitalize }}")
_CONTACT: Facts = (("Contact", "contact.name"), ("E-mail", "contact.email"))
_TOTAL = ("Total", "order.total", "{{ order.total }} {{ order.currency }}")
_PAID = ("Amount", "transaction.amount", "{{ transaction.amount }} {{ transaction.currency }}")

_TITLES: Mapping[str, str] = {
    EventType.ORDER_COMPLETED: f"Order {{{{ {_ORDER} }}}} completed",
    EventType.CONTACT_CREATED: f"New contact: {{{{ {_WHO} }}}}",
    EventType.TRACKING_UPDATED: f"New tracking for order {{{{ {_ORDER} }}}}",
    EventType.PRODUCT_CONFLICT: f"{{{{ {_WHO} }}}} already owns {{{{ product.name }}}}",
    EventType.TRANSACTION_DECLINED: f"Payment declined for order {{{{ {_ORDER} }}}}",
    EventType.REFUND_APPLIED: "{% if transaction.type == 'void' %}Payment voided{% else %}Refund"
    f"{{% endif %}} for order {{{{ {_ORDER} }}}}",
    EventType.SUBSCRIPTION_CANCELED: "Subscription canceled: "
    f"{{{{ subscription.name or subscription.reference }}}} of {{{{ {_WHO} }}}}",
    EventType.CUSTOMER_CREATED: f"New customer: {{{{ {_WHO} }}}}",
    EventType.TRANSACTION_APPROVED: f"Payment received for order {{{{ {_ORDER} }}}}",
    EventType.SURVEY_COMPLETED: "Survey completed: {{ survey.name or survey.reference }}",
}
_FACTS: Mapping[str, Facts] = {
    EventType.ORDER_COMPLETED: (*_CONTACT, _TOTAL, _SOURCE),
    EventType.CONTACT_CREATED: (*_CONTACT, ("Phone", "contact.phone"), _SOURCE),
    EventType.TRACKING_UPDATED: (
        *_CONTACT,
        ("Carrier", "shipping.carrier"),
        ("Tracking number", "shipping.tracking_number"),
        ("Status", "shipping.status"),
    ),
    EventType.PRODUCT_CONFLICT: (
        *_CONTACT,
        ("Product", "product.name"),
        ("Owned since", "product.owned_since"),
        ("Order", _ORDER),
    ),
    EventType.TRANSACTION_DECLINED: (
        *_CONTACT,
        _PAID,
        ("Reason", "transaction.message"),
        ("Transaction", "transaction.reference"),
    ),
    EventType.REFUND_APPLIED: (
        *_CONTACT,
        _PAID,
        ("Reason", "transaction.message"),
    ),
    EventType.SUBSCRIPTION_CANCELED: (*_CONTACT, ("Reason", "subscription.reason"), _SOURCE),
    EventType.CUSTOMER_CREATED: (*_CONTACT, _TOTAL, _SOURCE),
    EventType.TRANSACTION_APPROVED: (*_CONTACT, _PAID, ("Transaction", "transaction.reference")),
    EventType.SURVEY_COMPLETED: _CONTACT,
}

_ITEMS = "{% for item in order.items -%}\n- {{ item.quantity }} x {{ item.name }}\n{% endfor -%}\n"
_ITEMS_HTML = (
    "  {% if order.items %}<ul>{% for item in order.items %}<li>{{ item.quantity }} &times; "
    "{{ item.name }}</li>{% endfor %}</ul>{% endif %}\n"
)
_TRACKING = "{% if shipping.tracking_url -%}\n{{ shipping.tracking_url }}\n{% endif -%}\n"
_TRACKING_HTML = (
    '  {% if shipping.tracking_url %}<p><a href="{{ shipping.tracking_url }}">Track the parcel</a>'
    "</p>{% endif %}\n"
)
_ANSWERS = (
    "{% for one in survey.answers -%}\n{{ one.question }}\n  {{ one.answer }}\n{% endfor -%}\n"
)
_ANSWERS_HTML = (
    "  {% for one in survey.answers %}<p>{{ one.question }}<br><strong>{{ one.answer }}</strong>"
    "</p>\n  {% endfor %}\n"
)
_RULES = (
    "{% if details.rules -%}\n{% for name, count in details.rules | dictsort -%}\n"
    "- {{ name }}: {{ count }}\n{% endfor -%}\n{% endif -%}\n"
)
_RULES_HTML = (
    "  {% if details.rules %}<ul>{% for name, count in details.rules | dictsort %}"
    "<li>{{ name }}: {{ count }}</li>{% endfor %}</ul>{% endif %}\n"
)
_MORE: Mapping[str, tuple[str, str]] = {
    EventType.ORDER_COMPLETED: (_ITEMS, _ITEMS_HTML),
    EventType.TRACKING_UPDATED: (_TRACKING, _TRACKING_HTML),
    EventType.SURVEY_COMPLETED: (_ANSWERS, _ANSWERS_HTML),
}
_LINK = "{% if order -%}\n{{ order_page(order.reference) }}\n{% endif -%}\n"
_LINK_HTML = (
    '  {% if order %}<p><a href="{{ order_page(order.reference) }}">Open the order</a></p>'
    "{% endif %}\n"
)


@cache
def ready_message(event: str) -> Message:
    """The message that this event has until an operator writes another. KeyError if unknown."""
    if event not in _TITLES:
        return _operational(event)
    text, html = _MORE.get(event, ("", ""))
    title, facts = _TITLES[event], _FACTS[event]
    return Message(
        title=title,
        text="".join(_line(*fact) for fact in facts) + text + _LINK,
        html=_page(title, "".join(_row(*fact) for fact in facts), html + _LINK_HTML),
        made_from=f"message:{event}@0",
    )


def _operational(event: str) -> Message:
    """News of the service itself: its sentence, whatever it says besides, and where to look."""
    title = f"{_LABELS[event]}{{% if about %}}: {{{{ about }}}}{{% endif %}}"
    return Message(
        title=title,
        text="{% if message -%}\n{{ message }}\n{% endif -%}\n"
        + _RULES
        + "{% if url -%}\n{{ url }}\n{% endif -%}\n",
        html=_page(
            title,
            "",
            "  {% if message %}<p>{{ message }}</p>{% endif %}\n"
            + _RULES_HTML
            + '  {% if url %}<p><a href="{{ url }}">See what is going on</a></p>{% endif %}\n',
        ),
        made_from=f"message:{event}@0",
    )


def _line(label: str, member: str, shown: str = "") -> str:
    """Three lines of template, so that people can read them; nothing of them but one is sent."""
    shown = shown or f"{{{{ {member} }}}}"
    return f"{{% if {member} -%}}\n{label}: {shown}\n{{% endif -%}}\n"


def _row(label: str, member: str, shown: str = "") -> str:
    shown = shown or f"{{{{ {member} }}}}"
    return f"  {{% if {member} %}}<p>{label}: <strong>{shown}</strong></p>{{% endif %}}\n"


def _page(title: str, facts: str, more: str) -> str:
    return (
        "<!doctype html>\n"
        '<html lang="en"><body style="font-family: sans-serif; color: #1f2937">\n'
        f'  <h1 style="font-size: 20px">{title}</h1>\n{facts}{more}</body></html>\n'
    )
