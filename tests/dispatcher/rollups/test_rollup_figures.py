"""Figures are added up while deliveries are made; each counts once, whatever is repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatcher import rollups
from dispatcher.models import Tally
from dispatcher.rollups import folding
from dispatcher.rollups.figures import Figures, bucket, percentile
from dispatcher.rollups.reading import DAY, HOUR
from dispatcher.sql import now


def piece(moment, *, scope="all", key=0, **values):
    return Tally.objects.create(
        grain=Tally.Grain.PIECE, scope=scope, key=key, starts_at=moment, **values
    )


def tallies(grain):
    return list(Tally.objects.filter(grain=grain).order_by("starts_at"))


@pytest.mark.parametrize("milliseconds", [3.0, 47.0, 250.0, 30_000.0])
def test_a_percentile_is_right_within_a_fifth(milliseconds):
    histogram = {bucket(milliseconds): 100}

    found = percentile(histogram, 0.95)

    assert found == pytest.approx(milliseconds, rel=0.2)


def test_percentiles_of_several_spans_come_from_the_sum_of_their_buckets():
    quick, slow = Figures(), Figures()
    quick.times[bucket(10)] = 95
    slow.times[bucket(5_000)] = 5

    quick.add(slow)

    assert percentile(quick.times, 0.5) < 12
    assert percentile(quick.times, 0.99) > 4_000


def test_there_is_no_percentile_of_nothing():
    assert percentile({}, 0.5) is None


@pytest.mark.django_db
def test_pieces_are_added_to_minute_hour_and_day():
    start = datetime(2026, 3, 1, 10, 15, tzinfo=UTC)
    piece(start, attempts=2, delivered=2, times={"20": 2})
    piece(start, attempts=1, failed={"rejected": 1})
    piece(start + timedelta(minutes=7), attempts=4, delivered=4)

    folded = rollups.fold()

    assert folded == 3
    assert [row.attempts for row in tallies(Tally.Grain.MINUTE)] == [3, 4]
    [hour] = tallies(Tally.Grain.HOUR)
    [day] = tallies(Tally.Grain.DAY)
    assert (hour.attempts, hour.delivered, hour.failed) == (7, 6, {"rejected": 1})
    assert (day.attempts, day.times) == (7, {"20": 2})


@pytest.mark.django_db
def test_folding_again_changes_nothing():
    piece(datetime(2026, 3, 1, 10, 15, tzinfo=UTC), attempts=2, delivered=2)
    rollups.fold()

    assert rollups.fold() == 0
    assert [row.attempts for row in tallies(Tally.Grain.DAY)] == [2]


@pytest.mark.django_db
def test_a_fold_that_dies_half_way_has_done_nothing(monkeypatch):
    piece(datetime(2026, 3, 1, 10, 15, tzinfo=UTC), attempts=2, delivered=2)
    real, calls = folding._add, []

    def die(pieces, grain):
        calls.append(grain)
        if len(calls) == 2:
            raise RuntimeError("killed")
        real(pieces, grain)

    monkeypatch.setattr(folding, "_add", die)
    with pytest.raises(RuntimeError):
        rollups.fold()
    monkeypatch.setattr(folding, "_add", real)

    assert not tallies(Tally.Grain.MINUTE)
    rollups.fold()
    assert [row.attempts for row in tallies(Tally.Grain.MINUTE)] == [2]


@pytest.mark.django_db
def test_what_comes_later_is_added_to_what_is_there():
    start = datetime(2026, 3, 1, 10, 15, tzinfo=UTC)
    piece(start, attempts=2, latencies={"10": 2})
    rollups.fold()
    piece(start, attempts=3, latencies={"10": 1, "12": 2})
    rollups.fold()

    [minute] = tallies(Tally.Grain.MINUTE)
    assert (minute.attempts, minute.latencies) == (5, {"10": 3, "12": 2})


@pytest.mark.django_db
def test_a_window_shows_its_own_scope_and_time_only():
    moment = now()
    piece(moment, delivered=1)
    piece(moment - timedelta(hours=3), delivered=10)
    piece(moment, scope="to", key=7, delivered=100)
    rollups.fold()

    assert rollups.total(rollups.bars(HOUR)).delivered == 1
    assert rollups.total(rollups.bars(DAY)).delivered == 11
    assert rollups.total(rollups.bars(DAY, scope="to", key=7)).delivered == 100
    assert rollups.by_key(DAY, "to", [7, 8])[8].delivered == 0


@pytest.mark.django_db
def test_old_minutes_are_deleted_and_days_are_kept():
    piece(now() - timedelta(days=60), attempts=1)
    rollups.fold()

    rollups.prune()

    assert not tallies(Tally.Grain.MINUTE)
    assert not tallies(Tally.Grain.HOUR)
    assert len(tallies(Tally.Grain.DAY)) == 1
