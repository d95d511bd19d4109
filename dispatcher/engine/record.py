"""Writing down what happened: attempts inserted, deliveries moved, in bulk and fenced.

A late finisher, whose lease ran out and whose delivery another worker took, still leaves its
attempt, but moves nothing: every move asks for the lease id and fence it was claimed under.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import F

from dispatcher import sql
from dispatcher.http import Exchange
from dispatcher.models import Attempt, Delivery, Request
from dispatcher.types import Outcome
from dispatcher.work import FrozenRequest, Work

_insert_attempts = sql.Insert(
    Attempt,
    (
        "delivery", "fence", "number", "started_at", "duration", "phases", "outcome", "status",
        "headers", "body", "is_truncated", "peer", "error",
    ),
    skip_conflicts=True,
)  # fmt: skip
_insert_requests = sql.Insert(
    Request,
    ("delivery", "method", "url", "headers", "body", "warnings", "rendered_at"),
    skip_conflicts=True,
    returning="delivery_id",
)


class Move(NamedTuple):
    """Where one delivery goes after an attempt."""

    id: int
    fence: int
    state: str
    outcome: str
    cause: str
    due_at: datetime
    finished_at: datetime | None
    attempts_made: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch of results came to."""

    failed: list[int]
    states: dict[int, str]
    """Where those went that were still ours."""
    at: datetime
    """When, as their `finished_at` says."""


def record(works: Sequence[Work], *, lease_id: UUID) -> Recorded:
    """Move the deliveries of these works and insert their attempts, in two statements.

    Moved first: those rows are there and stay there until the caller commits.
    """
    now = sql.now()
    moves = [move_after(work, now) for work in works]
    moved = _move(moves, lease_id)
    rows = [attempt_row(work) for work in works if work.id in moved]
    rows += _late_rows([work for work in works if work.id not in moved])
    _insert_attempts(rows)
    failed = [move.id for move in moves if move.state == Delivery.State.FAILED and move.id in moved]
    states = {move.id: move.state for move in moves if move.id in moved}
    return Recorded(failed=failed, states=states, at=now)


def move_after(work: Work, now: datetime) -> Move:
    """The delivery's next state by its outcome and its route's policy."""
    exchange = work.exchange
    assert exchange is not None  # noqa: S101 - only finished works come here
    tries = work.attempts_made - work.round_start + 1
    delay = None
    if exchange.outcome != "delivered":
        delay = work.route.policy.next_delay(
            outcome=exchange.outcome,
            status=exchange.status,
            retry_after=exchange.retry_after,
            tries=tries,
            age=(now - work.created_at).total_seconds(),
        )
    state = _state(exchange.outcome, delay)
    return Move(
        id=work.id,
        fence=work.fence,
        state=state,
        outcome=str(exchange.outcome),
        cause=cause_of(exchange),
        due_at=now + timedelta(seconds=delay or 0),
        finished_at=None if delay is not None else now,
        attempts_made=work.attempts_made + 1,
    )


def cause_of(exchange: Exchange) -> str:
    """What tells failures of the same outcome apart: the status, the phase it ended in, or what
    of the template is at fault.
    """
    if exchange.cause:
        return exchange.cause
    if exchange.outcome in {Outcome.REJECTED, Outcome.REDIRECTED} and exchange.status:
        return str(exchange.status)
    if exchange.outcome == Outcome.TIMED_OUT and exchange.phases:
        return list(exchange.phases)[-1][:24]
    return ""


def _state(outcome: str, delay: float | None) -> str:
    if outcome == "delivered":
        return Delivery.State.DELIVERED.value
    return (Delivery.State.FAILED if delay is None else Delivery.State.PENDING).value


def attempt_row(work: Work) -> sql.Row:
    exchange = work.exchange
    assert exchange is not None  # noqa: S101 - only finished works come here
    return (
        work.id, work.fence, work.attempts_made + 1, work.started_at or sql.now(),
        exchange.duration, sql.to_json(exchange.phases), str(exchange.outcome), exchange.status,
        _text(sql.to_json(exchange.headers)), _text(exchange.body), exchange.truncated,
        exchange.peer, _text(exchange.error)[:500],
    )  # fmt: skip


def _late_rows(works: Sequence[Work]) -> list[sql.Row]:
    """The attempts of what is ours no longer: none of what was purged, no answer of what was
    erased meanwhile.
    """
    if not works:
        return []
    ids = [work.id for work in works]
    # Two statements: whoever erases or purges holds the rows, and only the second sees it done.
    lock = " FOR KEY SHARE" if sql.is_postgresql() else ""
    found = f"SELECT id FROM dispatcher_delivery WHERE id IN ({sql.placeholders(len(ids))}){lock}"  # noqa: S608 - no input
    kept = {row[0] for row in sql.fetch(found, ids)}
    erased = set(
        Delivery.objects.filter(pk__in=kept, event__payload="").values_list("pk", flat=True)
    )
    return [attempt_row(_silent(work, erased)) for work in works if work.id in kept]


def _silent(work: Work, erased: Collection[int]) -> Work:
    """Without the answer, if that must not be kept."""
    if work.id not in erased:
        return work
    assert work.exchange is not None  # noqa: S101 - only finished works come here
    exchange = replace(work.exchange, headers=[], body=b"", truncated=False)
    return replace(work, exchange=exchange)


