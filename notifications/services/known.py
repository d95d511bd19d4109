"""The rows of orders and contacts that events and facts are about: found or made, and locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower

from notifications.models import Contact, Order
from notifications.seen import ContactSeen, OrderSeen


class Known:
    """Orders and contacts by what names them, locked until the caller's transaction ends.

    Orders are locked before contacts and in the order of their references, so that two who work
    on the same ones never wait for each other.
    """

    def __init__(
        self,
        *,
        orders: Iterable[OrderSeen] = (),
        contacts: Iterable[ContactSeen] = (),
        moment: datetime,
    ) -> None:
        self._moment = moment
        self._orders = _lock_orders(list(orders), moment)
        self._contacts = _lock_contacts(list(contacts))

    def order(self, seen: OrderSeen) -> Order:
        """The row of this order, with what is new about it saved."""
        order = self._orders[seen.reference]
        if _learn_order(order, seen):
            order.save()
        return order

    def contact(self, seen: ContactSeen) -> Contact:
        """The row of this contact, with what is new about it saved."""
        contact = _resolve(seen, self._contacts)
        assert contact is not None  # noqa: S101 - made above, where it was missing
        if _learn_contact(contact, seen):
            contact.save()
        return contact


def _lock_orders(seen: Sequence[OrderSeen], moment: datetime) -> dict[str, Order]:
    wanted = {one.reference: one for one in reversed(seen)}  # the first says where it belongs
    if not wanted:
        return {}
    known = set(Order.objects.filter(reference__in=wanted).values_list("reference", flat=True))
    missing = [_new_order(one, moment) for name, one in sorted(wanted.items()) if name not in known]
    if missing:
        Order.objects.bulk_create(missing, ignore_conflicts=True)
    locked = Order.objects.select_for_update().filter(reference__in=wanted)
    return {order.reference: order for order in locked.order_by("reference")}


def _new_order(seen: OrderSeen, moment: datetime) -> Order:
    order = Order(reference=seen.reference, source=seen.source, placed_at=moment)
    _learn_order(order, seen)
    return order


def _learn_order(order: Order, seen: OrderSeen) -> bool:
    """Take over what is new; what is not mentioned stays. Whether anything is."""
    changes: dict[str, Any] = {
        "number": seen.number or order.number,
        "email": seen.email or order.email,
        "items": seen.items or order.items,
        "data": merged(order.data, seen.data),
        "context": merged(order.context, seen.context),
    }
    return _set(order, changes)


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The old members under the new ones; a null says nothing about what was known."""
    return {**old, **{name: value for name, value in new.items() if value is not None}}


def _set(row: Any, changes: Mapping[str, Any]) -> bool:
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


class _Contacts:
    """Contacts in memory, by reference and by e-mail address."""

    def __init__(self, rows: Iterable[Contact] = ()) -> None:
        self.by_reference: dict[str, Contact] = {}
        self.by_email: dict[str, Contact] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Contact) -> None:
        if row.reference:
            self.by_reference[row.reference] = row
        if row.email:
            self.by_email.setdefault(row.email.lower(), row)


def _lock_contacts(seen: Sequence[ContactSeen]) -> _Contacts:
    if not seen:
        return _Contacts()
    references = {one.reference for one in seen if one.reference}
    emails = {one.email.lower() for one in seen if one.email}
    for _ in range(3):  # somebody else may have made one meanwhile
        found = _load_contacts(references, emails)
        missing = _missing(seen, found)
        if not missing:
            return found
        missing.sort(key=lambda one: (one.reference or "", one.email.lower()))
        Contact.objects.bulk_create(missing, ignore_conflicts=True)
    return _load_contacts(references, emails)


def _load_contacts(references: set[str], emails: set[str]) -> _Contacts:
    rows = Contact.objects.alias(lower_email=Lower("email")).filter(
        Q(reference__in=references) | (Q(lower_email__in=emails) & ~Q(email=""))
    )
    return _Contacts(rows.select_for_update().order_by("pk"))


def _missing(seen: Iterable[ContactSeen], found: _Contacts) -> list[Contact]:
    """New rows for those that nobody is known by; each once."""
    made: list[Contact] = []
    for one in seen:
        if _resolve(one, found) is None:
            row = Contact(reference=one.reference or None, source=one.source, email=one.email)
            _learn_contact(row, one)
            found.add(row)
            made.append(row)
    return made


def _resolve(seen: ContactSeen, found: _Contacts) -> Contact | None:
    """By reference; else by e-mail address, unless both name references and these differ."""
    if seen.reference in found.by_reference:
        return found.by_reference[seen.reference]
    contact = found.by_email.get(seen.email.lower()) if seen.email else None
    if contact is None or (seen.reference and contact.reference):
        return None
    return contact


def _learn_contact(contact: Contact, seen: ContactSeen) -> bool:
    changes: dict[str, Any] = {
        "reference": contact.reference or seen.reference or None,
        "email": seen.email or contact.email,
        "name": seen.name or contact.name,
        "data": merged(contact.data, seen.data),
    }
    return _set(contact, changes)
