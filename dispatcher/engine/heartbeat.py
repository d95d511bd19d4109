"""Signs of life of worker processes, for readiness and for operators."""

from __future__ import annotations

import os
import socket

from django.db.models import F

from dispatcher.models import Heartbeat
from dispatcher.sql import now

FORGET_SECONDS = 3600


def beat(*, is_busy: bool, passed: bool = False) -> None:
    """Say that this process lives; with `passed`, that it completed a pass."""
    moment = now()
    name = f"{socket.gethostname()}:{os.getpid()}"
    changes = {"beat_at": moment, "is_busy": is_busy}
    if passed:
        changes |= {"passes": F("passes") + 1, "last_pass_at": moment}
    if not Heartbeat.objects.filter(pk=name).update(**changes):
        Heartbeat.objects.get_or_create(
            pk=name, defaults={"started_at": moment, "beat_at": moment, "is_busy": is_busy}
        )
