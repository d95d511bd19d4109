"""Taking what is due: one short statement, so that workers never wait for each other."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from dispatcher import sql
from dispatcher.work import FrozenRequest, Work

SUSPECT_CLAIMS = 3
"""What was claimed this often without a recorded attempt may be what kills workers: it is taken
one at a time, so that it takes nothing innocent with it."""

CLAIMABLE = """
    FROM dispatcher_delivery d
    JOIN dispatcher_rule r ON r.id = d.rule_id
    LEFT JOIN dispatcher_destination x ON x.id = d.destination_id
    WHERE d.state = 'pending' AND {parked} AND d.due_at <= %s
      AND (d.lease_until IS NULL OR d.lease_until < %s)
      AND r.state = 'active' AND (x.id IS NULL OR x.state = 'active')
      AND {breakers}
      AND (d.owner = '' OR NOT EXISTS (
            SELECT 1 FROM dispatcher_ownerhold h WHERE h.owner = d.owner))
      AND (d.ordering_key = '' OR NOT EXISTS (
            SELECT 1 FROM dispatcher_delivery e
            WHERE e.rule_id = d.rule_id AND e.ordering_key = d.ordering_key
              AND e.state = 'pending' AND e.id < d.id AND e.ordering_key <> ''))
"""
_UNPARKED = "NOT d.is_parked"
_BREAKERS_CLOSED = "r.breaker = 'closed' AND (x.id IS NULL OR x.breaker = 'closed')"

ANY_DUE = (
    "SELECT d.due_at "
    + CLAIMABLE.format(parked=_UNPARKED, breakers=_BREAKERS_CLOSED)
    + " ORDER BY d.due_at LIMIT 1"
)

_COLUMNS = """
    d.id, d.uid, d.route_id, d.rule_id, r.version, d.destination_id, d.attempts_made,
    d.round_start, d.claims, d.fence, d.created_at, d.owner, d.is_test,
    CASE WHEN q.delivery_id IS NULL THEN v.payload END, q.method, q.url, q.headers, q.body
"""
_JOINS = """
    JOIN dispatcher_rule r ON r.id = d.rule_id
    JOIN dispatcher_event v ON v.id = d.event_id
    LEFT JOIN dispatcher_request q ON q.delivery_id = d.id
"""
_OWN = """
    id, uid, route_id, rule_id,
    (SELECT r.version FROM dispatcher_rule r WHERE r.id = dispatcher_delivery.rule_id),
    destination_id, attempts_made, round_start, claims, fence, created_at, owner, is_test,
"""
_OF_REQUEST = "(SELECT q.{} FROM dispatcher_request q WHERE q.delivery_id = dispatcher_delivery.id)"
_RETURNED = f"""
    due_at, {_OWN}
    CASE WHEN NOT EXISTS (
        SELECT 1 FROM dispatcher_request q WHERE q.delivery_id = dispatcher_delivery.id
    ) THEN (SELECT v.payload FROM dispatcher_event v WHERE v.id = dispatcher_delivery.event_id) END,
    {", ".join(_OF_REQUEST.format(name) for name in ("method", "url", "headers", "body"))}
"""  # noqa: S608 - no input; SQLite's RETURNING sees one table and sub-queries
_LEASE = "lease_id = %s, lease_until = %s, claims = {0}claims + 1, fence = {0}fence + 1"


def claim(
    *,
    lease_id: UUID,
    limit: int,
    excluded_destinations: Collection[int] = (),
    only_first_attempts: bool = False,
    only_suspects: bool = False,
) -> list[Work]:
    """Take up to `limit` deliveries, longest due first, and lease them for LEASE_SECONDS."""
    conditions = [f"d.claims {'>=' if only_suspects else '<'} {SUSPECT_CLAIMS}"]
    parameters: list[Any] = []
    if only_first_attempts:
        conditions.append("d.attempts_made = d.round_start")
    if excluded_destinations:
        marks = sql.placeholders(len(excluded_destinations))
        conditions.append(f"(d.destination_id IS NULL OR d.destination_id NOT IN ({marks}))")
        parameters += excluded_destinations
    where = CLAIMABLE.format(parked=_UNPARKED, breakers=_BREAKERS_CLOSED)
    return _take(lease_id, where, conditions, parameters, limit)


def claim_probe(*, lease_id: UUID, rule_id: int | None, destination_id: int | None) -> list[Work]:
    """Take one delivery that decides whether a paused rule or destination is well again."""
    if rule_id is not None:
        others, condition = "(x.id IS NULL OR x.breaker = 'closed')", "d.rule_id = %s"
    else:
        others, condition = "TRUE", "d.destination_id = %s"  # any answer shows that it is well
    where = CLAIMABLE.format(parked="d.state = 'pending'", breakers=others)
    return _take(lease_id, where, [condition], [rule_id or destination_id], 1)


def _take(
    lease_id: UUID, where: str, conditions: list[str], parameters: list[Any], limit: int
) -> list[Work]:
    now = sql.now()
    due = (
        f"SELECT d.id {where} AND {' AND '.join(conditions)} ORDER BY d.due_at, d.id LIMIT {limit}"
    )
    lease = [lease_id, now + timedelta(seconds=settings.LEASE_SECONDS)]
    lease_ends = time.monotonic() + settings.LEASE_SECONDS
    take = _take_on_postgresql if sql.is_postgresql() else _take_on_sqlite
    rows = take(due, [now, now, *parameters], lease)
    return [_to_work(row, lease_ends) for row in rows]


def _take_on_postgresql(due: str, parameters: list[Any], lease: list[Any]) -> list[Any]:
    statement = f"""
        WITH due AS MATERIALIZED ({due} FOR UPDATE OF d SKIP LOCKED),
        d AS (
            UPDATE dispatcher_delivery d SET {_LEASE.format("d.")} FROM due
            WHERE d.id = due.id RETURNING d.*
        )
        SELECT {_COLUMNS} FROM d {_JOINS} ORDER BY d.due_at, d.id
    """  # noqa: S608 - no input
    return sql.fetch(statement, [*parameters, *lease])


def _take_on_sqlite(due: str, parameters: list[Any], lease: list[Any]) -> list[Any]:
    """Inside the caller's immediate transaction: nobody else writes in between."""
    statement = f"""
        UPDATE dispatcher_delivery SET {_LEASE.format("")} WHERE id IN ({due}) RETURNING {_RETURNED}
    """  # noqa: S608 - no input
    rows = sql.fetch(statement, [*lease, *parameters])
    return [row[1:] for row in sorted(rows, key=lambda row: (row[0], row[1]))]


def _to_work(row: tuple[Any, ...], lease_ends: float) -> Work:
    *plain, payload, method, url, headers, body = row
    (id_, uid, route_id, rule_id, version, destination_id, attempts, start, claims, fence,
     created_at, owner, is_test) = plain  # fmt: skip
    request = None
    if method is not None:
        pairs = tuple((name, value) for name, value in json.loads(headers))
        request = FrozenRequest(method=method, url=url, headers=pairs, body=body)
    return Work(
        id=id_,
        uid=sql.to_uuid(uid),
        route_id=route_id,
        rule_id=rule_id,
        rule_version=version,
        destination_id=destination_id,
        attempts_made=attempts,
        round_start=start,
        claims=claims,
        fence=fence,
        created_at=sql.to_time(created_at),
        owner=owner,
        payload=payload,
        request=request,
        is_test=bool(is_test),
        lease_ends=lease_ends,
    )
