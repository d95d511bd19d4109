"""Plain facts that developers report, and the events that the spec's rules derive from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dispatcher import services as dispatcher
from dispatcher.types import Emitted, IdempotencyConflictError
from notifications.events import EventType, Source
from notifications.models import Contact, Fact, Order, Subscription, Transaction
from notifications.seen import TransactionSeen, moment_text
from notifications.services import reports
from notifications.services.completion import settle
from notifications.services.known import Known, merged
from notifications.services.reports import FactKind, NewFact, Report
from notifications.services.telling import (
    Scheduled,
    Telling,
    contact_part,
    parts_of,
    transaction_part,
)

__all__ = ["FactKind", "NewFact", "Reported", "report_fact"]

_REACTIVATING = frozenset({Source.SHOP.value, Source.FUNNEL.value})


@dataclass(frozen=True, slots=True)
class Reported:
    """What a fact led to: events emitted (or found emitted before), and those yet to come."""

    is_duplicate: bool
    events: Sequence[Emitted]
    scheduled: Sequence[Scheduled]


def report_fact(*, fact: NewFact, emitter: str) -> Reported:
    """Note a fact and emit what follows from it, in one transaction.

    A known key changes nothing and is answered as before. Raises ValidationError keyed by member,
    IdempotencyConflictError for a key that came with another body before.
    """
    moment = timezone.now()
    report = reports.read(fact, moment)
    with transaction.atomic():
        note, is_new = _note(report, emitter, moment)
        if note is not None and note.fingerprint != report.fingerprint:
            raise IdempotencyConflictError(report.key)
        if note is not None and not is_new:
            return _again(note)
        telling = Telling(emitter=emitter, moment=moment)
        _Applied(report, telling).apply()
        if note is not None:
            _keep(note, telling)
    return Reported(is_duplicate=False, events=telling.told, scheduled=telling.scheduled)


def _note(report: Report, emitter: str, moment: datetime) -> tuple[Fact | None, bool]:
    """The row of this fact's key, and whether it is new; None for a fact without a key."""
    if not report.key:
        return None, True
    return Fact.objects.get_or_create(
        emitter=emitter,
        kind=report.kind,
        key=report.key,
        defaults={"fingerprint": report.fingerprint, "received_at": moment},
    )


def _again(note: Fact) -> Reported:
    scheduled = [
        Scheduled(one["type"], one["subject"], parse_datetime(one["due_at"]) or note.received_at)
        for one in note.scheduled
    ]
    events = [dispatcher.emitted(UUID(one)) for one in note.events]
    return Reported(is_duplicate=True, events=events, scheduled=scheduled)


def _keep(note: Fact, telling: Telling) -> None:
    note.events = [str(one.event_id) for one in telling.told]
    note.scheduled = [
        {"type": one.type, "subject": one.subject, "due_at": moment_text(one.due_at)}
        for one in telling.scheduled
    ]
    note.save(update_fields=["events", "scheduled"])


