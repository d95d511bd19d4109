"""What the Orders page shows of an order, and what can be done there."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from dispatcher import services as dispatcher
from dispatcher.services import EventNote
from dispatcher.types import NotResendableError
from notifications.events import RETRIED_BY_HAND, EventType
from notifications.models import Order
from notifications.services.routes import RULE_KIND

_TYPES = tuple(EventType.values)


def order_timeline(order: Order) -> list[EventNote]:
    """Everything that was sent, or was not, because of this order, oldest event first.

    Notifications by every channel, and customers' postbacks for the same order reference.
    """
    return dispatcher.events_about(order.subjects)


def is_retryable(event: EventNote, delivery_state: str) -> bool:
    """Whether a delivery of this event in this state can be retried on the order's page."""
    return event.type in RETRIED_BY_HAND and delivery_state == "failed" and not event.is_test


def retry_delivery(*, order: Order, delivery: UUID) -> None:
    """Send one failed delivery of this order again.

    Raises NotResendableError for one that is not of this order, has not failed, or is of an event
    that cannot be retried here.
    """
    if not _retry([order], only=[delivery]):
        message = (
            "This delivery cannot be retried here: it has not failed, its channel was detached, "
            "or its event is not one of order completed, approved transaction, transaction "
            "declined and refund applied."
        )
        raise NotResendableError(message)


def retry_order(*, order: Order) -> int:
    """Send again what failed of this order's four retryable events; how many deliveries."""
    return _retry([order])


def retry_orders(*, orders: Sequence[Order]) -> int:
    """The same for many orders."""
    return _retry(orders)


def _retry(orders: Sequence[Order], only: Sequence[UUID] | None = None) -> int:
    subjects = {subject for order in orders for subject in order.subjects}
    return dispatcher.retry_failed(
        subjects=subjects, types=RETRIED_BY_HAND, rule_kind=RULE_KIND, only=only
    )


def notification_states(orders: Sequence[Order]) -> dict[int, dict[str, int]]:
    """How many notifications of each state there are, by the order's key; one query."""
    subjects = [order.subject for order in orders]
    counted = dispatcher.states_about(subjects, types=_TYPES)
    return {order.pk: counted.get(order.subject, {}) for order in orders}


_FEW = frozenset({"failed", "pending"})


def with_notification_state(orders: QuerySet[Order], state: str) -> QuerySet[Order]:
    """Those of these orders that have a notification in this state."""
    if state in _FEW:
        keys = dispatcher.keys_with(kind="order", state=state, types=_TYPES)
        return orders.filter(reference__in=keys)
    subject = Concat(Value("order:"), OuterRef("reference"))
    return orders.filter(dispatcher.has_delivery(subject=subject, state=state, types=_TYPES))
