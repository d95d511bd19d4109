"""Going on when the database is away for a while: results in hand must not be lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

logger = structlog.get_logger(__name__)
T = TypeVar("T")

PATIENCE_SECONDS = 60.0


def persistently(write: Callable[[], T]) -> T:
    """Repeat a transaction through a database restart or a deadlock.

    Raises the last error after PATIENCE_SECONDS; leases then run out and others go on.
    """
    give_up = time.monotonic() + PATIENCE_SECONDS
    pause = 0.1
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > give_up or connection.in_atomic_block:
                raise
            logger.warning("database_not_answering", error=type(error).__name__)
            connection.close()
            time.sleep(pause)
            pause = min(2.0, pause * 2)
