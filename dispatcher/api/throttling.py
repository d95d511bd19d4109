"""Rates: counted in fixed windows on the shared cache.

Django REST framework's own throttles keep a list of times in the cache, which at thousands of
requests per second costs more than the request. Here a process takes permits from the shared
counter in small blocks. When the cache is down nobody is refused: a limit protects the service,
and must not be what stops it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from dispatcher.api.authentication import Caller

logger = structlog.get_logger(__name__)

QUIET_SECONDS = 5.0  # after a failure the cache is left alone, or each request would wait for it
_PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_BLOCKS_PER_WINDOW = 50
_MOST_KEYS = 10_000


class Rate(NamedTuple):
    permits: int
    seconds: int


@lru_cache(maxsize=64)
def parse_rate(text: str) -> Rate | None:
    """`2000/second` as numbers; None for an empty one: no limit. Raises ImproperlyConfigured."""
    if not text:
        return None
    count, _, period = text.partition("/")
    try:
        return Rate(int(count), _PERIODS[period.strip().lower()])
    except (ValueError, KeyError):
        message = f"{text!r} is not a rate. Write it as 100/second; or minute, hour, day."
        raise ImproperlyConfigured(message) from None


@dataclass(slots=True)
class _Window:
    number: int
    left: int = 0
    is_full: bool = False


_windows: dict[str, _Window] = {}
_lock = threading.Lock()
_quiet_until = 0.0


def forget() -> None:
    """Start counting anew in this process (for tests)."""
    global _quiet_until  # noqa: PLW0603 - this process's memory of the cache being down
    _windows.clear()
    _quiet_until = 0.0


def take(key: str, rate: Rate) -> float:
    """Take one permit: 0.0, or the seconds after which there are new ones."""
    moment = time.time()
    number = int(moment // rate.seconds)
    with _lock:
        window = _windows.get(key)
        if window is None or window.number != number:
            _make_room()
            window = _windows[key] = _Window(number)
        if window.left > 0:
            window.left -= 1
            return 0.0
        is_full = window.is_full
    if is_full or not _take_block(key, window, rate):
        return (number + 1) * rate.seconds - moment
    return 0.0


def _make_room() -> None:
    if len(_windows) > _MOST_KEYS:
        _windows.clear()  # the shared counters still know


def _take_block(key: str, window: _Window, rate: Rate) -> bool:
    """Take a block from the shared counter and use one permit of it."""
    size = max(1, rate.permits // _BLOCKS_PER_WINDOW)
    taken = _count(f"throttle:{key}:{window.number}", size, rate.seconds)
    if taken is None:
        return True
    granted = min(size, rate.permits - (taken - size))
    with _lock:
        window.is_full = granted <= 0
        window.left += max(0, granted - 1)
    return granted > 0


def _count(key: str, size: int, seconds: int) -> int | None:
    """The shared counter after adding `size`; None while the cache is down."""
    global _quiet_until  # noqa: PLW0603 - this process's memory of the cache being down
    if time.monotonic() < _quiet_until:
        return None
    try:
        try:
            return int(cache.incr(key, size))
        except ValueError:  # not there yet, or another process was faster
            if cache.add(key, size, timeout=seconds + 5):
                return size
            return int(cache.incr(key, size))
    except (RedisError, OSError, ValueError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        logger.warning("throttle_cache_unavailable", error=type(error).__name__)
        return None


class Throttle(BaseThrottle):
    """By token, at the rate of the setting that the view names in `rate`."""

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        caller: Any = request.auth
        if not isinstance(caller, Caller):
            return self.allow_stranger(request)
        name: str = getattr(view, "rate", "READ_RATE")
        rate = parse_rate(getattr(settings, name))
        self._wait = take(f"{name}:{caller.token_id[:8]}", rate) if rate else 0.0
        return not self._wait

    def allow_stranger(self, request: Request) -> bool:
        """Requests without a valid token, by address."""
        rate = parse_rate(settings.ANONYMOUS_RATE)
        address = self.get_ident(request)
        self._wait = take(f"ANONYMOUS_RATE:{address}", rate) if rate else 0.0
        return not self._wait

    def wait(self) -> float:
        return self._wait
