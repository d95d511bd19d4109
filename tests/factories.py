"""Rows that tests start from, made through the front door: active ones unless told otherwise.

`import factories` from any test. Each call makes a new row; give only what the test is about.
"""

from __future__ import annotations

from itertools import count

from django.contrib.auth import get_user_model

from postbacks import services
from postbacks.events import EventType
from postbacks.models import Customer, LookupTable, OutgoingServer, Template, Trigger
from postbacks.services import NewOrderEvent

NEW = object()
URL = "https://receiver.example/hooks"
BODY = '{"order": "{{ orderId }}"}'
XML_BODY = "<order>{{ orderId }}</order>"

# Spec section 2, as it stands there.
GUIDE = """\
{"event": "Order Shipped", "orderId": "{{ orderId }}", "orderReferenceId": "{{ orderReferenceId }}",
 "timestamp": "{{ created }}", "status": "{{ fulfillmentStatus }}",
 "trackingInfo": { {% for item in items %}{% for fulfillment in item.fulfillments %}
   "trackingCode": "{{ fulfillment.trackingCode }}", "trackingUrl": "{{ fulfillment.trackingUrl }}",
   "carrier": "{{ fulfillment.carrierName }}" {% endfor %}{% endfor %} } }
"""

_number = count(1)


def operator(**values):
    """A superuser, who may do everything in admin."""
    values = {"username": f"operator-{next(_number)}", "password": "secret"} | values
    return get_user_model().objects.create_superuser(**values)


def customer(**values):
    number = next(_number)
    values = {"name": f"Customer {number}", "reference_id": f"customer-{number}"} | values
    return services.save_customer(customer=Customer(**values))


def template(**values):
    """An active, shared webhook template; JSON unless told otherwise."""
    is_xml = values.get("format") == Template.Format.XML
    values = {
        "name": f"Template {next(_number)}",
        "body": XML_BODY if is_xml else BODY,
        "status": Template.Status.ACTIVE,
    } | values
    return services.save_template(template=Template(**values))


def email_template(**values):
    """An active, shared e-mail template of subject, text and HTML."""
    start = {
        "kind": Template.Kind.EMAIL,
        "body": "",
        "subject": "Order {{ orderReferenceId }}",
        "text": "It is on its way: {{ orderReferenceId }}",
        "html": "<p>{{ orderReferenceId }}</p>",
    }
    return template(**start | values)


def email_trigger(*, template=NEW, **values):  # noqa: A002, RUF100
    """An active trigger that writes to you@there.example."""
    start = {"method_kind": Trigger.MethodKind.EMAIL, "url": "", "to": "you@there.example"}
    chosen = email_template() if template is NEW else template
    return trigger(template=chosen, **start | values)


def outgoing_server(*, password=None, **values):
    """The default outgoing server; `customer` makes it one's own."""
    start = {
        "host": "mail.here.example",
        "port": 587,
        "sender_address": "shop@here.example",
        "sender_name": "The shop",
    }
    server = OutgoingServer(**start | values)
    return services.save_outgoing_server(server=server, password=password)


def trigger(*, customer=NEW, template=NEW, signing_secret=None, **values):  # noqa: A002, RUF100
    """An active trigger for shipped orders of a customer of its own (None: of every customer)."""
    made = Trigger(
        **{
            "name": f"Trigger {next(_number)}",
            "customer": globals()["customer"]() if customer is NEW else customer,
            "event": EventType.ORDER_SHIPPED,
            "status": Trigger.Status.ACTIVE,
            "url": URL,
            "template": _template(values.get("format")) if template is NEW else template,
        }
        | values
    )
    return services.save_trigger(trigger=made, signing_secret=signing_secret)


def _template(template_format):
    return template(format=template_format) if template_format else template()


def order_event(customer, **values):
    """An order event as it is handed in; the customer as a row, or by its reference."""
    values = {"type": "order_shipped", "payload": '{"orderId": "A-1"}'} | values
    reference = customer if isinstance(customer, str) else customer.reference_id
    return NewOrderEvent(customer=reference, **values)


def lookup_table(rows=None, **values):
    """A table for every customer, with these rows."""
    number = next(_number)
    values = {"name": f"Table {number}", "field": f"field{number}"} | values
    table = services.save_table(table=LookupTable(**values))
    if rows:
        services.change_rows(table=table, rows=rows, keeps_missing=True)
    return table