class _Applied:
    """One fact at work on the rows that it is about, which stay locked until it is done."""

    def __init__(self, report: Report, telling: Telling) -> None:
        self.report, self.telling = report, telling
        self.parts = report.parts
        self.source = report.source or self._known_source()
        known = Known(
            orders=[_of(report.order, self.source)] if report.order else [],
            contacts=[_of(report.contact, self.source)] if report.contact else [],
            moment=report.occurred_at,
        )
        self.order: Order | None = known.order(report.order) if report.order else None
        self.contact: Contact | None = known.contact(report.contact) if report.contact else None
        self._join()

    def _known_source(self) -> str:
        """Where what it is about belongs, for a fact that does not say so itself."""
        order, contact = self.report.order, self.report.contact
        subscription = self.report.references.get("subscription")
        found: QuerySet[Any] | None = None
        if order:
            found = Order.objects.filter(reference=order.reference)
        elif subscription:
            found = Subscription.objects.filter(reference=subscription)
        elif contact and contact.reference:
            found = Contact.objects.filter(reference=contact.reference)
        source = found.values_list("source", flat=True).first() if found is not None else None
        if source is None or self.report.kind == FactKind.CONTACT_SAVED:
            message = f"Say where it belongs: one of {', '.join(Source.values)}."
            raise ValidationError({"source": message})
        return str(source)

    def _join(self) -> None:
        """An order belongs to the contact that was named with it first."""
        if self.order is None:
            return
        if self.order.contact_id is None:
            self.order.contact = self.contact
        elif self.contact is None:
            held = Contact.objects.select_for_update()
            self.contact = held.get(pk=self.order.contact_id)
        if self.contact is not None and not self.order.email:
            self.order.email = self.contact.email

    def apply(self) -> None:
        _RULES[self.report.kind](self)
        if self.order is not None:
            settle(self.order, self.contact, self.telling)

    @property
    def subject(self) -> str:
        if self.order is not None:
            return self.order.subject
        who = self.contact
        return f"contact:{who.reference or who.email}" if who is not None else ""

    def tell(self, event_type: str, **parts: Any) -> UUID:
        """Emit an event with what is known of order and contact."""
        common: dict[str, Any] = {}
        if self.order is not None:
            common = parts_of(self.order, self.contact)
        elif self.contact is not None:
            common = {"contact": contact_part(self.contact)}
        return self.telling.tell(
            event_type,
            source=self.order.source if self.order is not None else self.source,
            subject=self.subject,
            occurred_at=self.report.occurred_at,
            **{**common, **parts},
        )

    def contact_saved(self) -> None:
        contact = self.contact
        assert contact is not None  # noqa: S101 - its kind needs one
        is_new = contact.saved_at is None
        contact.saved_at = contact.saved_at or self.report.occurred_at
        contact.save()
        if is_new or self.source in _REACTIVATING:
            self.tell(EventType.CONTACT_CREATED)

    def transaction(self) -> None:
        seen = reports.purchase_of(self.parts["transaction"])
        row, is_new = self._result(seen)
        if seen.status == Transaction.Status.APPROVED:
            self._note_purchase()
        if not is_new:
            self.telling.tell_again(row.event)
            return
        is_approved = seen.status == Transaction.Status.APPROVED
        event = EventType.TRANSACTION_APPROVED if is_approved else EventType.TRANSACTION_DECLINED
        row.event = self.tell(event, transaction=transaction_part(row))
        row.save(update_fields=["event"])

    def _result(self, seen: TransactionSeen) -> tuple[Transaction, bool]:
        assert self.order is not None  # noqa: S101 - its kind needs one
        row, _ = Transaction.objects.get_or_create(
            order=self.order,
            reference=seen.reference,
            kind=seen.kind,
            status=seen.status,
            defaults={
                "amount": seen.amount,
                "currency": seen.currency,
                "data": seen.data,
                "occurred_at": self.report.occurred_at,
            },
        )
        return row, row.event is None

    def _note_purchase(self) -> None:
        assert self.order is not None  # noqa: S101 - its kind needs one
        at, known = self.report.occurred_at, self.order.first_purchase_at
        self.order.first_purchase_at = min(at, known) if known else at

    def thank_you(self) -> None:
        assert self.order is not None  # noqa: S101 - its kind needs one
        self.order.thank_you_at = self.order.thank_you_at or self.report.occurred_at

    def refund(self) -> None:
        row, is_new = self._result(reports.refund_of(self.parts["refund"]))
        if not is_new:
            self.telling.tell_again(row.event)
            return
        row.event = self.tell(EventType.REFUND_APPLIED, transaction=transaction_part(row))
        row.save(update_fields=["event"])

    def tracking(self) -> None:
        """Fires when the order's tracking is another than before."""
        assert self.order is not None  # noqa: S101 - its kind needs one
        before = self.order.context.get("shipping") or {}
        shipping = merged(before, self.parts["tracking"])
        if shipping == before:
            return
        self.order.context = {**self.order.context, "shipping": shipping}
        self.tell(EventType.TRACKING_UPDATED)

    def product_conflict(self) -> None:
        self.tell(EventType.PRODUCT_CONFLICT, product=dict(self.parts["product"]))

    def subscription_canceled(self) -> None:
        """Once per subscription."""
        row = self._subscription()
        if row.event is not None:
            self.telling.tell_again(row.event)
            return
        row.canceled_at = self.report.occurred_at
        part = {"canceled_at": moment_text(row.canceled_at), **row.data, "reference": row.reference}
        part["status"] = part.get("status") or "canceled"
        if self.order is None and self.contact is None:
            self.contact = row.contact
        row.event = self.telling.tell(
            EventType.SUBSCRIPTION_CANCELED,
            source=row.source,
            subject=self.subject or f"subscription:{row.reference}",
            occurred_at=self.report.occurred_at,
            **{**self._known_parts(), "subscription": part},
        )
        row.save()

    def _known_parts(self) -> dict[str, Any]:
        if self.order is not None:
            return parts_of(self.order, self.contact)
        return {"contact": contact_part(self.contact)} if self.contact else {}

    def _subscription(self) -> Subscription:
        part = dict(self.parts["subscription"])
        reference = self.report.references["subscription"]
        Subscription.objects.get_or_create(reference=reference, defaults={"source": self.source})
        row = Subscription.objects.select_for_update().get(reference=reference)
        row.data = merged(row.data, part)
        row.contact = row.contact or self.contact
        row.order = row.order or self.order
        return row

    def survey_completed(self) -> None:
        self.tell(EventType.SURVEY_COMPLETED, survey=dict(self.parts["survey"]))


def _of(seen: Any, source: str) -> Any:
    """What was seen, with where it belongs."""
    return replace(seen, source=source)


_RULES: Mapping[str, Callable[[_Applied], None]] = {
    FactKind.CONTACT_SAVED: _Applied.contact_saved,
    FactKind.TRANSACTION: _Applied.transaction,
    FactKind.THANK_YOU: _Applied.thank_you,
    FactKind.REFUND: _Applied.refund,
    FactKind.TRACKING: _Applied.tracking,
    FactKind.PRODUCT_CONFLICT: _Applied.product_conflict,
    FactKind.SUBSCRIPTION_CANCELED: _Applied.subscription_canceled,
    FactKind.SURVEY_COMPLETED: _Applied.survey_completed,
}
