"""How long what was reported is kept, and what is erased when a contact asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower

from dispatcher import retention
from notifications.models import Contact, Fact, Notice, Order, Subscription, Transaction

BATCH = 500
_KEPT_OF_ORDER = ("id",)
"""Members of an order's data that name it and nobody: its events may be about them."""


def register() -> None:
    """Have workers purge what is old, and the Storage page offer to erase a contact."""
    retention.register_purger("facts", purge_facts)
    retention.register_purger("notices", purge_notices)
    person = retention.Person(find=find_contact, called=called, subjects=subjects_of, forget=forget)
    retention.register_person("contact", person)


def called(key: str) -> str:
    """By reference, never by name or address: what this is written into outlives these."""
    found = Contact.objects.filter(pk=int(key)).values_list("reference", flat=True).first()
    return f"contact {found}" if found and "@" not in found else f"contact number {key}"


def purge_facts(_before: datetime, keys_before: datetime) -> bool:
    """Delete a batch of facts whose keys need not be known any longer."""
    return _delete(Fact.objects.filter(received_at__lt=keys_before))


def purge_notices(before: datetime, _keys_before: datetime) -> bool:
    """Delete a batch of news that was told long ago, waits for nothing and does not last."""
    return _delete(Notice.objects.filter(told_at__lt=before, due_at=None, is_on=False))


def _delete(rows: QuerySet[Any]) -> bool:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if keys:
        rows.filter(pk__in=keys).delete()
    return bool(keys)


def find_contact(text: str) -> str | None:
    """The key of the contact with this reference, or else the only one with this address."""
    named = Contact.objects.filter(reference=text).values_list("pk", flat=True).first()
    if named is not None:
        return str(named)
    found = Contact.objects.alias(lower_email=Lower("email")).exclude(email="")
    keys = list(found.filter(lower_email=text.lower()).values_list("pk", flat=True)[:2])
    return str(keys[0]) if len(keys) == 1 else None


def subjects_of(key: str) -> Iterable[str]:
    """Every subject that events of this contact may have."""
    contact = Contact.objects.filter(pk=int(key)).first()
    if contact is None:
        return set()
    names = {contact.reference, contact.email, contact.email.lower()} - {None, ""}
    orders = {subject for order in contact.orders.all() for subject in order.subjects}
    subscriptions = contact.subscriptions.values_list("reference", flat=True)
    return (
        orders | {f"contact:{one}" for one in names} | {f"subscription:{n}" for n in subscriptions}
    )


def forget(key: str) -> None:
    """Blank what is known of a contact; that there was an order, of what amount, stays.

    One with a reference stays under it, so that it becomes a customer once. One that is known by
    its e-mail address alone is deleted.
    """
    contact = Contact.objects.select_for_update().filter(pk=int(key)).first()
    if contact is None:
        return
    for order in Order.objects.select_for_update().filter(contact=contact).order_by("reference"):
        _forget_order(order)
    Transaction.objects.filter(order__contact=contact).update(data={})
    Subscription.objects.filter(contact=contact).update(data={})
    if not contact.reference or "@" in contact.reference:
        contact.delete()
        return
    contact.email, contact.name, contact.data = "", "", {}
    contact.save()


def _forget_order(order: Order) -> None:
    kept = {name: order.data[name] for name in _KEPT_OF_ORDER if name in order.data}
    order.email, order.items, order.data, order.context = "", [], kept, {}
    order.save()
