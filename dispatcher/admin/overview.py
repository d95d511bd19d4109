"""The first page: whether all is well, in figures that each lead to the list behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dispatcher import rollups
from dispatcher.admin.chart import columns, listing, time_words
from dispatcher.admin.deliveries_words import prepare_deliveries, short_destination
from dispatcher.admin.destinations import waiting_by_destination
from dispatcher.console import display
from dispatcher.console.wording import LATE, Standing, destination_standing, duration_words
from dispatcher.models import Delivery, Destination, Heartbeat, Rule, Tally
from dispatcher.models.rules import Breaker
from dispatcher.rollups import Figures, Window
from dispatcher.rollups.reading import DAY, WINDOWS
from dispatcher.selecting.filters import held
from dispatcher.selecting.times import span_text

COUNTED = 10_000
SILENCE = timedelta(minutes=2)
SILENT_RULES = timedelta(days=30)


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the overview's figures: all come from roll-ups or are bounded look-ups."""
    if not request.user.has_perm("dispatcher.view_delivery"):
        return context
    window = WINDOWS.get(request.GET.get("window", ""), DAY)
    bars = rollups.bars(window)
    waiting, _ = waiting_by_destination()
    workers = list(Heartbeat.objects.filter(beat_at__gte=timezone.now() - timedelta(hours=1)))
    late, oldest = _late()
    return context | {
        "shows_overview": True,
        "window": window,
        "windows": WINDOWS.values(),
        "columns": columns(window, bars),
        "cards": _cards(window, rollups.total(bars), waiting.total(), oldest),
        "troubled": _troubled(waiting),
        "failures": _failures(),
        "silent": _silent_rules(),
        "workers": _workers(workers),
        "heartbeats": [_heartbeat(worker) for worker in workers[:12]],
        "late": late,
    }


def _cards(window: Window, total: Figures, waiting: int, oldest: float) -> list[dict[str, Any]]:
    span = span_text(window.starts_at, timezone.now() + timedelta(minutes=1))
    rate = total.success_rate
    plus = "+" if waiting >= COUNTED else ""
    median, slow = (rollups.percentile(total.times, share) for share in (0.5, 0.95))
    delivered, failed = (listing(state=state, ended=span) for state in ("delivered", "failed"))
    return [
        _card("Delivered", f"{total.delivered:,}", "good", "check_circle", delivered),
        _card(
            "Failed", f"{total.failures:,}", "bad" if total.failures else "idle", "error", failed
        ),
        _card(
            "Success rate",
            display.NOTHING if rate is None else f"{_down(rate * 100)} %",
            "good" if rate is None or rate > 0.99 else "warn",
            "percent",
            listing(ended=span),
        ),
        _card(
            "Time to deliver: half arrive within",
            time_words(median),
            "info",
            "timer",
            delivered,
            f"95 of 100 within {time_words(slow)}",
        ),
        _card(
            "Waiting now",
            f"{min(waiting, COUNTED):,}{plus}",
            "warn" if oldest else "info",
            "schedule",
            f"{reverse('admin:dispatcher_delivery_changelist')}?state=pending",
            f"oldest is late by {_rough(oldest)}" if oldest else "none is late",
        ),
        _card(
            "Attempts that will be repeated",
            f"{total.retried:,}",
            "info",
            "replay",
            f"{reverse('admin:dispatcher_delivery_changelist')}?state=retrying",
            f"of {total.attempts:,} attempts",
        ),
    ]


def _down(percent: float) -> str:
    """Never rounded up to 100."""
    return f"{int(percent * 100) / 100:g}"


def _card(label: str, value: str, tone: str, icon: str, url: str, more: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "tone": tone, "icon": icon, "url": url, "more": more}


def _troubled(waiting: Any) -> list[dict[str, Any]]:
    """Destinations that fail or were paused."""
    unwell = ~Q(breaker=Breaker.BreakerState.CLOSED) | Q(state=Destination.State.PAUSED)
    return [
        {
            "name": short_destination(destination.key),
            "standing": destination_standing(destination),
            "waiting": waiting[destination.pk],
            "url": reverse("admin:dispatcher_destination_change", args=[destination.pk]),
        }
        for destination in Destination.objects.filter(unwell).order_by("key")[:8]
    ]


def _failures() -> list[Delivery]:
    """The newest failures, by the index of failed deliveries."""
    failures = list(
        Delivery.objects.filter(state=Delivery.State.FAILED)
        .select_related("event", "rule", "destination")
        .defer("event__payload", "rule__credentials")
        .order_by("-id")[:6]
    )
    prepare_deliveries(failures)
    return failures


def _silent_rules() -> list[Rule]:
    """Active rules by which nothing was sent for a month, and which are older than that."""
    since = timezone.now() - SILENT_RULES
    sent = Tally.objects.filter(
        scope=Tally.Scope.RULE, key=OuterRef("pk"), grain=Tally.Grain.DAY, starts_at__gte=since
    )
    active = Rule.objects.filter(state=Rule.State.ACTIVE, route__isnull=False)
    found = active.filter(~Exists(sent)).defer("credentials")
    return list(found.order_by("name")[:8])


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
    due = Delivery.objects.filter(state=Delivery.State.PENDING, is_parked=False).exclude(held())
    oldest = due.filter(due_at__lt=timezone.now() - LATE).aggregate(Min("due_at"))["due_at__min"]
    if oldest is None:
        return None, 0.0
    seconds = (timezone.now() - oldest).total_seconds()
    said = f"The oldest delivery should have been sent {_rough(seconds)} ago"
    return Standing("warn", said), seconds


def _rough(seconds: float) -> str:
    """In whole minutes, hours or days."""
    size = 60 if seconds < 7_200 else 3_600 if seconds < 172_800 else 86_400
    return duration_words(max(1, round(seconds / size)) * size)
