"""The Overview's first line: whether anybody sends, whether something is late, what is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dispatcher.admin.chart import listing
from dispatcher.admin.deliveries_words import short_destination
from dispatcher.admin.trouble import DESTINATION, OnHold
from dispatcher.admin.waiting import Waiting
from dispatcher.console.wording import Standing, duration_words
from dispatcher.models import Heartbeat

SILENCE = timedelta(minutes=2)
RESTING = ("is resting after failures", "are resting after failures")
PAUSED = ("is paused", "are paused")
BY_HAND = ("is paused by hand", "are paused by hand")


def headline(
    workers: Sequence[Heartbeat], oldest: float, on_hold: Sequence[OnHold], waiting: Waiting
) -> dict[str, Any]:
    """The most urgent as a title, the rest in sentences, with the lists behind them.

    `oldest` is by how many seconds the oldest delivery is late; 0 for none.
    """
    running, held = _running(workers), _held(on_hold, waiting)
    title = Standing("good", "Everything is running")
    if oldest:
        title = Standing("warn", f"The oldest delivery should have been sent {rough(oldest)} ago")
    elif running.tone != "good":
        title = running
    elif held:
        title = held
    said = [held.sentence] if held and title is held else []
    if title is not running:
        said.append(f"{running.label}.")
    if title.tone == "good" or running.tone != "good":
        said.append(running.sentence)
    if held and title is not held:
        said += [f"{held.label}.", held.sentence]
    return {
        "tone": title.tone,
        "title": title.label,
        "text": " ".join(said),
        "late_url": listing(state="late") if oldest else "",
        "held_url": listing(state="held") if waiting.held else "",
    }


def is_alive(worker: Heartbeat) -> bool:
    """Whether it has given a sign of life lately."""
    return worker.beat_at >= timezone.now() - SILENCE


def _running(workers: Sequence[Heartbeat]) -> Standing:
    """Whether anybody is there to send."""
    alive = sum(is_alive(worker) for worker in workers)
    if alive:
        word = "worker is" if alive == 1 else "workers are"
        return Standing("good", f"{alive} {word} running", "Deliveries are sent as they come.")
    return Standing(
        "bad",
        "No worker is running",
        "Nothing is sent until a worker is started. Nothing is lost meanwhile.",
    )


def _held(on_hold: Sequence[OnHold], waiting: Waiting) -> Standing | None:
    """How many are held and why; None where nothing is, nor paused that should not be."""
    reasons = [f"{reason[0].upper()}{reason[1:]}." for reason in _reasons(on_hold, waiting)]
    if not reasons:
        return None
    count = waiting.words(waiting.held)
    label = f"{count} {'delivery is' if count == '1' else 'deliveries are'} held"
    if not waiting.held:
        label = "Nothing is held, but not everything is running"
    return Standing("warn", label, " ".join(reasons))


def _reasons(on_hold: Sequence[OnHold], waiting: Waiting) -> Iterable[str]:
    rules = [row for row in on_hold if row.kind != DESTINATION]
    places = [row for row in on_hold if row.kind == DESTINATION]
    yield from (_those(row, f"“{row.name}”", RESTING) for row in rules if not row.is_paused)
    yield from (_those(row, f"“{row.name}”", PAUSED) for row in rules if row.is_paused)
    for row in places:
        yield _those(row, short_destination(row.name), BY_HAND if row.is_paused else RESTING)
    owners = len(waiting.owners)
    if owners:
        yield (
            "1 customer or affiliate is not active"
            if owners == 1
            else f"{owners} customers or affiliates are not active"
        )


def _those(row: OnHold, name: str, verbs: tuple[str, str]) -> str:
    """One by its name, several by their number."""
    if row.amount == 1:
        return f"{row.kind} {name} {verbs[0]}"
    return f"{row.amount:,} {row.kind}s {verbs[1]}"


def rough(seconds: float) -> str:
    """In whole minutes, hours or days."""
    size = 60 if seconds < 7_200 else 3_600 if seconds < 172_800 else 86_400
    return duration_words(max(1, round(seconds / size)) * size)
