"""The first page: whether all is well, in figures that each lead to the list behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Min
from django.http import HttpRequest
from django.utils import timezone

from dispatcher import rollups
from dispatcher.admin.chart import columns, listing, time_words
from dispatcher.admin.deliveries_words import prepare_deliveries
from dispatcher.admin.headline import headline, is_alive, rough
from dispatcher.admin.trouble import (
    destinations_in_trouble,
    on_hold,
    rules_in_trouble,
    silent_rules,
)
from dispatcher.admin.waiting import MOST, Waiting, count_words, waiting_now
from dispatcher.console import display
from dispatcher.console.wording import Standing
from dispatcher.models import Delivery, Heartbeat
from dispatcher.rollups import Figures
from dispatcher.rollups.reading import DAY, WINDOWS
from dispatcher.selecting import matching
from dispatcher.selecting.filters import late
from dispatcher.selecting.times import span_text

AGAIN = "one that was sent again counts twice, and is listed once"
SINCE = "the list leaves out what was sent again or canceled since"


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
    waiting, oldest = waiting_now(), _oldest()
    return context | {
        "shows_overview": True,
        "window": window,
        "windows": WINDOWS.values(),
        "columns": columns(window, bars),
        "cards": [*_cards_of_window(span, total), *_cards_of_now(waiting, oldest)],
        "attempts": total.attempts,
        "headline": headline(workers, oldest, on_hold(waiting), waiting),
        "destinations": destinations_in_trouble(),
        "rules": rules_in_trouble(waiting),
        "failures": _failures(span) if total.failures else [],
        "failures_url": listing(state="failed", ended=span),
        "silent": list(silent_rules().order_by("name")[:8]),
        "heartbeats": [_heartbeat(worker) for worker in workers[:12]],
    }


def _cards_of_window(span: str, total: Figures) -> list[dict[str, Any]]:
    """What ended within a span of time."""
    rate = total.success_rate
    median, slow = (rollups.percentile(total.times, share) for share in (0.5, 0.95))
    delivered, failed = (listing(state=state, ended=span) for state in ("delivered", "failed"))
    tone = "bad" if total.failures else "idle"
    return [
        _card("Delivered", f"{total.delivered:,}", "good", "check_circle", delivered, AGAIN),
        _card("Failed", f"{total.failures:,}", tone, "error", failed, SINCE),
        _card(
            "Success rate",
            display.NOTHING if rate is None else f"{_down(rate * 100)} %",
            "good" if rate is None or rate > 0.99 else "warn",
            "percent",
            listing(state="ended", ended=span),
            "one that was sent again counts twice",
        ),
        _card(
            "Time to deliver: half arrive within",
            time_words(median),
            "info",
            "timer",
            listing(state="delivered", ended=span, resent="no"),
            f"95 of 100 within {time_words(slow)}; resends left out",
        ),
    ]


def _cards_of_now(waiting: Waiting, oldest: float) -> list[dict[str, Any]]:
    """What waits at this moment, however long ago it was created."""
    held = f"{waiting.words(waiting.held)} held, " if waiting.held else ""
    late = f"oldest is late by {rough(oldest)}" if oldest else "none is late"
    return [
        _card(
            "Waiting now",
            count_words(waiting.total, MOST),
            "warn" if oldest or waiting.held else "info",
            "schedule",
            listing(state="pending"),
            held + late,
        ),
        _card(
            "To be tried again, now",
            waiting.words(waiting.retrying),
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


def _failures(span: str) -> list[Delivery]:
    """The newest failures of a span of time."""
    found = matching({"state": "failed", "ended": span, "test": "no"})
    related = found.select_related("event", "rule", "destination")
    failures = list(related.defer("event__payload", "rule__credentials").order_by("-id")[:6])
    prepare_deliveries(failures)
    return failures


def _heartbeat(worker: Heartbeat) -> dict[str, Any]:
    word = "Sending" if worker.is_busy else "Waiting for work"
    return {
        "worker": worker,
        "standing": Standing("good", word) if is_alive(worker) else Standing("bad", "Silent"),
    }


def _oldest() -> float:
    """For how many seconds the oldest that should have been sent has been due; 0 for none."""
    late_ones = Delivery.objects.filter(late(), is_test=False)
    oldest = late_ones.aggregate(Min("due_at"))["due_at__min"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0
