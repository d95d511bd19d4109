"""What an event's payload, or a fact, says about an order and a contact.

Payloads are anybody's: whatever cannot be used is let by, nothing is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from notifications.models import Transaction

MAX_REFERENCE = 128
MAX_EMAIL = 254
MAX_NAME = 255

_REFERENCES = ("reference", "orderReferenceId", "referenceId", "order_reference", "id", "orderId",
               "order_id", "number", "orderNumber")  # fmt: skip
_FLAT_REFERENCES = ("orderReferenceId", "order_reference", "orderReference", "orderId", "order_id",
                    "orderNumber", "order_number")  # fmt: skip
_NUMBERS = ("number", "orderNumber", "order_number")
_CONTACT_REFERENCES = ("reference", "id", "contactId", "contact_id", "leadId")
_CONTACT_EMAILS = ("email", "eMail", "e_mail", "emailAddress", "email_address")
_TRANSACTION_REFERENCES = ("reference", "id", "transactionId", "transaction_id")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as one payload or fact has it; empty parts are not known from there."""

    reference: str
    source: str
    number: str = ""
    email: str = ""
    items: list[Any] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactSeen:
    """A contact as one payload or fact has it; it has a reference or an e-mail address."""

    reference: str
    email: str
    source: str
    name: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TransactionSeen:
    """The result of a purchase, refund or void."""

    reference: str
    kind: str
    status: str
    amount: Decimal | None
    currency: str
    data: dict[str, Any]


def named(part: Json) -> str:
    """The reference of an object that a fact or payload holds: its `reference`, or its `id`."""
    return first(part, ("reference", "id"))


def reference_of(value: object) -> str:
    """A text or whole number as a reference; empty for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value).strip()
    return text if len(text) <= MAX_REFERENCE and text.isprintable() else ""


def order_in(payload: Json, source: str) -> OrderSeen | None:
    """The order that this payload is about, in its `order` or by one of its own members."""
    nested = payload.get("order")
    order: Json = nested if isinstance(nested, Mapping) else {}
    reference = first(order, _REFERENCES) or first(payload, _FLAT_REFERENCES)
    if not reference:
        return None
    contact = contact_in(payload, source)
    items = next((one for one in _item_lists(order, payload) if one), [])
    context = {name: payload[name] for name in ("shipping", "funnel") if payload.get(name)}
    return OrderSeen(
        reference=reference,
        source=source,
        number=first(order, _NUMBERS) or first(payload, ("orderNumber", "order_number")),
        email=contact.email if contact else email_of(order),
        items=items,
        data={name: value for name, value in order.items() if name != "items"},
        context=context,
    )


def _item_lists(order: Json, payload: Json) -> Iterable[list[Any]]:
    for place in (order, payload):
        for name in ("items", "products", "lineItems"):
            found = place.get(name)
            if isinstance(found, list):
                yield found


def contact_in(payload: Json, source: str) -> ContactSeen | None:
    """The contact that this payload names, in its `contact`, `customer` or `lead`."""
    for name in ("contact", "customer", "lead"):
        found = payload.get(name)
        if isinstance(found, Mapping):
            seen = contact_of(found, source)
            if seen:
                return seen
    return None


def contact_of(data: Json, source: str) -> ContactSeen | None:
    """The contact of this object; None where it has neither reference nor e-mail address."""
    reference, email = first(data, _CONTACT_REFERENCES), email_of(data)
    if not (reference or email):
        return None
    return ContactSeen(
        reference=reference, email=email, source=source, name=name_of(data), data=dict(data)
    )


def email_of(data: Json) -> str:
    """An address as somebody may search it; it is never sent to."""
    for name in _CONTACT_EMAILS:
        value = data.get(name)
        if isinstance(value, str) and "@" in value and value.strip().isprintable():
            return value.strip()[:MAX_EMAIL]
    return ""


def name_of(data: Json) -> str:
    """A person's name, whole or of first and last."""
    whole = data.get("name")
    if isinstance(whole, str) and whole.strip():
        return whole.strip()[:MAX_NAME]
    pairs = (("firstName", "lastName"), ("first_name", "last_name"))
    for names in pairs:
        parts = [data[name].strip() for name in names if isinstance(data.get(name), str)]
        if any(parts):
            return " ".join(part for part in parts if part)[:MAX_NAME]
    return ""


def transactions_in(payload: Json) -> list[TransactionSeen]:
    """Every transaction that this payload holds and that has a reference."""
    one, several = payload.get("transaction"), payload.get("transactions")
    found = [one, *(several if isinstance(several, list) else [])]
    seen = [transaction_of(data) for data in found if isinstance(data, Mapping)]
    return [one for one in seen if one is not None]


def transaction_of(data: Json) -> TransactionSeen | None:
    """The transaction of this object, if it says which one it is and how it ended."""
    reference = first(data, _TRANSACTION_REFERENCES)
    status = str(data.get("status") or "").lower()
    kind = str(data.get("type") or data.get("kind") or "purchase").lower()
    kinds = Transaction.Kind
    kind = kind if kind in kinds.values else kinds.PURCHASE.value
    if not reference or status not in Transaction.Status.values:
        return None
    return TransactionSeen(
        reference=reference,
        kind=kind,
        status=status,
        amount=amount_of(data.get("amount")),
        currency=currency_of(data.get("currency")),
        data=dict(data),
    )


def amount_of(value: object) -> Decimal | None:
    """A number, or a text that is one, as money; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.0001"))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**14 else None


def currency_of(value: object) -> str:
    """As EUR; empty for what is no currency's code."""
    text = value.strip().upper() if isinstance(value, str) else ""
    return text if len(text) == 3 and text.isascii() and text.isalpha() else ""


def first(data: Json, names: Iterable[str]) -> str:
    """The first of these members that can be a reference."""
    return next((found for name in names if (found := reference_of(data.get(name)))), "")


def moment_text(moment: datetime) -> str:
    """As documents write times."""
    return moment.isoformat().replace("+00:00", "Z")
