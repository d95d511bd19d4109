"""Facts as developers report them: read, and refused in words that name the member."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import TextChoices

from dispatcher import checks
from notifications import fact_shapes
from notifications.models import Transaction
from notifications.seen import (
    MAX_REFERENCE,
    ContactSeen,
    OrderSeen,
    TransactionSeen,
    amount_of,
    contact_of,
    currency_of,
    named,
    order_in,
    reference_of,
)
from notifications.services.sources import read_source


class FactKind(TextChoices):
    """The facts of `POST /api/v1/facts/{kind}/` (spec section 6)."""

    CONTACT_SAVED = "contact-saved", "Contact saved"
    TRANSACTION = "transaction", "Transaction result"
    THANK_YOU = "thank-you", "Thank-you page reached"
    REFUND = "refund", "Refund or void"
    TRACKING = "tracking", "Tracking changed"
    PRODUCT_CONFLICT = "product-conflict", "Product conflict"
    SUBSCRIPTION_CANCELED = "subscription-canceled", "Subscription canceled"
    SURVEY_COMPLETED = "survey-completed", "Survey completed"


@dataclass(frozen=True, slots=True)
class Parts:
    """Which objects a fact of one kind has: those it needs, and those it may have."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


PARTS: Mapping[str, Parts] = {
    FactKind.CONTACT_SAVED: Parts(("contact",)),
    FactKind.TRANSACTION: Parts(("order", "transaction"), ("contact", "shipping", "funnel")),
    FactKind.THANK_YOU: Parts(("order",), ("contact", "shipping", "funnel")),
    FactKind.REFUND: Parts(("order", "refund"), ("contact",)),
    FactKind.TRACKING: Parts(("order", "tracking"), ("contact",)),
    FactKind.PRODUCT_CONFLICT: Parts(("contact", "product"), ("order",)),
    FactKind.SUBSCRIPTION_CANCELED: Parts(("subscription",), ("contact", "order")),
    FactKind.SURVEY_COMPLETED: Parts(("survey",), ("contact", "order")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """An item of `POST facts/…/`; `parts` are its objects by name, as `order`, `transaction`."""

    kind: str
    source: str | None
    parts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    key: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A fact that was read and can be applied."""

    kind: str
    source: str
    parts: Mapping[str, Mapping[str, Any]]
    key: str
    fingerprint: str
    occurred_at: datetime
    order: OrderSeen | None
    contact: ContactSeen | None

    @property
    def references(self) -> Mapping[str, str]:
        """What names those of its objects that have a name."""
        return {name: named(part) for name, part in self.parts.items()}


def read(fact: NewFact, moment: datetime) -> Report:
    """The fact as it is applied. Raises ValidationError naming every wrong member."""
    errors: dict[str, list[Any]] = {}
    source = "" if fact.source is None else checks.collect(errors, read_source, fact.source)
    checks.collect(errors, checks.check_key, fact.key)
    occurred_at = checks.collect(errors, checks.in_utc, fact.occurred_at)
    checks.collect(errors, _check_parts, fact)
    if errors:
        raise ValidationError(errors)
    parts = {name: part for name, part in fact.parts.items() if part is not None}
    contact = contact_of(parts["contact"], source or "") if "contact" in parts else None
    return Report(
        kind=fact.kind,
        source=source or "",
        parts=parts,
        key=fact.key or "",
        fingerprint=checks.fingerprint(source, dict(parts), occurred_at),
        occurred_at=occurred_at or moment,
        order=order_in(parts, source or "") if "order" in parts else None,
        contact=contact,
    )


def _check_parts(fact: NewFact) -> None:
    """Raise ValidationError naming every member that is missing or wrong."""
    known = PARTS[fact.kind]
    errors: dict[str, str] = {}
    for name in known.needed:
        if fact.parts.get(name) is None:
            errors[name] = "This field is missing. Add it."
    for name in (*known.needed, *known.optional):
        part = fact.parts.get(name)
        if part is not None:
            errors |= dict(_problems(name, part))
    if errors:
        raise ValidationError(errors)


def _problems(name: str, part: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with the shape of a part; where that is well, with what it says."""
    found = list(fact_shapes.problems(name, part))
    yield from found
    if not found and name in _CHECKS:
        yield from _CHECKS[name](part)


def _check_order(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _check_reference("order", part)


def _check_contact(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if contact_of(part, "") is None:
        yield "contact", "Say which contact: give a reference or an e-mail address, or both."


def _check_transaction(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _check_reference("transaction", part)
    yield from _check_money("transaction", part)


def _check_refund(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _check_reference("refund", part)
    yield from _check_money("refund", part)


def _check_subscription(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _check_reference("subscription", part)


def _check_tracking(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not part:
        yield "tracking", "Say what is known: tracking_number, carrier, tracking_url, status …"


def _check_reference(name: str, part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not reference_of(part["reference"]):
        message = f"Give a reference of 1 to {MAX_REFERENCE} characters that can be shown."
        yield f"{name}.reference", message


def _check_money(name: str, part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    amount, currency = part.get("amount"), part.get("currency")
    if amount is not None and amount_of(amount) is None:
        yield f"{name}.amount", "Give an amount of money, as 49.90."
    if currency is not None and not currency_of(currency):
        yield f"{name}.currency", "Give a currency by its three letters, as EUR."


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]] = {
    "order": _check_order,
    "contact": _check_contact,
    "transaction": _check_transaction,
    "refund": _check_refund,
    "subscription": _check_subscription,
    "tracking": _check_tracking,
}


def purchase_of(part: Mapping[str, Any]) -> TransactionSeen:
    """The purchase of a transaction fact, which was checked."""
    return _money(part, Transaction.Kind.PURCHASE, str(part["status"]))


def refund_of(part: Mapping[str, Any]) -> TransactionSeen:
    """The refund or void of a refund fact, which was checked."""
    return _money(part, str(part.get("type", "refund")), Transaction.Status.APPROVED)


def _money(part: Mapping[str, Any], kind: str, status: str) -> TransactionSeen:
    return TransactionSeen(
        reference=named(part),
        kind=str(kind),
        status=str(status),
        amount=amount_of(part.get("amount")),
        currency=currency_of(part.get("currency")),
        data=dict(part),
    )
