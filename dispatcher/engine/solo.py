"""On SQLite one process delivers at a time: its writers would only wait for each other.

A lock on a file beside the database says who; the system frees it when that process dies. It is
for speed alone: leases and fences keep deliveries right without it.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.db import connection

from dispatcher import sql

WAIT_SECONDS = 1.5  # longer than a pass looks for more, so that a ring is never missed
LOOK_SECONDS = 0.05


@contextmanager
def turn() -> Iterator[bool]:
    """Whether it is this process's turn to deliver; always so on PostgreSQL."""
    if sql.is_postgresql():
        yield True
        return
    with connection.cursor() as cursor:
        # A power cut may undo the last records of a worker: then it sends once more. What an
        # emitter was answered is written through before the answer.
        cursor.execute("PRAGMA synchronous=NORMAL")
    path = Path(str(connection.settings_dict["NAME"]) + "-delivering")
    with path.open("w") as file:
        yield _take(file)


def _take(file: IO[str]) -> bool:
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > give_up:
                return False
            time.sleep(LOOK_SECONDS)
        else:
            return True
