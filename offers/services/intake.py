"""Conversions go in: checked, their offer, affiliate and goal found, stored with their events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from dispatcher import checks
from dispatcher import services as dispatcher
from dispatcher.configuration.saving import Author
from dispatcher.keys import as_keys
from dispatcher.types import Emitted
from offers.models import Affiliate, Conversion, ConversionChange, Goal, Offer
from offers.services.firing import Change, fire
from offers.values import CHANGEABLE, read_fields, read_status, read_transaction

MOST_RACES = 5
Reference = str | int | None
_Model = TypeVar("_Model", Affiliate, Offer, Goal)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConversion:
    """An item of `POST conversions/`.

    `offer`, `affiliate` and `goal` are reference IDs (or ids); `values` the other fields by name,
    amounts as exact texts or Decimals.
    """

    offer: Reference
    affiliate: Reference
    transaction_id: str
    goal: Reference = None
    status: str = "pending"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Created:
    """A conversion and its first event (None once purged). Not new: it was stored before."""

    conversion: Conversion
    emitted: Emitted | None
    is_new: bool


class TransactionConflictError(ValidationError):
    """The transaction ID came for the same goal with another body before (409)."""

    def __init__(self, transaction_id: str) -> None:
        message = (
            f"The transaction ID {checks.quote(transaction_id)} came for this goal before, with "
            "another body. To change that conversion, PATCH it."
        )
        super().__init__({"transaction_id": ValidationError(message, code="conflict")})


Result = Created | ValidationError


def create_conversion(
    *, item: NewConversion, by: Author = None, origin: str = "", emitter: str = ""
) -> Created:
    """Store one conversion with its event, deliveries and skips; the same again changes nothing.

    Raises ValidationError keyed by field, TransactionConflictError for a transaction ID that came
    for the same goal with another body before.
    """
    result = create_conversions(items=[item], by=by, origin=origin, emitter=emitter)[0]
    if isinstance(result, Created):
        return result
    raise result


def create_conversions(
    *, items: Sequence[NewConversion], by: Author = None, origin: str = "", emitter: str = ""
) -> list[Result]:
    """Store many in one transaction; for each, in order, what was done or why it was refused.

    The same transaction twice among them is one conversion, as if they had come one by one.
    """
    for _ in range(MOST_RACES):
        try:
            with transaction.atomic():
                return _create(items, by, origin, emitter)
        except IntegrityError:  # somebody stored one of them meanwhile: it is found now
            continue
    with transaction.atomic():
        return _create(items, by, origin, emitter)


def _create(items: Sequence[NewConversion], by: Author, origin: str, emitter: str) -> list[Result]:
    known = _Known(items)
    read = [_read(item, known) for item in items]
    stored = _find_stored([one for one in read if isinstance(one, Conversion)])
    new: list[Conversion] = []
    found = [one if isinstance(one, ValidationError) else _place(one, stored, new) for one in read]
    in_order = sorted(new, key=lambda one: (one.offer_id, one.transaction_id))
    Conversion.objects.bulk_create(in_order)  # in the same order by everybody: nobody deadlocks
    changes = [Change(one, "") for one in new]
    emitted = fire(changes, by=by, origin=origin, emitter=emitter)
    events = {one.pk: event for one, event in zip(new, emitted, strict=True)}
    return _answer(found, events)


_Stored = dict[tuple[int, str], list[Conversion]]


def _place(one: Conversion, stored: _Stored, new: list[Conversion]) -> Conversion | ValidationError:
    """The conversion that this one is: the one stored before, or itself, which is then new."""
    others = stored[one.offer_id, one.transaction_id]
    same = [other for other in others if other.fingerprint == one.fingerprint]
    if same:  # also where the offer's default goal is another one now
        return same[0]
    if any(_is_for_same_goal(other, one) for other in others):
        return TransactionConflictError(one.transaction_id)
    others.append(one)
    new.append(one)
    return one


def _is_for_same_goal(stored: Conversion, one: Conversion) -> bool:
    """One stored while the offer had no default goal counts for the default, too."""
    if stored.goal_id == one.goal_id:
        return True
    return stored.goal_id is None and one.goal is not None and one.goal.is_default


def _find_stored(fresh: Sequence[Conversion]) -> _Stored:
    """What is stored already of these offers and transactions."""
    stored: _Stored = defaultdict(list)
    rows = Conversion.objects.select_related("offer", "affiliate", "goal").filter(
        transaction_id__in={one.transaction_id for one in fresh},
        offer__in={one.offer_id for one in fresh},
    )
    for row in rows.order_by("pk") if fresh else ():
        stored[row.offer_id, row.transaction_id].append(row)
    return stored


def _answer(
    found: Sequence[Conversion | ValidationError], events: Mapping[int, Emitted]
) -> list[Result]:
    """Each with its first event; a conversion that is there twice is new the first time."""
    earlier = _first_events(
        {one.pk for one in found if isinstance(one, Conversion) and one.pk not in events}
    )
    results: list[Result] = []
    told: set[int] = set()
    for one in found:
        if isinstance(one, ValidationError):
            results.append(one)
            continue
        is_new = one.pk in events and one.pk not in told
        told.add(one.pk)
        results.append(Created(one, events.get(one.pk) or earlier.get(one.pk), is_new))
    return results


def _first_events(conversions: Iterable[int]) -> dict[int, Emitted]:
    """What the creation of these conversions caused, as it is now."""
    wanted = list(conversions)
    if not wanted:
        return {}
    changes = ConversionChange.objects.filter(conversion__in=wanted, from_status="")
    ids = dict(changes.exclude(event_id=None).values_list("conversion_id", "event_id"))
    emitted = dispatcher.emitted_earlier([one for one in ids.values() if one])
    return {pk: emitted[one] for pk, one in ids.items() if one in emitted}


class _Known:
    """The offers, affiliates and goals that some items name, by reference ID and by id."""

    def __init__(self, items: Sequence[NewConversion]) -> None:
        self.offers = _by_name(Offer, {item.offer for item in items})
        self.affiliates = _by_name(Affiliate, {item.affiliate for item in items})
        self.goals: dict[int, list[Goal]] = defaultdict(list)
        for goal in Goal.objects.filter(offer__in={one.pk for one in self.offers.values()}):
            self.goals[goal.offer_id].append(goal)

    def offer(self, name: Reference) -> Offer:
        return _known(self.offers, name, "offer")

    def affiliate(self, name: Reference) -> Affiliate:
        return _known(self.affiliates, name, "affiliate")

    def goal(self, offer: Offer, name: Reference) -> Goal | None:
        goals = self.goals.get(offer.pk, [])
        if name is None or name == "":
            return next((goal for goal in goals if goal.is_default), None)
        named = [goal for goal in goals if goal.reference_id == name]
        named += [goal for goal in goals if str(goal.pk) == str(name)]
        if named:
            return named[0]
        known = ", ".join(goal.reference_id for goal in goals[:20]) or "none"
        message = f"The offer has no goal {checks.quote(str(name))}. Its goals are: {known}."
        raise ValidationError({"goal": message})


def _by_name(model: type[_Model], names: Iterable[Reference]) -> dict[Reference, _Model]:
    """Rows by the reference ID or id that named them; a reference ID goes first."""
    texts = {str(name) for name in names if isinstance(name, str | int) and name != ""}
    texts = {text for text in texts if checks.is_storable(text) and len(text) <= 128}
    rows = list(model._default_manager.filter(reference_id__in=texts)) if texts else []  # noqa: SLF001
    found: dict[Reference, _Model] = {row.reference_id: row for row in rows}
    ids = as_keys(texts - found.keys())
    by_id = model._default_manager.filter(pk__in=ids) if ids else []  # noqa: SLF001
    found.update({str(row.pk): row for row in by_id})
    return found


def _known(rows: Mapping[Reference, _Model], name: Reference, what: str) -> _Model:
    row = rows.get(str(name)) if name is not None else None
    if row is not None:
        return row
    if name is None or name == "":
        raise ValidationError({what: f"Name the {what} by its reference ID."})
    message = (
        f"No {what} has the reference ID {checks.quote(str(name))}. "
        f"Create the {what} first, or correct the reference."
    )
    raise ValidationError({what: message})


def _read(item: NewConversion, known: _Known) -> Conversion | ValidationError:
    """The conversion, not saved yet; or everything that is wrong with it, by field."""
    errors: dict[str, list[Any]] = {}
    offer = checks.collect(errors, known.offer, item.offer)
    affiliate = checks.collect(errors, known.affiliate, item.affiliate)
    goal = checks.collect(errors, known.goal, offer, item.goal) if offer else None
    status = checks.collect(errors, read_status, item.status)
    transaction_id = checks.collect(errors, read_transaction, item.transaction_id)
    values = read_fields({name: item.values.get(name) for name in CHANGEABLE}, errors)
    if errors or offer is None or affiliate is None:
        return ValidationError(errors)
    named = goal.pk if goal and item.goal else None
    shown = {name: str(value) for name, value in values.items() if value not in {None, ""}}
    mark = checks.fingerprint(offer.pk, affiliate.pk, named, status, transaction_id, shown)
    return Conversion(
        offer=offer,
        affiliate=affiliate,
        goal=goal,
        status=status or "",
        transaction_id=transaction_id or "",
        fingerprint=mark,
        status_changed_at=timezone.now(),
        **values,
    )
