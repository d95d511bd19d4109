"""Setting aside what is held, so that it costs nothing while it waits, and fetching it back."""

from __future__ import annotations

from dispatcher import sql
from dispatcher.models import Destination, OwnerHold, Rule

BATCH = 5_000

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
"""  # noqa: S608 - no input
_UNPARK = f"""
    UPDATE dispatcher_delivery SET is_parked = FALSE WHERE id IN (
        {_JOINED} WHERE d.state = 'pending' AND d.is_parked AND NOT {_HELD} LIMIT {BATCH})
"""  # noqa: S608 - no input

_CANCEL = """
    UPDATE dispatcher_delivery SET state = 'canceled', finished_at = %s
    WHERE state = 'pending' AND is_parked
      AND rule_id IN (SELECT id FROM dispatcher_rule WHERE state = 'archived')
"""


def sweep() -> int:
    """Park what became held, unpark what is held no longer; returns how many rows moved.

    Claiming looks at the rules themselves, so this is for speed; it also mends a park that lost
    a race against a resume.
    """
    moved = sql.execute(_UNPARK)
    if _is_anything_held():
        now = sql.now()
        moved += sql.execute(_PARK, [now, now])
        moved += sql.execute(_CANCEL, [now])
    return moved


def _is_anything_held() -> bool:
    return (
        Rule.objects.exclude(state=Rule.State.ACTIVE).exists()
        or Rule.objects.exclude(breaker="closed").exists()
        or Destination.objects.exclude(breaker="closed").exists()
        or Destination.objects.exclude(state=Destination.State.ACTIVE).exists()
        or OwnerHold.objects.exists()
    )
