"""What the demo's database holds before the first order comes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User

from config.demo import offers, shop
from dispatcher.models import ApiToken
from dispatcher.models.tokens import Scope
from postbacks import services
from postbacks.events import EventType
from postbacks.models import Customer, Template, Trigger

ADMIN_USER = "admin"
CUSTOMER = "studio-nord"

_STATUS_JSON = """\
{
  "order": "{{ orderReferenceId }}",
  "status": "{{ fulfillmentStatus }}",
  "at": "{{ created }}",
  {% set to = shippingAddress %}"ship_to": "{{ to.firstName }} {{ to.lastName }}, {{ to.city }}",
  "items": [{% for item in items %}
    {"sku": "{{ item.productUid }}", "quantity": {{ item.quantity | tojson }}}
    {%- if not loop.last %},{% endif %}{% endfor %}
  ]
}
"""
_TRACKING_JSON = """\
{"event": "Order Shipped", "orderId": "{{ orderId }}", "orderReferenceId": "{{ orderReferenceId }}",
 "timestamp": "{{ created }}", "status": "{{ fulfillmentStatus }}",
 "trackingInfo": { {% for item in items %}{% for fulfillment in item.fulfillments %}
   "trackingCode": "{{ fulfillment.trackingCode }}", "trackingUrl": "{{ fulfillment.trackingUrl }}",
   "carrier": "{{ fulfillment.carrierName }}" {% endfor %}{% endfor %} } }
"""
_STATUS_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<order reference="{{ orderReferenceId }}">
  <status>{{ fulfillmentStatus }}</status>
  <at>{{ created }}</at>
  {% for item in items %}<item sku="{{ item.productUid }}" quantity="{{ item.quantity }}"/>
  {% endfor %}
</order>
"""

_TEMPLATES = {
    "Order status": (Template.Format.JSON, EventType.ORDER_RECEIVED, _STATUS_JSON),
    "Tracking": (Template.Format.JSON, EventType.ORDER_SHIPPED, _TRACKING_JSON),
    "Order status as XML": (Template.Format.XML, EventType.ORDER_SHIPPED, _STATUS_XML),
}


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """A trigger of the demo; `path` is of the sample receiver, and chooses how it answers."""

    name: str
    event: EventType
    template: str
    path: str
    others: dict[str, Any] = field(default_factory=dict)


_SHOP_KEY = {"name": "X-Shop-Key", "value": "only-for-the-demo", "is_secret": True}
_TRIGGERS = [
    _Wanted(
        name="Tell the shop: received",
        event=EventType.ORDER_RECEIVED,
        template="Order status",
        path="/ok",
        others={"headers": [_SHOP_KEY]},
    ),
    _Wanted(
        name="Tell the shop: produced (fails once, then accepts)",
        event=EventType.ORDER_PRODUCED,
        template="Order status",
        path="/flaky/1",
    ),
    _Wanted(
        name="Tell the shop: tracking",
        event=EventType.ORDER_SHIPPED,
        template="Tracking",
        path="/ok",
        others={"headers": [_SHOP_KEY]},
    ),
    _Wanted(
        name="Tell the warehouse: shipped, as XML with PUT",
        event=EventType.ORDER_SHIPPED,
        template="Order status as XML",
        path="/ok",
        others={"http_method": "PUT", "format": Template.Format.XML},
    ),
    _Wanted(
        name="Tell the bookkeeping: shipped (fails three times, then accepts)",
        event=EventType.ORDER_SHIPPED,
        template="Order status",
        path="/flaky/3",
    ),
    _Wanted(
        name="Tell the shop: delivered",
        event=EventType.ORDER_DELIVERED,
        template="Order status",
        path="/ok",
    ),
    _Wanted(
        name="Tell the statistics: delivered (is down, no retries)",
        event=EventType.ORDER_DELIVERED,
        template="Order status",
        path="/status/503",
        others={"retry_on_failure": False},
    ),
    _Wanted(
        name="Tell the marketing: delivered (still a draft)",
        event=EventType.ORDER_DELIVERED,
        template="Order status",
        path="/ok",
        others={"status": Trigger.Status.DRAFT},
    ),
]


def seed(*, receiver_url: str, signing_secret: str, password: str, token: str) -> str:
    """Make or mend the operator, the customer, its triggers, the affiliate; return an API token.

    `token` is returned when it is still good; what an operator has changed since stays changed,
    except where the triggers send.
    """
    operator = _keep_operator(password)
    customer = _keep_customer(operator)
    templates = {name: _keep_template(name, *parts, operator) for name, parts in _TEMPLATES.items()}
    for wanted in _TRIGGERS:
        template = templates[wanted.template]
        _keep_trigger(wanted, customer, template, receiver_url, signing_secret, operator)
    offers.seed(receiver_url=receiver_url, password=password, by=operator)
    shop.seed(receiver_url=receiver_url, signing_secret=signing_secret, by=operator)
    return _keep_token(operator, token)


def _keep_operator(password: str) -> User:
    operator, _ = User.objects.get_or_create(
        username=ADMIN_USER,
        defaults={"is_staff": True, "is_superuser": True, "email": "operator@example.com"},
    )
    if not operator.check_password(password):
        operator.set_password(password)
        operator.save()
    return operator


def _keep_customer(by: User) -> Customer:
    customer = Customer.objects.filter(reference_id=CUSTOMER).first()
    if customer:
        return customer
    customer = Customer(
        name="Studio Nørre", reference_id=CUSTOMER, description="A print shop, for the demo."
    )
    return services.save_customer(customer=customer, by=by)


def _keep_template(
    name: str, template_format: str, event: EventType, body: str, by: User
) -> Template:
    template = Template.objects.filter(name=name).first()
    if template:
        return template
    template = Template(
        name=name,
        format=template_format,
        event=event,
        body=body,
        status=Template.Status.ACTIVE,
    )
    return services.save_template(template=template, by=by)


def _keep_trigger(
    wanted: _Wanted,
    customer: Customer,
    template: Template,
    receiver_url: str,
    signing_secret: str,
    by: User,
) -> None:
    url = receiver_url + wanted.path
    trigger = Trigger.objects.filter(name=wanted.name, customer=customer).first()
    if trigger is None:
        values = {"status": Trigger.Status.ACTIVE} | wanted.others
        trigger = Trigger(
            name=wanted.name,
            customer=customer,
            event=wanted.event,
            template=template,
            url=url,
            **values,
        )
        services.save_trigger(trigger=trigger, signing_secret=signing_secret, by=by)
    elif trigger.url != url and trigger.url.startswith("http://127.0.0.1:"):
        trigger.url = url  # the demo runs on another port this time
        services.save_trigger(trigger=trigger, by=by)


def _keep_token(operator: User, token: str) -> str:
    if token and ApiToken.objects.is_valid(token):
        return token
    _, fresh = ApiToken.objects.create_key(
        name="Demo", owner=operator, scopes=[scope.value for scope in Scope]
    )
    return str(fresh)
