"""Customers: saved, made inactive and active again, deleted."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.errors import InUseError
from dispatcher.configuration.saving import Author
from dispatcher.configuration.texts import make_plain
from postbacks.models import Customer

_HELD = "The customer is inactive."


def save_customer(*, customer: Customer, by: Author = None) -> Customer:
    """Save a new or changed customer; a changed `is_active` holds or releases what waits.

    Raises ValidationError keyed by field, ChangedMeanwhileError when somebody else was faster.
    """
    customer.name = customer.name.strip()
    make_plain(customer, "description")
    customer.reference_id = (customer.reference_id or "").strip() or None
    try:
        with transaction.atomic():
            before = saving.take(customer)
            saving.check(customer, lambda: _check_name(customer))
            saving.save(customer, by=by)
            if customer.is_active != (before is None or before.is_active):
                _hold_or_release(customer)
    except IntegrityError:  # the loser of a race for the reference ID
        customer.validate_unique()
        raise
    return customer


def _check_name(customer: Customer) -> None:
    if not customer.name:
        raise ValidationError({"name": "Give the customer a name."})


def deactivate_customer(*, customer: Customer, by: Author = None) -> bool:
    """Hold everything that waits for this customer, and send nothing new. False: it was so."""
    return _set_active(customer, is_active=False, by=by)


def activate_customer(*, customer: Customer, by: Author = None) -> bool:
    """Send what was held for this customer, and what comes. False: it was active."""
    return _set_active(customer, is_active=True, by=by)


@transaction.atomic
def _set_active(customer: Customer, *, is_active: bool, by: Author) -> bool:
    moved = Customer.objects.filter(pk=customer.pk, is_active=not is_active).update(
        is_active=is_active, updated_at=timezone.now()
    )
    customer.refresh_from_db()
    if not moved:
        return False
    saving.save(customer, by=by, reason="Activated" if is_active else "Deactivated")
    _hold_or_release(customer)
    return True


def _hold_or_release(customer: Customer) -> None:
    if customer.is_active:
        dispatcher.release_owner(customer.owner)
    else:
        dispatcher.hold_owner(customer.owner, reason=_HELD)


@transaction.atomic
def delete_customer(*, customer: Customer, by: Author = None) -> None:
    """Delete a customer who has nothing of its own; what still waits for it is never sent.

    Raises InUseError, in words that say what to do first.
    """
    refusal = why_customer_stays(customer=customer)
    if refusal:
        raise InUseError(refusal)
    dispatcher.cancel_owner(customer.owner, reason="The customer was deleted.")
    saving.remember(customer, by=by)
    customer.delete()


def why_customer_stays(*, customer: Customer) -> str:
    """Why it cannot be deleted now, in words that say what to do first; empty when it can."""
    owned = [
        f"{count} {noun}{'s' if count > 1 else ''}"
        for count, noun in (
            (customer.triggers.count(), "trigger"),
            (customer.templates.count(), "template"),
            (customer.lookup_tables.count(), "lookup table"),
        )
        if count
    ]
    if not owned:
        return ""
    return (
        f"{customer.name} has {' and '.join(owned)}. Delete those first, or make the customer "
        "inactive: then nothing of it is sent."
    )
