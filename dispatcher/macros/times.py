"""How times are written: a few directives of strftime that mean the same on every system."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

DIRECTIVES: Mapping[str, tuple[str, Callable[[datetime], str]]] = {
    "%Y": ("year, 2026", lambda at: f"{at.year:04d}"),
    "%y": ("year in two digits, 26", lambda at: f"{at.year % 100:02d}"),
    "%m": ("month, 01 to 12", lambda at: f"{at.month:02d}"),
    "%d": ("day, 01 to 31", lambda at: f"{at.day:02d}"),
    "%j": ("day of the year, 001 to 366", lambda at: f"{at.timetuple().tm_yday:03d}"),
    "%H": ("hour, 00 to 23", lambda at: f"{at.hour:02d}"),
    "%M": ("minute, 00 to 59", lambda at: f"{at.minute:02d}"),
    "%S": ("second, 00 to 59", lambda at: f"{at.second:02d}"),
    "%%": ("a percent sign", lambda _: "%"),
}
"""Directive → its meaning, and how it is written. Times are in UTC."""

NAMED_FORMATS: Mapping[str, tuple[str, Callable[[datetime], str]]] = {
    "unix": ("seconds since 1970, 1795267800", lambda at: str(int(at.timestamp()))),
    "unix_ms": (
        "milliseconds since 1970, 1795267800000",
        lambda at: str(int(at.timestamp()) * 1000 + at.microsecond // 1000),
    ),
    "iso": ("2026-11-21T13:30:00Z", lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z"),
}
"""Formats that go by a name."""

_DIRECTIVE = re.compile(r"%.?", re.DOTALL)


def check_format(form: str) -> str:
    """Say what is wrong with a time format; "" when it can be used."""
    if form in NAMED_FORMATS:
        return ""
    found = _DIRECTIVE.findall(form)
    unknown = next((one for one in found if one not in DIRECTIVES), "")
    if unknown or not found:
        what = f"{unknown} is" if unknown else f"“{form[:40]}” is"
        known = " ".join(one for one in DIRECTIVES if one != "%%")
        return f"{what} no time format. Use {known}, or {', '.join(NAMED_FORMATS)}."
    return ""


def write_time(value: str, form: str) -> str:
    """An ISO time in this format, in UTC. Raises ValueError for what is no time."""
    at = datetime.fromisoformat(value)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if form in NAMED_FORMATS:
        return NAMED_FORMATS[form][1](at)
    return _DIRECTIVE.sub(lambda found: DIRECTIVES[found[0]][1](at), form)
