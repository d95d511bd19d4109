"""The first page: what went out lately, what waits, and who does not answer."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dispatcher.admin.deliveries import prepare_deliveries, short_destination
from dispatcher.admin.destinations import waiting_by_destination
from dispatcher.admin.filters import first_id, held
from dispatcher.console.wording import LATE, Standing, destination_standing
from dispatcher.models import Delivery, Destination, Heartbeat
from dispatcher.models.rules import Breaker

COUNTED = 10_000
SILENCE = timedelta(minutes=2)


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the overview's figures: each is bounded, however large the tables are."""
    if not request.user.has_perm("dispatcher.view_delivery"):
        return context
    states, is_capped = _last_day()
    waiting, _ = waiting_by_destination()
    return context | {
        "shows_overview": True,
        "cards": _cards(states, waiting.total()),
        "is_capped": is_capped,
        "troubled": _troubled(waiting),
        "failures": _failures(),
        "workers": _workers(),
        "late": _late(),
    }


def _last_day() -> tuple[Counter[str], bool]:
    """Deliveries of the last 24 hours by state, the newest 10,000 at most."""
    since = first_id(timezone.now() - timedelta(days=1))
    newest = Delivery.objects.filter(uid__gte=since, is_test=False).order_by("-uid")
    counted = Delivery.objects.filter(pk__in=newest.values("pk")[:COUNTED])
    rows = counted.values_list("state").annotate(Count("id")).order_by()
    states = Counter(dict(rows))
    return states, states.total() >= COUNTED


def _cards(states: Counter[str], waiting: int) -> list[dict[str, Any]]:
    listing = reverse("admin:dispatcher_delivery_changelist")
    return [
        _card(
            "Delivered", states["delivered"], "good", "check_circle", f"{listing}?state=delivered"
        ),
        _card("Failed", states["failed"], "bad", "error", f"{listing}?state=failed"),
        _card("Canceled", states["canceled"], "idle", "block", f"{listing}?state=canceled"),
        _card("Waiting now", waiting, "info", "schedule", f"{listing}?state=pending"),
    ]


def _card(label: str, count: int, tone: str, icon: str, url: str) -> dict[str, Any]:
    plus = "+" if count >= COUNTED else ""
    return {
        "label": label,
        "count": f"{min(count, COUNTED):,}{plus}",
        "tone": tone if count else "idle",
        "icon": icon,
        "url": url,
    }


def _troubled(waiting: Counter[int]) -> list[dict[str, Any]]:
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


def _workers() -> Standing:
    """Whether anybody is there to send."""
    alive = Heartbeat.objects.filter(beat_at__gte=timezone.now() - SILENCE).count()
    if alive:
        word = "worker is" if alive == 1 else "workers are"
        return Standing("good", f"{alive} {word} running", "Deliveries are sent as they come.")
    return Standing(
        "bad",
        "No worker is running",
        "Nothing is sent until a worker is started. Nothing is lost meanwhile.",
    )


def _late() -> Standing | None:
    """Whether deliveries wait although they should have been sent."""
    due = Delivery.objects.filter(state=Delivery.State.PENDING, is_parked=False).exclude(held())
    oldest = due.filter(due_at__lt=timezone.now() - LATE).aggregate(Min("due_at"))["due_at__min"]
    if oldest is None:
        return None
    minutes = int((timezone.now() - oldest).total_seconds() // 60)
    return Standing("warn", f"The oldest delivery should have been sent {minutes} min ago")
