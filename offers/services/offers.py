"""Offers and their goals: saved and deleted."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from dispatcher.configuration import saving
from dispatcher.configuration.errors import InUseError
from dispatcher.configuration.saving import Author
from dispatcher.configuration.texts import make_plain
from offers.models import Affiliate, Goal, Offer
from offers.references import reference_for


def save_offer(
    *, offer: Offer, affiliates: Iterable[Affiliate] | None = None, by: Author = None
) -> Offer:
    """Save a new or changed offer; `affiliates`, where given, are who sees it if it is not open.

    An empty reference ID is made from the name. Raises ValidationError keyed by field,
    ChangedMeanwhileError when somebody else was faster.
    """
    offer.name = offer.name.strip()
    make_plain(offer, "description")
    offer.reference_id = offer.reference_id.strip() or _new_offer_reference(offer)
    seen_by = None if affiliates is None else {one.pk: one for one in affiliates}
    try:
        with transaction.atomic():
            saving.take(offer)
            saving.check(offer, lambda: _check_name(offer.name, "offer"))
            saving.save(offer, by=by, reason=_who_sees_it(offer, seen_by))
            if seen_by is not None:
                offer.affiliates.set(seen_by.values())
    except IntegrityError:  # the loser of a race for the reference ID
        offer.validate_unique()
        raise
    return offer


def _who_sees_it(offer: Offer, seen_by: dict[int, Affiliate] | None) -> str:
    """What this changes about who sees the offer, in words for its history; else empty."""
    if seen_by is None:
        return ""
    before = {one.pk: one for one in offer.affiliates.all()} if offer.pk else {}
    added = [str(one) for pk, one in seen_by.items() if pk not in before]
    gone = [str(one) for pk, one in before.items() if pk not in seen_by]
    said = [f"now seen by {', '.join(added)}"] * bool(added)
    said += [f"no longer by {', '.join(gone)}"] * bool(gone)
    words = "; ".join(said)
    return words[:1].upper() + words[1:]


def _new_offer_reference(offer: Offer) -> str:
    others = Offer.objects.exclude(pk=offer.pk)
    return reference_for(
        offer.name, is_taken=lambda name: others.filter(reference_id=name).exists()
    )


def _check_name(name: str, what: str) -> None:
    if not name:
        raise ValidationError({"name": f"Give the {what} a name."})


@transaction.atomic
def delete_offer(*, offer: Offer, by: Author = None) -> None:
    """Delete an offer without conversions and postbacks, with its goals. Raises InUseError."""
    if reason := why_offer_stays(offer=offer):
        raise InUseError(reason)
    for goal in offer.goals.all():
        delete_goal(goal=goal, by=by)
    saving.remember(offer, by=by)
    offer.delete()


def why_offer_stays(*, offer: Offer) -> str:
    """Why it cannot be deleted, in words that say what to do instead; empty when it can."""
    if not (offer.conversions.exists() or offer.postbacks.exists()):
        return ""
    return (
        f"{offer.name} has conversions or postbacks, which are kept. "
        "Disable the offer instead: then no postback is sent for it."
    )


def save_goal(*, goal: Goal, by: Author = None) -> Goal:
    """Save a new or changed goal; one made the default takes that from the one before.

    An empty reference ID is made from the name. Raises ValidationError keyed by field,
    ChangedMeanwhileError when somebody else was faster.
    """
    goal.name = goal.name.strip()
    goal.reference_id = goal.reference_id.strip() or _new_goal_reference(goal)
    try:
        with transaction.atomic():
            before = saving.take(goal)
            if goal.is_default and goal.offer_id:
                _take_default(goal, by=by)
            saving.check(goal, lambda: _check_goal(goal, before))
            saving.save(goal, by=by)
    except IntegrityError:  # the loser of a race for the reference ID or for being the default
        goal.validate_constraints()
        raise
    return goal


def _new_goal_reference(goal: Goal) -> str:
    others = Goal.objects.filter(offer=goal.offer_id).exclude(pk=goal.pk)
    return reference_for(goal.name, is_taken=lambda name: others.filter(reference_id=name).exists())


def _take_default(goal: Goal, *, by: Author) -> None:
    for other in Goal.objects.filter(offer=goal.offer_id, is_default=True).exclude(pk=goal.pk):
        other.is_default = False
        saving.save(other, by=by, reason=f"{goal.name} is the default now"[:100])


def _check_goal(goal: Goal, before: Goal | None) -> None:
    _check_name(goal.name, "goal")
    if before is not None and before.offer_id != goal.offer_id:
        message = "A goal stays with its offer. Add a goal to the other offer instead."
        raise ValidationError({"offer": message})


@transaction.atomic
def delete_goal(*, goal: Goal, by: Author = None) -> None:
    """Delete a goal that no conversion and no postback names. Raises InUseError."""
    if reason := why_goal_stays(goal=goal):
        raise InUseError(reason)
    saving.remember(goal, by=by)
    goal.delete()


def why_goal_stays(*, goal: Goal) -> str:
    """Why it cannot be deleted, in words that say what to do instead; empty when it can."""
    if not (goal.conversions.exists() or goal.postbacks.exists()):
        return ""
    return (
        f"Conversions or postbacks name the goal {goal.name}. "
        "Rename it, or choose another goal in its postbacks and keep it for its conversions."
    )
