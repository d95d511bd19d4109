"""Setting aside what is held, so that it costs nothing while it waits, and fetching it back.

Some thousand rows at a time: no statement takes long, however much is held.
"""

from __future__ import annotations

import time
from typing import Any

from dispatcher import sql
from dispatcher.models import Destination, OwnerHold, Rule

BATCH = 5_000
SECONDS = 2.0
"""How long a sweep goes on while there is more to move."""

_HELD = """
    (r.state <> 'active' OR r.breaker <> 'closed'
     OR (x.id IS NOT NULL AND (x.state <> 'active' OR x.breaker <> 'closed'))
     OR (d.owner <> '' AND EXISTS (SELECT 1 FROM dispatcher_ownerhold h WHERE h.owner = d.owner)))
"""
_JOINED = """
    SELECT d.id FROM dispatcher_delivery d
    JOIN dispatcher_rule r ON r.id = d.rule_id
    LEFT JOIN dispatcher_destination x ON x.id = d.destination_id
"""
_PARK = f"""
    UPDATE dispatcher_delivery SET is_parked = TRUE WHERE state = 'pending' AND id IN (
        {_JOINED} WHERE d.state = 'pending' AND NOT d.is_parked AND d.due_at <= %s
        AND (d.lease_until IS NULL OR d.lease_until < %s) AND {_HELD}
        ORDER BY d.due_at LIMIT {BATCH})
    RETURNING id
"""  # noqa: S608 - no input
_PARKED = f"""
    SELECT id FROM dispatcher_delivery
    WHERE state = 'pending' AND is_parked AND id > %s ORDER BY id LIMIT {BATCH}
"""  # noqa: S608 - no input
_UNPARK = f"""
    UPDATE dispatcher_delivery SET is_parked = FALSE WHERE is_parked AND id IN (
        {_JOINED} WHERE d.id IN ({{ids}}) AND NOT {_HELD})
"""  # noqa: S608 - no input

_CANCEL = f"""
    UPDATE dispatcher_delivery SET state = 'canceled', finished_at = %s
    WHERE state = 'pending' AND id IN (
        SELECT id FROM dispatcher_delivery WHERE state = 'pending' AND is_parked
        AND rule_id IN (SELECT id FROM dispatcher_rule WHERE state = 'archived') LIMIT {BATCH})
"""  # noqa: S608 - no input

_GIVE_UP = """
    UPDATE dispatcher_delivery SET state = 'canceled', finished_at = %s
    WHERE state = 'pending' AND id IN ({ids})
    AND owner IN (SELECT owner FROM dispatcher_ownerhold WHERE is_final)
"""

_looked_at = 0
"""The last parked delivery that this process has looked at; then it begins anew."""


def sweep() -> int:
    """Park what became held, unpark what is held no longer; returns how many rows moved.

    Claiming looks at the rules themselves, so this is for speed; it also mends a park that lost
    a race against a resume.
    """
    give_up = time.monotonic() + SECONDS
    moved = 0
    is_held = _is_anything_held()
    while True:
        in_this_round = _unpark_some() + (_park_some() + _cancel_some() if is_held else 0)
        moved += in_this_round
        if in_this_round < BATCH or time.monotonic() > give_up:
            return moved


def _unpark_some() -> int:
    """Look at the next parked ones, round and round."""
    global _looked_at  # noqa: PLW0603 - one sweep per process
    ids = _ids(_PARKED, [_looked_at])
    if not ids and _looked_at:
        ids = _ids(_PARKED, [0])
    _looked_at = ids[-1] if len(ids) == BATCH else 0
    return _give_up(ids) + _unpark(ids)


def _give_up(ids: list[int]) -> int:
    """Cancel what of these belongs to somebody who was deleted."""
    if not ids:
        return 0
    return sql.execute(_GIVE_UP.format(ids=sql.placeholders(len(ids))), [sql.now(), *ids])


def _unpark(ids: list[int]) -> int:
    if not ids:
        return 0
    return sql.execute(_UNPARK.format(ids=sql.placeholders(len(ids))), ids)


def _park_some() -> int:
    """Park, then look again: what was resumed in the meantime must not stay parked."""
    now = sql.now()
    ids = _ids(_PARK, [now, now])
    _give_up(ids)
    _unpark(ids)
    return len(ids)


def _cancel_some() -> int:
    return sql.execute(_CANCEL, [sql.now()])


def _ids(statement: str, parameters: list[Any]) -> list[int]:
    return [row[0] for row in sql.fetch(statement, parameters)]


def _is_anything_held() -> bool:
    return (
        Rule.objects.exclude(state=Rule.State.ACTIVE).exists()
        or Rule.objects.exclude(breaker="closed").exists()
        or Destination.objects.exclude(breaker="closed").exists()
        or Destination.objects.exclude(state=Destination.State.ACTIVE).exists()
        or OwnerHold.objects.exists()
    )
