"""Orders as the API shows them, and the shapes of it for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from dispatcher.api.resources import StrictSerializer
from dispatcher.api.shapes import AnyObject, text
from dispatcher.services import DeliveryNote, EventNote
from notifications import services
from notifications.events import Source
from notifications.models import Contact, Order, Transaction

Json = dict[str, Any]


class ContactShape(serializers.Serializer[Any]):
    """Whose order it is."""

    reference = text(allow_null=True)
    email = text()
    name = text()
    is_customer = serializers.BooleanField()


class OrderShape(serializers.Serializer[Any]):
    """An order, as in a list."""

    id = serializers.IntegerField()
    reference = text()
    number = text()
    vars()["source"] = serializers.ChoiceField(choices=Source.choices)
    email = text()
    contact = ContactShape(allow_null=True)
    placed_at = serializers.DateTimeField(help_text="When it happened, as first reported.")
    first_purchase_at = serializers.DateTimeField(allow_null=True)
    completes_at = serializers.DateTimeField(
        allow_null=True, help_text="When it counts as completed without its thank-you page."
    )
    completed_at = serializers.DateTimeField(allow_null=True)
    notifications = AnyObject(help_text="How many there are, by state.")


class TransactionShape(serializers.Serializer[Any]):
    """The result of a purchase, refund or void."""

    reference = text()
    kind = serializers.ChoiceField(choices=Transaction.Kind.choices)
    status = serializers.ChoiceField(choices=Transaction.Status.choices)
    amount = text(allow_null=True)
    currency = text()
    occurred_at = serializers.DateTimeField()


class SentShape(serializers.Serializer[Any]):
    """A delivery that an event of the order caused."""

    id = serializers.UUIDField()
    rule = serializers.IntegerField()
    rule_name = text()
    rule_kind = text(help_text="channel; or trigger, for a customer's postback.")
    state = text()
    standing = text(help_text="The state in words.")
    destination = text()
    attempts_made = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    can_be_retried = serializers.BooleanField(help_text="By `orders/{id}/retry/`.")


class NotSentShape(serializers.Serializer[Any]):
    """A rule that sent nothing, and why."""

    rule = serializers.IntegerField()
    rule_name = text()
    reason = text()


class HappenedShape(serializers.Serializer[Any]):
    """An event about the order, with what it caused."""

    id = serializers.UUIDField()
    type = text()
    vars()["source"] = text()
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    is_test = serializers.BooleanField()
    deliveries = SentShape(many=True)
    skips = NotSentShape(many=True)


class OrderDetailShape(OrderShape):
    """An order with its items, transactions and timeline."""

    items = serializers.ListField(child=AnyObject())
    details = AnyObject(help_text="What else was said about it.")
    transactions = TransactionShape(many=True)
    timeline = HappenedShape(many=True)


class RetryShape(StrictSerializer):
    """What is retried."""

    delivery = serializers.UUIDField(
        required=False, help_text="One failed delivery of this order; left out: all of them."
    )


class RetriedShape(serializers.Serializer[Any]):
    """What a call to retry did."""

    taken = serializers.IntegerField(help_text="How many deliveries are sent again.")


def order(row: Order, states: Mapping[str, int]) -> Json:
    """An order, as in a list."""
    return {
        "id": row.pk,
        "reference": row.reference,
        "number": row.number,
        "source": row.source,
        "email": row.email,
        "contact": _contact(row.contact) if row.contact else None,
        "placed_at": row.placed_at,
        "first_purchase_at": row.first_purchase_at,
        "completes_at": row.complete_due_at,
        "completed_at": row.completed_at,
        "notifications": dict(states),
    }


def order_detail(row: Order, states: Mapping[str, int], timeline: Sequence[EventNote]) -> Json:
    """An order with everything that is known of it."""
    transactions = row.transactions.order_by("occurred_at", "pk")
    return order(row, states) | {
        "items": [one for one in row.items if isinstance(one, dict)],
        "details": row.data,
        "transactions": [_transaction(one) for one in transactions],
        "timeline": [_happened(one) for one in timeline],
    }


def _contact(row: Contact) -> Json:
    return {
        "reference": row.reference,
        "email": row.email,
        "name": row.name,
        "is_customer": row.is_customer,
    }


def _transaction(row: Transaction) -> Json:
    return {
        "reference": row.reference,
        "kind": row.kind,
        "status": row.status,
        "amount": None if row.amount is None else f"{row.amount.normalize():f}",
        "currency": row.currency,
        "occurred_at": row.occurred_at,
    }


def _happened(event: EventNote) -> Json:
    return {
        "id": str(event.id),
        "type": event.type,
        "source": event.source,
        "occurred_at": event.occurred_at,
        "received_at": event.received_at,
        "is_test": event.is_test,
        "deliveries": [_sent(event, one) for one in event.deliveries],
        "skips": [
            {"rule": one.rule, "rule_name": one.rule_name, "reason": one.reason}
            for one in event.skips
        ],
    }


def _sent(event: EventNote, one: DeliveryNote) -> Json:
    return {
        "id": str(one.id),
        "rule": one.rule,
        "rule_name": one.rule_name,
        "rule_kind": one.rule_kind,
        "state": one.state,
        "standing": one.standing.label,
        "destination": one.destination,
        "attempts_made": one.attempts_made,
        "created_at": one.created_at,
        "due_at": one.due_at,
        "finished_at": one.finished_at,
        "can_be_retried": one.can_be_resent
        and one.rule_kind == "channel"
        and services.is_retryable(event, one.state),
    }
