"""Looks after the service's own health, and after routes that settings have made old."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from dispatcher.services import health
from notifications.models import Attachment
from notifications.services.operations import note_backlog, note_silence
from notifications.services.routes import is_current, refresh_route

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 30.0


class HealthWatch:
    """Asks now and then, in each worker process, whether all is well."""

    def __init__(self) -> None:
        self._next: datetime | None = None

    def next_due(self) -> datetime | None:
        """When to look again; no query."""
        if self._next is None:
            self._next = timezone.now() + timedelta(seconds=LOOK_SECONDS)
        return self._next

    def run(self) -> int:
        """Look once, and note what changed."""
        self._next = timezone.now() + timedelta(seconds=LOOK_SECONDS)
        note_backlog(overdue_seconds=health.overdue_seconds())
        silent, alive = health.hosts()
        note_silence(hosts=silent, alive=alive)
        return 0


class RouteWatch:
    """Compiles every attached channel anew once per worker process.

    So what a setting or a new version changed (which statuses are retried, what a message says)
    counts after a restart. What is the same as before stays the same route.
    """

    def __init__(self) -> None:
        self._done_for: object = None

    def _present(self) -> object:
        return (
            tuple(settings.NOTIFICATIONS_RETRY_STATUSES),
            tuple(settings.NOTIFICATIONS_RETRY_DELAYS),
            settings.NOTIFICATIONS_DEADLINE,
        )

    def next_due(self) -> datetime | None:
        """Now, until it was done with the present settings; no query."""
        return None if self._done_for == self._present() else timezone.now()

    def run(self) -> int:
        """Do it; where it fails for one reason or another, the old route stays."""
        self._done_for = self._present()
        for one in Attachment.objects.select_related("rule__route", "channel"):
            try:
                if not is_current(one):
                    refresh_route(one, by=None)
            except Exception as error:  # noqa: BLE001 - one channel's trouble is not the others'
                logger.warning("channel_not_compiled", id=one.pk, error=type(error).__name__)
        return 0
