"""New statuses by CSV, as networks send them at month's end: previewed, then imported."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from dispatcher.configuration import saving
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.configuration.saving import Author
from offers.files import BadLine, Line, read_statuses, write_conversions
from offers.models import Conversion, StatusImport
from offers.services.changes import AT_ONCE, Changed, apply_changes

KEPT_FOR = timedelta(days=1)  # a preview that nobody confirmed
MOST_SHOWN = 200


class Summary(TypedDict):
    """What a file changes: counts of lines, and the first of those that cannot be done."""

    changed: int
    unchanged: int
    unknown: int
    bad_count: int
    bad: list[list[Any]]
    by_status: dict[str, int]


@dataclass(slots=True)
class _Reading:
    """One way through a file, line by line."""

    changed: int = 0
    unchanged: int = 0
    unknown: int = 0
    bad_count: int = 0
    bad: list[BadLine] = field(default_factory=list)
    by_status: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    seen: dict[int, tuple[int, str]] = field(default_factory=dict)

    def refuse(self, line: BadLine, *, is_unknown: bool = False) -> None:
        self.unknown += is_unknown
        self.bad_count += not is_unknown
        if len(self.bad) < MOST_SHOWN:
            self.bad.append(line)

    def summary(self) -> Summary:
        return {
            "changed": self.changed,
            "unchanged": self.unchanged,
            "unknown": self.unknown,
            "bad_count": self.bad_count,
            "bad": [[one.number, one.message] for one in self.bad],
            "by_status": dict(self.by_status),
        }


def preview_statuses(*, content: bytes) -> Summary:
    """What importing this file would change now; nothing changes.

    Raises ValidationError on `file` for one that cannot be read at all.
    """
    reading = _Reading()
    for _ in _changes(content, reading):
        pass
    return reading.summary()


def preview_import(*, content: bytes, file_name: str, by: Author = None) -> StatusImport:
    """The same, and the file is kept until `apply_import`."""
    summary = preview_statuses(content=content)
    StatusImport.objects.filter(created_at__lt=timezone.now() - KEPT_FOR, applied_at=None).delete()
    return StatusImport.objects.create(
        file_name=file_name[-200:],
        content=zlib.compress(content, 1),
        summary=summary,
        created_by=saving.known(by),
    )


def apply_import(
    *, waiting: StatusImport, skip_bad: bool = False, by: Author = None
) -> tuple[Changed, Summary]:
    """Import a previewed file once; what each line then changes is counted anew.

    Raises ValidationError for bad or unknown lines that nobody agreed to leave out (nothing was
    changed then), ChangedMeanwhileError when it was imported already.
    """
    mine = StatusImport.objects.filter(pk=waiting.pk)
    stored = mine.filter(applied_at=None).first()
    if stored is None:
        raise ChangedMeanwhileError("import")
    content = zlib.decompress(bytes(stored.content))
    if not skip_bad:
        _refuse_bad(preview_statuses(content=content))
    if not mine.filter(applied_at=None).update(applied_at=timezone.now()):
        raise ChangedMeanwhileError("import")
    try:
        done, summary = import_statuses(
            content=content, file_name=stored.file_name, skip_bad=True, by=by
        )
    except Exception:
        mine.update(applied_at=None)  # what is missing can be imported by the same page
        raise
    mine.update(summary=summary, content=b"")
    waiting.refresh_from_db()
    return done, summary


def import_statuses(
    *, content: bytes, file_name: str = "", skip_bad: bool = False, by: Author = None
) -> tuple[Changed, Summary]:
    """Give conversions the statuses of a file; the same file again changes nothing.

    Each change fires its postbacks once. Changed in parts of 500, each whole: when it is
    interrupted, importing the file again does the rest. Raises ValidationError on `file`, before
    anything is changed, for bad or unknown lines unless `skip_bad`.
    """
    if not skip_bad:
        _refuse_bad(preview_statuses(content=content))
    reading = _Reading()
    changes = ((conversion, line.status) for conversion, line in _changes(content, reading))
    done = apply_changes(changes, by=by, origin=f"Import of {file_name or 'a file'}")
    return done, reading.summary()


def _refuse_bad(summary: Summary) -> None:
    count = summary["bad_count"] + summary["unknown"]
    if count:
        shown = [f"Line {number}: {message}" for number, message in summary["bad"][:10]]
        more = [f"{count:,} lines cannot be imported. Correct the file, or leave them out."]
        raise ValidationError({"file": more + shown})


def _changes(content: bytes, reading: _Reading) -> Iterator[tuple[int, Line]]:
    """Conversions whose status the file changes, a batch in memory at a time."""
    lines = read_statuses(content)
    while batch := list(islice(lines, AT_ONCE)):
        good = [line for line in batch if isinstance(line, Line)]
        known = _find(good)
        for line in batch:
            if isinstance(line, BadLine):
                reading.refuse(line)
                continue
            found = [one for one in known.get(line.transaction_id, ()) if _is_meant(one, line)]
            yield from _judge(line, found, reading)


def _judge(line: Line, found: Sequence[_Found], reading: _Reading) -> Iterator[tuple[int, Line]]:
    if not found:
        message = f"There is no conversion with the transaction ID “{line.transaction_id[:80]}”."
        reading.refuse(BadLine(line.number, message), is_unknown=True)
    elif len(found) > 1:
        message = (
            f"{len(found)} conversions have this transaction ID. Name the offer and the goal in "
            "columns of their own."
        )
        reading.refuse(BadLine(line.number, message))
    elif found[0].pk in reading.seen:
        first, status = reading.seen[found[0].pk]
        if status == line.status:
            reading.unchanged += 1
        else:
            message = f"Line {first} gives the same conversion another status."
            reading.refuse(BadLine(line.number, message))
    else:
        reading.seen[found[0].pk] = (line.number, line.status)
        if found[0].status == line.status:
            reading.unchanged += 1
        else:
            reading.changed += 1
            reading.by_status[line.status] += 1
            yield found[0].pk, line


@dataclass(frozen=True, slots=True)
class _Found:
    pk: int
    status: str
    offer: str
    goal: str


def _find(lines: Iterable[Line]) -> dict[str, list[_Found]]:
    """The conversions of these transactions; one query, by the index."""
    found: dict[str, list[_Found]] = defaultdict(list)
    rows = Conversion.objects.filter(transaction_id__in={line.transaction_id for line in lines})
    names = ("transaction_id", "pk", "status", "offer__reference_id", "goal__reference_id")
    for transaction_id, pk, status, offer, goal in rows.order_by("pk").values_list(*names):
        found[transaction_id].append(_Found(pk, status, offer, goal or ""))
    return found


def _is_meant(one: _Found, line: Line) -> bool:
    return line.offer in {"", one.offer} and line.goal in {"", one.goal}


def export_conversions(conversions: QuerySet[Conversion]) -> Iterator[str]:
    """These conversions as a CSV file, line by line, oldest first; a page in memory at a time.

    The statuses in it can be changed and the file imported again.
    """
    return write_conversions(_in_pages(conversions))


def _in_pages(conversions: QuerySet[Conversion]) -> Iterator[Conversion]:
    ordered = conversions.select_related("offer", "affiliate", "goal").order_by("pk")
    last = 0
    while page := list(ordered.filter(pk__gt=last)[:AT_ONCE]):
        yield from page
        last = page[-1].pk
