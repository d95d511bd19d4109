"""The first page: whether all is well, in figures that each lead to the list behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dispatcher import rollups
from dispatcher.admin.chart import columns, listing, time_words, waiting_url
from dispatcher.admin.deliveries_words import prepare_deliveries, short_destination
from dispatcher.admin.trouble import silent_rules, troubled_destinations
from dispatcher.admin.waiting import (
    MOST,
    MOST_EACH,
    count_words,
    waiting_by_destination,
    waiting_now,
)
from dispatcher.console import display
from dispatcher.console.wording import Standing, destination_standing, duration_words
from dispatcher.models import Delivery, Heartbeat
from dispatcher.rollups import Figures
from dispatcher.rollups.reading import DAY, WINDOWS
from dispatcher.selecting import matching
from dispatcher.selecting.times import span_text

SILENCE = timedelta(minutes=2)


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the overview's figures: all come from roll-ups or are bounded look-ups."""
    if not request.user.has_perm("dispatcher.view_delivery"):
        return context
    window = WINDOWS.get(request.GET.get("window", ""), DAY)
    bars = rollups.bars(window)
    total = rollups.total(bars)
    span = span_text(window.starts_at, timezone.now() + timedelta(minutes=1))
    heard = Heartbeat.objects.filter(beat_at__gte=timezone.now() - timedelta(hours=1))
    workers = list(heard.order_by("-beat_at"))
    late, oldest = _late()
    return context | {
        "shows_overview": True,
        "window": window,
        "windows": WINDOWS.values(),
        "columns": columns(window, bars),
        "cards": [*_cards_of_window(span, total), *_cards_of_now(oldest)],
        "attempts": total.attempts,
        "troubled": _troubled(),
        "failures": _failures(span) if total.failures else [],
        "failures_url": listing(state="failed", ended=span),
        "silent": list(silent_rules().order_by("name")[:8]),
        "workers": _workers(workers),
        "heartbeats": [_heartbeat(worker) for worker in workers[:12]],
        "late": late,
        "late_url": listing(state="late"),
    }


def _cards_of_window(span: str, total: Figures) -> list[dict[str, Any]]:
    """What ended within a span of time."""
    rate = total.success_rate
    median, slow = (rollups.percentile(total.times, share) for share in (0.5, 0.95))
    delivered, failed = (listing(state=state, ended=span) for state in ("delivered", "failed"))
    tone = "bad" if total.failures else "idle"
    return [
        _card("Delivered", f"{total.delivered:,}", "good", "check_circle", delivered),
        _card("Failed", f"{total.failures:,}", tone, "error", failed),
        _card(
            "Success rate",
            display.NOTHING if rate is None else f"{_down(rate * 100)} %",
            "good" if rate is None or rate > 0.99 else "warn",
            "percent",
            listing(state="ended", ended=span),
        ),
        _card(
            "Time to deliver: half arrive within",
            time_words(median),
            "info",
            "timer",
            listing(state="delivered", ended=span, resent="no"),
            f"95 of 100 within {time_words(slow)}",
        ),
    ]


def _cards_of_now(oldest: float) -> list[dict[str, Any]]:
    """What waits at this moment, however long ago it was created."""
    waiting, retrying = waiting_now()
    plus = "+" if retrying and waiting > MOST else ""
    return [
        _card(
            "Waiting now",
            count_words(waiting, MOST),
            "warn" if oldest else "info",
            "schedule",
            listing(state="pending"),
            f"oldest is late by {_rough(oldest)}" if oldest else "none is late",
        ),
        _card(
            "To be tried again, now",
            f"{min(retrying, MOST):,}{plus}",
            "info",
            "replay",
            listing(state="retrying"),
            "among those that wait",
        ),
    ]


def _down(percent: float) -> str:
    """Never rounded up to 100."""
    return f"{int(percent * 100) / 100:g}"


def _card(label: str, value: str, tone: str, icon: str, url: str, more: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "tone": tone, "icon": icon, "url": url, "more": more}


def _troubled() -> list[dict[str, Any]]:
    destinations = list(troubled_destinations().order_by("key")[:8])
    waiting = waiting_by_destination([destination.pk for destination in destinations])
    return [
        {
            "name": short_destination(destination.key),
            "standing": destination_standing(destination),
            "waiting": count_words(waiting[destination.pk], MOST_EACH, none=""),
            "waiting_url": waiting_url(destination.pk),
            "url": reverse("admin:dispatcher_destination_change", args=[destination.pk]),
        }
        for destination in destinations
    ]


def _failures(span: str) -> list[Delivery]:
    """The newest failures of a span of time."""
    found = matching({"state": "failed", "ended": span, "test": "no"})
    related = found.select_related("event", "rule", "destination")
    failures = list(related.defer("event__payload", "rule__credentials").order_by("-id")[:6])
    prepare_deliveries(failures)
    return failures


def _heartbeat(worker: Heartbeat) -> dict[str, Any]:
    is_alive = worker.beat_at >= timezone.now() - SILENCE
    word = "Sending" if worker.is_busy else "Waiting for work"
    return {
        "worker": worker,
        "standing": Standing("good", word) if is_alive else Standing("bad", "Silent"),
    }


def _workers(workers: list[Heartbeat]) -> Standing:
    """Whether anybody is there to send."""
    alive = sum(worker.beat_at >= timezone.now() - SILENCE for worker in workers)
    if alive:
        word = "worker is" if alive == 1 else "workers are"
        return Standing("good", f"{alive} {word} running", "Deliveries are sent as they come.")
    return Standing(
        "bad",
        "No worker is running",
        "Nothing is sent until a worker is started. Nothing is lost meanwhile.",
    )


def _late() -> tuple[Standing | None, float]:
    """Whether deliveries wait although they should have been sent, and for how many seconds."""
    late = matching({"state": "late", "test": "no"})
    oldest = late.aggregate(Min("due_at"))["due_at__min"]
    if oldest is None:
        return None, 0.0
    seconds = (timezone.now() - oldest).total_seconds()
    said = f"The oldest delivery should have been sent {_rough(seconds)} ago"
    return Standing("warn", said), seconds


def _rough(seconds: float) -> str:
    """In whole minutes, hours or days."""
    size = 60 if seconds < 7_200 else 3_600 if seconds < 172_800 else 86_400
    return duration_words(max(1, round(seconds / size)) * size)
