"""Claims that are not routine: what may kill workers, and what decides about a pause."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from dispatcher.engine.breaker import probes_due, start_probe
from dispatcher.engine.claim import SUSPECT_CLAIMS, claim, claim_probe
from dispatcher.engine.record import release
from dispatcher.models import Rule
from dispatcher.work import Work


def claim_exceptional(*, lease_id: UUID, hand: Iterable[Work]) -> list[Work]:
    """One suspect, if none is in hand, and a probe for each breaker whose time has come."""
    return _claim_suspect(lease_id, hand) + _claim_probes(lease_id)


def _claim_suspect(lease_id: UUID, hand: Iterable[Work]) -> list[Work]:
    if any(work.claims > SUSPECT_CLAIMS for work in hand):
        return []
    return claim(lease_id=lease_id, limit=1, only_suspects=True)


def _claim_probes(lease_id: UUID) -> list[Work]:
    works: list[Work] = []
    for probe in probes_due():
        is_rule = probe.model is Rule
        found = claim_probe(
            lease_id=lease_id,
            rule_id=probe.id if is_rule else None,
            destination_id=None if is_rule else probe.id,
        )
        if not found:
            continue
        if start_probe(probe):
            found[0].probes = "rule" if is_rule else "destination"
            works += found
        else:
            release([found[0].id], lease_id=lease_id)
    return works
