"""Filters over dates and times. They take ISO 8601 text, a timestamp, or what now() gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from . import formatting
from .faults import TemplateFault
from .missing import Missing
from .registry import template_filter
from .values import iso, text

_MILLISECONDS = 100_000_000_000  # a number of seconds this large is milliseconds


def moment_of(value: Any) -> datetime:
    """The moment a value stands for; without an offset it is taken as UTC."""
    if isinstance(value, datetime):
        return value
    plain = text(value).strip()
    try:
        if isinstance(value, (int, float)) or (plain.lstrip("-").isdecimal() and len(plain) > 8):
            seconds = float(plain)
            seconds = seconds / 1000 if abs(seconds) >= _MILLISECONDS else seconds
            return datetime.fromtimestamp(seconds, UTC)
        found = datetime.fromisoformat(plain)
    except (ValueError, OverflowError, OSError):
        raise TemplateFault(f"`{plain[:50]}` is not a date; ISO 8601 is expected.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def zone_of(name: Any) -> tzinfo:
    """A time zone by its name, such as Europe/Berlin, or an offset such as +02:00."""
    plain = text(name)
    if plain in ("UTC", "Z"):
        return UTC
    if plain[:1] in ("+", "-"):
        try:
            sign = -1 if plain[0] == "-" else 1
            hours, minutes = plain[1:].split(":")
            return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
        except ValueError:
            raise TemplateFault(f"`{plain[:50]}` is not an offset such as +02:00.") from None
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - seldom needed

    try:
        return ZoneInfo(plain)
    except (KeyError, ValueError, OSError):
        raise TemplateFault(f"There is no time zone `{plain[:50]}`.") from None


def _empty(value: Any) -> bool:
    return value is None or value == "" if not isinstance(value, Missing) else True


@template_filter("date", "a date or time in any form", '{{ created | date("%d.%m.%Y") }}')
def date(value: Any, pattern: str = "%Y-%m-%d", timezone: Any = None) -> str:
    """`%Y` year, `%m` month, `%d` day, `%H:%M:%S` time; in a time zone if one is given."""
    if _empty(value):
        return text(value)
    moment = moment_of(value)
    return formatting.strftime(
        moment.astimezone(zone_of(timezone)) if timezone else moment, pattern
    )


template_filter("strftime", "the same as date", '{{ now() | strftime("%H:%M") }}')(date)


@template_filter("isoformat", "ISO 8601", "{{ 0 | isoformat }} → 1970-01-01T00:00:00Z")
def isoformat(value: Any) -> str:
    """`Z` for UTC."""
    return text(value) if _empty(value) else iso(moment_of(value))


@template_filter("datetime", "text as a date to go on with", "{{ (created | datetime).year }}")
def as_datetime(value: Any) -> Any:
    """Its fields are year, month, day, hour, minute, second."""
    return value if _empty(value) else moment_of(value)


@template_filter("timezone", "in another time zone", '{{ created | timezone("Europe/Berlin") }}')
def in_timezone(value: Any, name: Any) -> Any:
    """The same moment."""
    return value if _empty(value) else moment_of(value).astimezone(zone_of(name))


@template_filter("timestamp", "seconds since 1970", "{{ created | timestamp }}")
def timestamp(value: Any) -> Any:
    """A whole number."""
    return value if _empty(value) else int(moment_of(value).timestamp())


@template_filter("timestamp_ms", "milliseconds since 1970", "{{ created | timestamp_ms }}")
def timestamp_ms(value: Any) -> Any:
    """A whole number."""
    return value if _empty(value) else int(moment_of(value).timestamp() * 1000)


@template_filter("shift", "earlier or later", "{{ created | shift(days=3) | date }}")
def shift(value: Any, days: Any = 0, hours: Any = 0, minutes: Any = 0) -> Any:
    """By whole or part days, hours and minutes; negative ones are earlier."""
    if _empty(value):
        return value
    try:
        return moment_of(value) + timedelta(
            days=float(text(days)), hours=float(text(hours)), minutes=float(text(minutes))
        )
    except (ValueError, OverflowError):
        raise TemplateFault("`shift` needs numbers that lead to a date in the calendar.") from None
