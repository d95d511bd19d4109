"""Rows of a lookup table in bulk: previewed, then imported all or not at all."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, NoReturn, TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from dispatcher.configuration import saving
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.configuration.saving import Author
from postbacks.lookups import files
from postbacks.lookups.values import MAX_ROWS
from postbacks.models import LookupImport, LookupRow, LookupTable
from postbacks.services.lookups import advance, note

KEPT_FOR = timedelta(days=1)  # a preview that nobody confirmed
SAMPLES = 10
_BATCH = 2_000
_KEYS_AT_ONCE = 500


@dataclass(slots=True)
class Changes:
    """What an import does: keys with their values; `changed` with the old and the new one."""

    added: dict[str, str] = field(default_factory=dict)
    changed: dict[str, tuple[str, str]] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def words(self) -> str:
        """As the history tells it."""
        return (
            f"{len(self.added):,} added, {len(self.changed):,} changed, "
            f"{len(self.removed):,} removed"
        )


class Summary(TypedDict):
    """A preview as it is stored: counts, the bad rows by line, and the first of each change."""

    added: int
    changed: int
    removed: int
    unchanged: int
    bad_count: int
    bad: list[list[Any]]
    notes: list[str]
    samples: dict[str, list[list[str]]]


def preview_import(
    *,
    table: LookupTable,
    content: bytes,
    file_name: str,
    keeps_missing: bool = False,
    has_heading: bool | None = None,
    by: Author = None,
) -> LookupImport:
    """Read a CSV or Excel file and keep it until `apply_import`; nothing of the table changes.

    `keeps_missing` leaves rows that the file does not have; otherwise they are removed. The
    result's `summary` tells what would change, and each bad row by its line.
    Raises ValidationError on `file` for one that cannot be read at all.
    """
    found = files.read_file(content, field_name=table.field, has_heading=has_heading)
    rows = json.dumps(list(found.rows.items()), ensure_ascii=False).encode()
    LookupImport.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    waiting = LookupImport(
        table=table,
        file_name=file_name[-255:],
        content=zlib.compress(rows, 1),
        keeps_missing=keeps_missing,
        revision=0,
        created_by=saving.known(by),
    )
    _summarize(waiting, found)
    waiting.save()
    return waiting


def _summarize(waiting: LookupImport, found: files.FileRows) -> None:
    # The revision first: rows that change after it was read make it an old one, never a new one.
    waiting.table.refresh_from_db()
    waiting.revision = waiting.table.revision
    changes = compare(read_rows(waiting.table), found.rows, keeps_missing=waiting.keeps_missing)
    summary: Summary = {
        "added": len(changes.added),
        "changed": len(changes.changed),
        "removed": len(changes.removed),
        "unchanged": changes.unchanged,
        "bad_count": found.bad_count,
        "bad": [list(bad) for bad in found.bad],
        "notes": found.notes,
        "samples": {
            "added": [list(pair) for pair in islice(changes.added.items(), SAMPLES)],
            "changed": [[key, *pair] for key, pair in islice(changes.changed.items(), SAMPLES)],
            "removed": [list(pair) for pair in islice(changes.removed.items(), SAMPLES)],
        },
    }
    waiting.summary = summary


def refresh_preview(*, waiting: LookupImport) -> bool:
    """Compare a waiting file with the table as it is now. False: the preview was still right."""
    waiting.table.refresh_from_db()
    if waiting.table.revision == waiting.revision:
        return False
    old: Summary = waiting.summary
    found = files.FileRows(
        rows=_rows_of(waiting),
        bad=[files.BadRow(*bad) for bad in old["bad"]],
        bad_count=old["bad_count"],
        notes=old["notes"],
    )
    _summarize(waiting, found)
    waiting.save(update_fields=["revision", "summary"])
    return True


@transaction.atomic
def apply_import(*, waiting: LookupImport, skip_bad: bool = False, by: Author = None) -> Changes:
    """Import a previewed file, all of it or, when this raises, nothing.

    `skip_bad` says that somebody has seen the bad rows and wants the others. Raises
    ValidationError for bad rows that nobody agreed to leave out, ChangedMeanwhileError when the
    table is no longer what the preview compared with, or the file was imported already.
    """
    stored = LookupImport.objects.select_for_update().filter(pk=waiting.pk).first()
    if stored is None:
        raise ChangedMeanwhileError("import")
    bad_count = stored.summary["bad_count"]
    if bad_count and not skip_bad:
        message = f"{bad_count:,} rows cannot be imported. Correct the file, or leave them out."
        raise ValidationError({"file": message})
    changes = _write(
        stored.table,
        _rows_of(stored),
        keeps_missing=stored.keeps_missing,
        revision=stored.revision,
        by=by,
        what=f"Imported {stored.file_name[:40]}",
    )
    stored.delete()
    return changes


def cancel_import(*, waiting: LookupImport) -> None:
    """Throw a previewed file away."""
    waiting.delete()


def preview_rows(
    *,
    table: LookupTable,
    rows: Mapping[str, str],
    keeps_missing: bool,
    removed: Iterable[str] = (),
) -> Changes:
    """What `change_rows` would do now; nothing changes."""
    return compare(read_rows(table), rows, keeps_missing=keeps_missing, removed=removed)


@transaction.atomic
def change_rows(
    *,
    table: LookupTable,
    rows: Mapping[str, str],
    keeps_missing: bool,
    removed: Iterable[str] = (),
    revision: int | None = None,
    by: Author = None,
    what: str = "Rows changed",
) -> Changes:
    """Set many rows (cleaned and checked ones) and remove some, all or nothing.

    `what` is what the history says was done. With `revision`, only when the table is still at
    it; raises ChangedMeanwhileError otherwise.
    """
    return _write(
        table,
        rows,
        keeps_missing=keeps_missing,
        removed=removed,
        revision=revision,
        by=by,
        what=what,
    )


def export_rows(*, table: LookupTable, as_excel: bool = False) -> bytes:
    """The rows as a file that can be imported again: CSV, or an Excel workbook."""
    write = files.write_excel if as_excel else files.write_csv
    return write(read_rows(table).items(), field_name=table.field)


def read_rows(table: LookupTable) -> dict[str, str]:
    """All rows of a table, by key."""
    rows = LookupRow.objects.filter(table_id=table.pk).order_by("key")
    return dict(rows.values_list("key", "value"))


def compare(
    present: Mapping[str, str],
    wanted: Mapping[str, str],
    *,
    keeps_missing: bool,
    removed: Iterable[str] = (),
) -> Changes:
    """What turns the present rows into the wanted ones."""
    changes = Changes()
    for key, value in wanted.items():
        old = present.get(key)
        if old is None:
            changes.added[key] = value
        elif old != value:
            changes.changed[key] = (old, value)
        else:
            changes.unchanged += 1
    gone = set(removed) if keeps_missing else present.keys() - wanted.keys()
    changes.removed = {key: value for key, value in present.items() if key in gone}
    if len(present) + len(changes.added) - len(changes.removed) > MAX_ROWS:
        _refuse(f"The table would have more than {MAX_ROWS:,} rows, which is the most it can hold.")
    return changes


def _write(
    table: LookupTable,
    rows: Mapping[str, str],
    *,
    keeps_missing: bool,
    revision: int | None,
    by: Author,
    what: str,
    removed: Iterable[str] = (),
) -> Changes:
    advance(table, revision=revision)
    present = read_rows(table)
    changes = compare(present, rows, keeps_missing=keeps_missing, removed=removed)
    _delete(table, changes, is_all=len(changes.removed) == len(present))
    written = {**changes.added, **{key: new for key, (_, new) in changes.changed.items()}}
    LookupRow.objects.bulk_create(
        [LookupRow(table_id=table.pk, key=key, value=value) for key, value in written.items()],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["table", "key"],
        update_fields=["value"],
    )
    table.row_count = len(present) + len(changes.added) - len(changes.removed)
    note(table, by, f"{what}: {changes.words()}")
    return changes


def _delete(table: LookupTable, changes: Changes, *, is_all: bool) -> None:
    mine = LookupRow.objects.filter(table_id=table.pk)
    if is_all:
        mine.delete()
        return
    for keys in _chunks(list(changes.removed), _KEYS_AT_ONCE):
        mine.filter(key__in=keys).delete()


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _rows_of(waiting: LookupImport) -> dict[str, str]:
    return dict(json.loads(zlib.decompress(waiting.content)))


def _refuse(message: str) -> NoReturn:
    raise ValidationError({"rows": message})
