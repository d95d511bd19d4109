"""Adding pieces to their minutes, hours and days; each counts exactly once, whatever dies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from dispatcher.models import Tally
from dispatcher.rollups.figures import Figures, start_of
from dispatcher.sql import now

BATCH = 2_000
KEPT: Mapping[int, timedelta] = {
    Tally.Grain.MINUTE: timedelta(days=2),
    Tally.Grain.HOUR: timedelta(days=45),
    Tally.Grain.DAY: timedelta(days=800),
}
Place = tuple[str, int, datetime]
_COUNTED = ("attempts", "retried", "delivered", "failed", "latencies", "times")


@transaction.atomic
def fold() -> int:
    """Add some pieces up and delete them, in one transaction; returns how many there were."""
    pieces = list(
        Tally.objects.select_for_update().filter(grain=Tally.Grain.PIECE).order_by("id")[:BATCH]
    )
    if not pieces:
        return 0
    for grain in (Tally.Grain.MINUTE, Tally.Grain.HOUR, Tally.Grain.DAY):
        _add(pieces, grain)
    Tally.objects.filter(pk__in=[piece.pk for piece in pieces]).delete()
    return len(pieces)


def _add(pieces: list[Tally], grain: Tally.Grain) -> None:
    sums: defaultdict[Place, Figures] = defaultdict(Figures)
    for piece in pieces:
        sums[piece.scope, piece.key, start_of(piece.starts_at, grain)].add(piece)
    known = _known(sums, grain)
    new = []
    for place, figures in sums.items():
        tally = known.get(place)
        if tally is None:
            scope, key, starts_at = place
            tally = Tally(grain=grain, scope=scope, key=key, starts_at=starts_at)
            new.append(tally)
        else:
            figures.add(tally)
        for name in _COUNTED:
            setattr(tally, name, getattr(figures, name))
    Tally.objects.bulk_create(new, batch_size=1_000)
    if known:
        Tally.objects.bulk_update(known.values(), _COUNTED, batch_size=200)


def _known(places: Mapping[Place, Figures], grain: Tally.Grain) -> dict[Place, Tally]:
    """What is there already, by one query."""
    found = Tally.objects.select_for_update().filter(
        grain=grain, starts_at__in={place[2] for place in places}
    )
    rows = {(row.scope, row.key, row.starts_at): row for row in found}
    return {place: rows[place] for place in places if place in rows}


def prune() -> int:
    """Delete some of what is older than anybody looks at; returns how many rows."""
    moment = now()
    deleted = 0
    for grain, kept in KEPT.items():
        old = Tally.objects.filter(grain=grain, starts_at__lt=moment - kept)
        keys = list(old.order_by("starts_at").values_list("pk", flat=True)[:BATCH])
        if keys:
            deleted += Tally.objects.filter(pk__in=keys).delete()[0]
    return deleted
