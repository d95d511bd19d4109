"""Why something that waits is not sent: in words, for pages and the API alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dispatcher.models import Delivery, Destination, OwnerHold, Rule


def owner_holds(rows: Iterable[Delivery]) -> dict[str, str]:
    """Owners of these rows of whom nothing is sent, and why; one query, or none."""
    owners = {row.owner for row in rows if row.owner and row.state == Delivery.State.PENDING}
    if not owners:
        return {}
    return dict(OwnerHold.objects.filter(pk__in=owners).values_list("owner", "reason"))


def why_held(row: Delivery, holds: Mapping[str, str]) -> str | None:
    """Why a pending delivery is not sent; None when nothing holds it.

    `rule` and `destination` must have been selected.
    """
    if row.state != Delivery.State.PENDING:
        return None
    if row.rule.state == Rule.State.PAUSED:
        return row.rule.state_reason or "Its rule is paused."
    if row.owner in holds:
        return holds[row.owner]
    if row.rule.breaker != Rule.BreakerState.CLOSED:
        return "Its rule failed repeatedly and rests for a while."
    return _why_destination_holds(row.destination)


def _why_destination_holds(destination: Destination | None) -> str | None:
    if destination is None:
        return None
    if destination.state == Destination.State.PAUSED:
        return "Its destination is paused."
    if destination.breaker != Destination.BreakerState.CLOSED:
        return "Its destination failed repeatedly and rests for a while."
    return None
