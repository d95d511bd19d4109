"""Lookup tables and their rows: each change is a revision, which the workers' memory follows."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from dispatcher.configuration import saving
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.configuration.saving import Author
from dispatcher.configuration.texts import make_plain
from postbacks.lookups.cache import cache
from postbacks.lookups.values import MAX_ROWS, check_field, clean, flaws, normal_field
from postbacks.models import LookupRow, LookupTable


def save_table(
    *, table: LookupTable, row: tuple[str, str] | None = None, by: Author = None
) -> LookupTable:
    """Save a new or changed lookup table; templates find it by its field within a second.

    `row` is the key and value of one that is added with it: both are saved, or neither.
    Raises ValidationError keyed by field (`key` and `value` are the row's),
    ChangedMeanwhileError when somebody else was faster.
    """
    table.name, table.field = table.name.strip(), normal_field(table.field)
    make_plain(table, "description")
    try:
        with transaction.atomic():
            before = saving.take(table)
            saving.check(table, lambda: _check_fields(table), lambda: _check_unique(table))
            table.row_count = before.row_count if before else 0
            table.revision = before.revision if before else 0
            table.revision += before is None or saving.differs(table, before)
            saving.save(table, by=by)
            if row is not None:
                set_row(table=table, key=row[0], value=row[1], by=by)
            transaction.on_commit(cache.forget)
    except IntegrityError:  # the loser of a race for the field
        _check_unique(table)
        raise
    return table


def _check_fields(table: LookupTable) -> None:
    errors = {} if table.name else {"name": ["Give the table a name."]}
    try:
        check_field(table.field)
    except ValidationError as error:
        errors |= error.message_dict
    if errors:
        raise ValidationError(errors)


def _check_unique(table: LookupTable) -> None:
    """Beside the field, unlike the constraint's words."""
    same = LookupTable.objects.filter(field=table.field, customer=table.customer)
    other = same.exclude(pk=table.pk).first()
    if other is not None:
        whose = "This customer has" if table.customer_id else "There is, for every customer,"
        message = f"{whose} a table of this template field already: “{other.name}”."
        raise ValidationError({"field": message})


@transaction.atomic
def delete_table(*, table: LookupTable, by: Author = None) -> None:
    """Delete a lookup table with its rows; templates that ask it get their default from then on."""
    saving.remember(table, by=by)
    LookupRow.objects.filter(table_id=table.pk).delete()
    table.delete()
    transaction.on_commit(cache.forget)


@transaction.atomic
def set_row(
    *, table: LookupTable, key: str, value: str, row: LookupRow | None = None, by: Author = None
) -> LookupRow:
    """Add a row, or change `row` (as the caller read it) to this key and value.

    Raises ValidationError on `key` or `value`, ChangedMeanwhileError when the row is no longer as
    it was read.
    """
    key, value = clean(key, value)
    wrong = flaws(key, value)
    if wrong:
        raise ValidationError(wrong)
    advance(table)
    _check_key_is_free(table, key, row)
    if row is None:
        if table.row_count >= MAX_ROWS:
            raise ValidationError(
                {"key": f"A table can hold {MAX_ROWS:,} rows, and this one does."}
            )
        saved = LookupRow.objects.create(table=table, key=key, value=value)
        table.row_count += 1
        note(table, by, f"Row “{key}” added")
        return saved
    _take_row(table, row, key=key, value=value)
    note(table, by, f"Row “{row.key}” changed")
    return LookupRow.objects.get(pk=row.pk)


def _check_key_is_free(table: LookupTable, key: str, row: LookupRow | None) -> None:
    same = LookupRow.objects.filter(table_id=table.pk, key=key)
    other = (same.exclude(pk=row.pk) if row else same).first()
    if other is not None:
        message = f"The table has this key already; it stands for “{other.value[:80]}”."
        raise ValidationError({"key": message})


def _take_row(table: LookupTable, row: LookupRow, *, key: str, value: str) -> None:
    as_read = LookupRow.objects.filter(pk=row.pk, table_id=table.pk, key=row.key, value=row.value)
    if not as_read.update(key=key, value=value):
        raise ChangedMeanwhileError("row")


@transaction.atomic
def delete_row(*, table: LookupTable, row: LookupRow, by: Author = None) -> None:
    """Delete a row. Raises ChangedMeanwhileError when it is no longer as the caller read it."""
    advance(table)
    as_read = LookupRow.objects.filter(pk=row.pk, table_id=table.pk, key=row.key, value=row.value)
    deleted, _ = as_read.delete()
    if not deleted:
        raise ChangedMeanwhileError("row")
    table.row_count -= 1
    note(table, by, f"Row “{row.key}” deleted")


def advance(table: LookupTable, *, revision: int | None = None) -> None:
    """Begin a change of the rows: the next revision, which nobody else makes meanwhile.

    `table` is read again. Raises ChangedMeanwhileError when it is gone, or not at `revision`.
    """
    mine = LookupTable.objects.filter(pk=table.pk)
    if revision is not None:
        mine = mine.filter(revision=revision)
    if not mine.update(revision=F("revision") + 1, updated_at=timezone.now()):
        raise ChangedMeanwhileError("lookup table")
    table.refresh_from_db()


def note(table: LookupTable, by: Author, what: str) -> None:
    """End a change of the rows: its count is stored, and the history tells what was done."""
    saving.save(table, by=by, reason=what)
    transaction.on_commit(cache.forget)
