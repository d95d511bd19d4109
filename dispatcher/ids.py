"""Identifiers that sort by time (RFC 9562 section 5.7)."""

from __future__ import annotations

import os
import time
import uuid
from datetime import UTC, datetime


def uuid7() -> uuid.UUID:
    """A version 7 UUID: 48 bits of milliseconds, 12 bits of their fraction, 62 random bits."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | random
    return uuid.UUID(int=value)


def first_id(moment: datetime) -> uuid.UUID:
    """The smallest version 7 UUID of this time: a time range is a range of ids."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)


def moment_of(uid: uuid.UUID) -> datetime:
    """When a version 7 UUID was made, to the millisecond."""
    return datetime.fromtimestamp((uid.int >> 80) / 1000, UTC)
