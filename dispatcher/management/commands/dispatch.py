"""Delivers without django-q2: for debugging, and to keep going when a cluster is stuck."""

from __future__ import annotations

import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from dispatcher.engine import tasks
from dispatcher.engine.upkeep import Upkeep
from dispatcher.engine.waker import Watch

LOOK_SECONDS = 0.2


class Command(BaseCommand):
    help = "Deliver what is due, in this process, until stopped (or with --once, until done)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="End as soon as nothing more is due now."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._is_stopped = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        watch, upkeep = Watch(), Upkeep()
        while not self._is_stopped:
            upkeep.look()
            if watch.look():
                self.stdout.write(f"{tasks.deliver()} attempts made")
            elif options["once"]:
                break
            time.sleep(LOOK_SECONDS)

    def _stop(self, *args: Any) -> None:
        self._is_stopped = True
