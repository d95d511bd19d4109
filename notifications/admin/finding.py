"""What somebody means who types an order, a transaction or a contact, and what is to come of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from dispatcher.console import coming, names
from dispatcher.console.names import Name
from dispatcher.console.wording import type_label
from notifications.admin.wording import waiting_standing
from notifications.events import EventType
from notifications.models import Contact, Order, Subscription, Transaction

MOST = 50
NEWEST = ("-created_at", "-pk")
"""No index has this order, so that the rows are found by what they are called."""
SOUGHT = (
    "an order by its reference or number",
    "a transaction",
    "a contact by its reference or e-mail address",
    "a subscription",
)


def find_subjects(texts: Collection[str]) -> list[str]:
    """What events of these may be about: the newest 50 orders, contacts and subscriptions."""
    addresses = [text.lower() for text in texts if "@" in text]
    of_address = Q(lower_email__in=addresses) & ~Q(email="")  # said again for the partial index
    contacts = _contacts(texts, of_address if addresses else Q())
    keys = [pk for pk, _, _ in contacts]
    orders = Q(reference__in=texts) | (Q(number__in=texts) & ~Q(number=""))
    orders |= Q(pk__in=_orders_of_transactions(texts)) | Q(contact_id__in=keys)
    if addresses:
        orders |= of_address
    found = Order.objects.alias(lower_email=Lower("email")).filter(orders).order_by(*NEWEST)[:MOST]
    return [
        *(subject for order in found.defer("items", "context") for subject in order.subjects),
        *(f"contact:{name}" for _, *called in contacts for name in called if name),
        *_subscriptions(keys),
    ]


def _contacts(texts: Collection[str], of_address: Q) -> list[tuple[int, str | None, str]]:
    found = Contact.objects.alias(lower_email=Lower("email"))
    found = found.filter(Q(reference__in=texts) | of_address).order_by(*NEWEST)
    return list(found.values_list("pk", "reference", "email")[:MOST])


def _orders_of_transactions(texts: Collection[str]) -> list[int]:
    found = Transaction.objects.filter(reference__in=texts).order_by(*NEWEST)
    return list(found.values_list("order_id", flat=True)[:MOST])


def _subscriptions(contacts: Collection[int]) -> list[str]:
    if not contacts:
        return []
    found = Subscription.objects.filter(contact_id__in=contacts).order_by(*NEWEST)
    return [f"subscription:{one}" for one in found.values_list("reference", flat=True)[:MOST]]


def orders_to_complete(subjects: Collection[str]) -> Iterable[coming.Coming]:
    """Orders among these that wait for their thank-you page; one query."""
    prefix = "order:"
    names_ = [one.removeprefix(prefix) for one in subjects if one.startswith(prefix)]
    waiting = Order.objects.filter(reference__in=names_, complete_due_at__isnull=False)
    for order in waiting.order_by("complete_due_at", "pk")[:MOST]:
        page = reverse("admin:notifications_order_change", args=[order.pk])
        about = Name(f"Order {order}", page)
        yield coming.Coming(type_label(EventType.ORDER_COMPLETED), about, waiting_standing(order))


def register() -> None:
    """Have the ledgers' searches, and "Why was nothing sent?", know of these."""
    for kind in ("order", "contact", "subscription"):
        names.register_subject(kind)
    names.register_subject_finder("notification", find_subjects, sought=SOUGHT)
    coming.register("order", orders_to_complete)
