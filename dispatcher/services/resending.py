"""Sending again by hand, and giving up by hand."""

from __future__ import annotations

from django.db import transaction

from dispatcher import queue
from dispatcher.ids import uuid7
from dispatcher.models import Delivery, OwnerHold, Rule
from dispatcher.services.bulk_resending import again
from dispatcher.sql import now
from dispatcher.types import NotResendableError


@transaction.atomic
def resend(delivery: Delivery) -> Delivery:
    """Send the same request again: same id, URL and body, retries counted anew.

    Raises NotResendableError while the delivery still waits, for an archived rule, a deleted
    owner and for what was erased.
    """
    _refuse(delivery)
    if not again([delivery.pk]):
        raise NotResendableError("This delivery is still waiting to be sent.")
    transaction.on_commit(queue.ring)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def resend_current(delivery: Delivery) -> Delivery:
    """Send the same event by the rule's current configuration: a new delivery with a new id.

    Raises NotResendableError for an archived rule, one that has no configuration, a deleted
    owner, and for what was erased.
    """
    _refuse(delivery)
    route = delivery.rule.route
    if route is None:
        raise NotResendableError("The rule has no configuration to send with.")
    moment = now()
    copy = Delivery.objects.create(
        uid=uuid7(),
        event_id=delivery.event_id,
        route=route,
        rule_id=delivery.rule_id,
        destination_id=route.destination_id,
        owner=delivery.owner,
        type=delivery.event.type,
        ordering_key=delivery.event.subject if route.is_ordered else "",
        due_at=moment,
        created_at=moment,
        is_test=delivery.is_test,
        resend_of=delivery,
    )
    transaction.on_commit(queue.ring)
    return copy


def cancel(delivery: Delivery) -> bool:
    """Give up a waiting delivery; False when it has ended or is being sent right now."""
    moment = now()
    free = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.PENDING).exclude(
        lease_until__gt=moment
    )
    return bool(free.update(state=Delivery.State.CANCELED, finished_at=moment))


def _refuse(delivery: Delivery) -> None:
    if not delivery.event.payload:
        raise NotResendableError("The payload of its event was erased, so it cannot be sent again.")
    if delivery.rule.state == Rule.State.ARCHIVED:
        raise NotResendableError("The rule of this delivery was deleted.")
    if OwnerHold.objects.filter(pk=delivery.owner, is_final=True).exists():
        raise NotResendableError(
            "The customer or affiliate of this was deleted, so nothing is sent for it any more."
        )
