"""Changes of conversions: their status, one or many at once, and their other fields.

Whoever changes a status (admin, API, file, code) comes through here: row, change, event and
deliveries are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from dispatcher.configuration.saving import Author
from dispatcher.types import Emitted
from offers.documents import AMOUNTS, amount
from offers.models import Conversion
from offers.services.firing import Change, fire, write_down
from offers.values import CHANGEABLE, read_fields, read_status

AT_ONCE = 500
"""How many are changed in one transaction."""


@dataclass(frozen=True, slots=True)
class Changed:
    """How many of many were changed, and how many had that status already."""

    changed: int = 0
    unchanged: int = 0
    deliveries: int = 0
    skips: int = 0


@dataclass(frozen=True, slots=True)
class Updated:
    """The conversion as it is now; `emitted` where its status changed."""

    conversion: Conversion
    emitted: Emitted | None


def change_status(
    *, conversion: Conversion, status: str, by: Author = None, origin: str = "", emitter: str = ""
) -> Updated:
    """Give one conversion this status; the one that it has already fires nothing.

    Of two who do so at once each fires, one after the other. Raises ValidationError on `status`.
    """
    return update_conversion(
        conversion=conversion, values={"status": status}, by=by, origin=origin, emitter=emitter
    )


def change_statuses(
    *, conversions: Iterable[int], status: str, by: Author = None, origin: str = ""
) -> Changed:
    """Give many conversions (ids) this status, each change firing once; `AT_ONCE` a transaction.

    Ids that are not there count for nothing. Raises ValidationError on `status`.
    """
    read_status(status)
    wanted = ((pk, status) for pk in conversions)
    return apply_changes(wanted, by=by, origin=origin)


def apply_changes(
    wanted: Iterable[tuple[int, str]], *, by: Author = None, origin: str = ""
) -> Changed:
    """Give each of these conversions its status; as many in memory as in one transaction."""
    total = Changed()
    for batch in _batches(wanted):
        done = _apply(dict(batch), by=by, origin=origin)
        total = Changed(
            total.changed + done.changed,
            total.unchanged + done.unchanged,
            total.deliveries + done.deliveries,
            total.skips + done.skips,
        )
    return total


def _batches(wanted: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    rest = iter(wanted)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


@transaction.atomic
def _apply(wanted: Mapping[int, str], *, by: Author, origin: str) -> Changed:
    rows = list(_locked().filter(pk__in=wanted).order_by("pk"))
    now = timezone.now()
    changes = []
    for row in rows:
        if row.status != wanted[row.pk]:
            changes.append(Change(row, row.status))
            row.status, row.status_changed_at, row.updated_at = wanted[row.pk], now, now
    for status in {change.conversion.status for change in changes}:
        mine = [change.conversion.pk for change in changes if change.conversion.status == status]
        Conversion.objects.filter(pk__in=mine).update(
            status=status, status_changed_at=now, updated_at=now
        )
    emitted = fire(changes, by=by, origin=origin)
    return Changed(
        changed=len(changes),
        unchanged=len(rows) - len(changes),
        deliveries=sum(len(one.deliveries) for one in emitted),
        skips=sum(len(one.skips) for one in emitted),
    )


def _locked() -> Any:
    """Conversions as they are now, and until the transaction ends nobody else's to change.

    Locked by PostgreSQL; on SQLite a transaction has the database to itself from its beginning.
    """
    rows = Conversion.objects.select_related("offer", "affiliate", "goal")
    return rows.select_for_update(of=("self",), no_key=True)


@transaction.atomic
def update_conversion(
    *,
    conversion: Conversion,
    values: Mapping[str, Any],
    by: Author = None,
    origin: str = "",
    emitter: str = "",
) -> Updated:
    """Change fields of one conversion, `status` among them; what is the same stays as it is.

    Without a change of status nothing fires. Every change is kept with its author. Raises
    ValidationError keyed by field; what may be changed is `status` and `CHANGEABLE`.
    """
    wanted = _read(values)
    row = _locked().get(pk=conversion.pk)
    before = {name: getattr(row, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if value != before[name]}
    if not changed:
        return Updated(row, None)
    row.updated_at = timezone.now()
    for name, value in changed.items():
        setattr(row, name, value)
    details = {
        name: [_shown(name, before[name]), _shown(name, value)]
        for name, value in changed.items()
        if name != "status"
    }
    if "status" in changed:
        row.status_changed_at = row.updated_at
    row.save(update_fields=[*changed, "status_changed_at", "updated_at"])
    change = [Change(row, before.get("status", row.status), details)]
    if "status" in changed:
        return Updated(row, fire(change, by=by, origin=origin, emitter=emitter)[0])
    write_down(change, by=by, origin=origin)
    return Updated(row, None)


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, list[Any]] = {
        name: ["This cannot be changed. Leave it out."]
        for name in values
        if name not in {"status", *CHANGEABLE}
    }
    wanted = read_fields({name: values[name] for name in CHANGEABLE if name in values}, errors)
    if "status" in values:
        try:
            wanted["status"] = read_status(values["status"])
        except ValidationError as error:
            error.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)
    return wanted


def _shown(name: str, value: Any) -> Any:
    return amount(value) if name in AMOUNTS else value


def history(conversion: Conversion) -> Sequence[Any]:
    """Every change of this conversion, oldest first, with its author."""
    return list(conversion.changes.select_related("by").order_by("pk"))
