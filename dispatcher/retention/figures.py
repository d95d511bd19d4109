"""What is stored, how much of it, and what goes when: for the operators' page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, models

from dispatcher import sql
from dispatcher.ids import first_id, moment_of
from dispatcher.models import Attempt, Delivery, Event, Request, Skip

COUNTED = 10_000
_TABLES: tuple[tuple[type[models.Model], str], ...] = (
    (Event, "Events with their payloads"),
    (Delivery, "Deliveries"),
    (Request, "Requests as they were sent"),
    (Attempt, "Attempts with their answers"),
    (Skip, "Why something was not sent"),
)


_MEASURE = """
    SELECT c.relname, GREATEST(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid)
    FROM pg_class c
    WHERE c.relname = ANY(%s) AND c.relnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` is exact up to 10,000 and about right above; `size` in bytes, None where unknown."""

    label: str
    rows: int
    is_exact: bool
    size: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """What has ended before `before` is deleted; `waiting` deliveries at this moment, at most
    10,001 counted. `oldest` is when the oldest delivery that is left was made.
    """

    before: datetime | None
    waiting: int
    oldest: datetime | None


def tables() -> list[Table]:
    """The dispatcher's large tables; never counts more than 10,001 rows of one."""
    names = [model._meta.db_table for model, _ in _TABLES]  # noqa: SLF001 - Django's API
    known = _measured(names) if sql.is_postgresql() else {}
    found = []
    for name, (_, label) in zip(names, _TABLES, strict=True):
        about, size = known.get(name, (0, None))
        rows, is_exact = (about, False) if about > COUNTED else _count(name)
        found.append(Table(label, rows, is_exact, size))
    return found


def due() -> Due:
    """What is to be purged now."""
    oldest = Delivery.objects.order_by("uid").values_list("uid", flat=True).first()
    made_at = moment_of(oldest) if oldest else None
    if not settings.RETENTION_DAYS:
        return Due(None, 0, made_at)
    before = sql.now() - timedelta(days=settings.RETENTION_DAYS)
    old = Delivery.objects.filter(uid__lt=first_id(before)).exclude(state=Delivery.State.PENDING)
    return Due(before, old[: COUNTED + 1].count(), made_at)


def _measured(names: list[str]) -> dict[str, tuple[int, int]]:
    """About how many rows, and the bytes, of each table, as PostgreSQL has them at hand."""
    return {name: (rows, size) for name, rows, size in sql.fetch(_MEASURE, [names])}


def _count(table: str) -> tuple[int, bool]:
    name = connection.ops.quote_name(table)
    counted = sql.fetch(f"SELECT COUNT(*) FROM (SELECT 1 FROM {name} LIMIT {COUNTED + 1}) AS t")  # noqa: S608 - a table's name
    rows = int(counted[0][0])
    return min(rows, COUNTED), rows <= COUNTED