def _text(value: str | bytes) -> str:
    """What a text column can hold: UTF-8 without NUL (PostgreSQL has none)."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def freeze(works: Sequence[Work], *, lease_id: UUID) -> set[int]:
    """Store the rendered requests before they are sent; returns what may be sent.

    Where another worker was faster (our lease ran out meanwhile), its request is taken over, so
    that every attempt of a delivery sends the same bytes. Of what is ours no longer, or was
    canceled, nothing is stored: it may have been erased.
    """
    stored = _freeze_held(works, lease_id)
    late = {work.id: work for work in works if work.id not in stored}
    for request in Request.objects.filter(pk__in=late):
        late[request.pk].request = FrozenRequest(
            method=request.method,
            url=request.url,
            headers=tuple((name, value) for name, value in json.loads(request.headers)),
            body=request.body,
        )
        stored.add(request.pk)
    return stored


_HELD = """
    SELECT id FROM dispatcher_delivery WHERE state = 'pending' AND lease_id = %s
    AND lease_until > %s AND id IN ({ids})
"""


def _freeze_held(works: Sequence[Work], lease_id: UUID) -> set[int]:
    rows = [_request_row(work) for work in works]
    held = _HELD.format(ids=sql.placeholders(len(works)))
    parameters = [lease_id, sql.now(), *(work.id for work in works)]
    if sql.is_postgresql():
        condition = f"v.delivery_id IN ({held} FOR KEY SHARE)"
        statement = _insert_requests.statement_where(len(rows), condition)
        return {row[0] for row in sql.fetch(statement, [*sql.flatten(rows), *parameters])}
    ours = {row[0] for row in sql.fetch(held, parameters)}  # nobody else writes in between
    return set(_insert_requests([row for row in rows if row[0] in ours]))


def _request_row(work: Work) -> sql.Row:
    request = work.request
    assert request is not None  # noqa: S101 - only rendered works come here
    return (
        work.id, request.method, request.url, sql.to_json(request.headers), request.body,
        sql.to_json(request.warnings), sql.now(),
    )  # fmt: skip


def renew(ids: Sequence[int], *, lease_id: UUID) -> set[int]:
    """Keep what is in hand ours for another LEASE_SECONDS; returns what still is.

    What was canceled is prolonged as well, so that nobody erases it while it is being sent.
    """
    lease_until = sql.now() + timedelta(seconds=settings.LEASE_SECONDS)
    rows = sql.fetch(
        "UPDATE dispatcher_delivery SET lease_until = %s WHERE lease_id = %s"  # noqa: S608 - no input
        f" AND id IN ({sql.placeholders(len(ids))}) RETURNING id, state",
        [lease_until, lease_id, *ids],
    )
    return {id_ for id_, state in rows if state == Delivery.State.PENDING}


def forgive(ids: Sequence[int], *, lease_id: UUID) -> None:
    """Do not count a claim under which nothing was tried; its lease runs out by itself."""
    Delivery.objects.filter(pk__in=ids, lease_id=lease_id, claims__gt=0).update(
        claims=F("claims") - 1
    )


def release(ids: Sequence[int], *, lease_id: UUID) -> None:
    """Give back what was claimed but not started; such a claim does not count."""
    sql.execute(
        "UPDATE dispatcher_delivery SET lease_id = NULL, lease_until = NULL, claims = claims - 1"  # noqa: S608
        f" WHERE lease_id = %s AND claims > 0 AND id IN ({sql.placeholders(len(ids))})",
        [lease_id, *ids],
    )


_SET = """
    UPDATE dispatcher_delivery AS d SET state = m.state, outcome = m.outcome, cause = m.cause,
      due_at = m.due_at, finished_at = m.finished_at, attempts_made = m.attempts_made, claims = 0,
      lease_id = NULL, lease_until = NULL
    FROM {moves}
    WHERE d.id = m.id AND d.fence = m.fence AND d.lease_id = %s AND d.state = 'pending'
    RETURNING {returning}
"""
_ARRAYS = """unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::text[],
    %s::timestamptz[], %s::timestamptz[], %s::int[])
    AS m(id, fence, state, outcome, cause, due_at, finished_at, attempts_made)"""


def _move(moves: Sequence[Move], lease_id: UUID) -> set[int]:
    """Move what is still ours; the ids of what was."""
    if sql.is_postgresql():
        columns: list[Any] = [list(column) for column in zip(*moves, strict=True)]
        rows = sql.fetch(_SET.format(moves=_ARRAYS, returning="d.id"), [*columns, lease_id])
    else:
        names = ", ".join(f"column{n + 1} AS {name}" for n, name in enumerate(Move._fields))
        values = ", ".join([f"({sql.placeholders(len(Move._fields))})"] * len(moves))
        source = f"(SELECT {names} FROM (VALUES {values})) AS m"  # noqa: S608 - no input
        parameters = [value for move in moves for value in move]
        rows = sql.fetch(_SET.format(moves=source, returning="id"), [*parameters, lease_id])
    return {row[0] for row in rows}
