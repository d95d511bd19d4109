"""When an order is completed, and a contact becomes a customer (spec section 4).

An admin or shop order is completed by its first successful purchase; a funnel order when its
thank-you page is reached, or NOTIFICATIONS_FUNNEL_WAIT after its first purchase. Whatever comes
late, twice or in another order: it is looked at what is known, and told once, in the transaction
that notes that it was told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from notifications.events import EventType, Source
from notifications.models import Contact, Order
from notifications.services.telling import SYSTEM, Telling, contact_part, parts_of

logger = structlog.get_logger(__name__)

BATCH = 50
AGAIN = timedelta(minutes=1)
"""An order that cannot be told about just now is looked at again after so long."""


def settle(order: Order, contact: Contact | None, telling: Telling) -> None:
    """Tell what has become true of this order, which the caller has locked; saves it."""
    _settle_customer(order, contact, telling)
    _settle_completion(order, telling)


def _settle_customer(order: Order, contact: Contact | None, telling: Telling) -> None:
    if contact is None or order.first_purchase_at is None or contact.is_customer:
        return
    contact.customer_at = order.first_purchase_at
    contact.customer_event = telling.tell(
        EventType.CUSTOMER_CREATED,
        source=order.source,
        subject=order.subject,
        occurred_at=order.first_purchase_at,
        **{**parts_of(order), "contact": contact_part(contact)},
    )
    contact.save()


def _settle_completion(order: Order, telling: Telling) -> None:
    if order.completed_at is not None:
        order.complete_due_at = None
    else:
        due_at = _due_at(order, telling.moment)
        if due_at is not None and due_at <= telling.moment:
            _complete(order, min(due_at, telling.moment), telling)
        else:
            order.complete_due_at = due_at
            if due_at is not None:
                telling.schedule(EventType.ORDER_COMPLETED, subject=order.subject, due_at=due_at)
    order.save()


def _due_at(order: Order, moment: datetime) -> datetime | None:
    """When this order is completed, by what is known of it; None: that cannot be said yet."""
    purchase = order.first_purchase_at
    if order.source != Source.FUNNEL:
        return purchase and min(purchase, moment)
    times = [order.thank_you_at and min(order.thank_you_at, moment)]
    if purchase is not None:
        wait = timedelta(seconds=settings.NOTIFICATIONS_FUNNEL_WAIT)
        times.append(min(purchase, moment) + wait)
    return min((one for one in times if one is not None), default=None)


def _complete(order: Order, at: datetime, telling: Telling) -> None:
    order.completed_at = at
    order.complete_due_at = None
    order.completed_event = telling.tell(
        EventType.ORDER_COMPLETED,
        source=order.source,
        subject=order.subject,
        occurred_at=at,
        **parts_of(order),
    )


def waiting_orders() -> QuerySet[Order]:
    """Funnel orders that wait for their thank-you page, the next one first."""
    waiting = Order.objects.filter(complete_due_at__isnull=False)
    return waiting.select_related("contact").order_by("complete_due_at")


def next_due() -> datetime | None:
    """When the next waiting order is to be told about."""
    return waiting_orders().values_list("complete_due_at", flat=True).first()


def run_due() -> int:
    """Tell about the orders whose wait is over, each in a transaction; how many were looked at."""
    due = waiting_orders().filter(complete_due_at__lte=timezone.now())
    keys = list(due.values_list("pk", flat=True)[:BATCH])
    for key in keys:
        try:
            _complete_due(key)
        except Exception as error:
            logger.exception("order_not_completed", order=key, error=type(error).__name__)
            Order.objects.filter(pk=key, complete_due_at__isnull=False).update(
                complete_due_at=timezone.now() + AGAIN
            )
    return len(keys)


@transaction.atomic
def _complete_due(key: int) -> None:
    moment = timezone.now()
    waiting = Order.objects.select_for_update(of=("self",)).select_related("contact")
    order = waiting.filter(pk=key, complete_due_at__lte=moment).first()
    if order is None:
        return  # its thank-you page was reached, or another process was faster
    telling = Telling(emitter=SYSTEM, moment=moment)
    if order.completed_at is None:
        _complete(order, order.complete_due_at or moment, telling)
    order.save()
