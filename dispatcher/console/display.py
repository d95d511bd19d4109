"""Small pieces of HTML that the admin's pages share. Every value is escaped."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatcher.console.names import Name
from dispatcher.console.wording import Standing, duration_words

NOTHING = "\N{EN DASH}"


def badge(standing: Standing) -> SafeString:
    """The state as a coloured label; its sentence shows when the pointer rests on it."""
    return format_html(
        '<span class="pb-badge pb-{}" title="{}">{}</span>',
        standing.tone,
        standing.sentence,
        standing.label,
    )


def link(name: Name | None) -> SafeString | str:
    """A name, linked where it has a page."""
    if name is None:
        return NOTHING
    if not name.url:
        return name.label
    return format_html('<a class="pb-link" href="{}">{}</a>', name.url, name.label)


def two_lines(first: object, second: object, url: str = "") -> SafeString:
    """A title with a quieter line under it; the title leads to `url` if there is one."""
    title = (
        format_html('<a class="pb-title" href="{}">{}</a>', url, first)
        if url
        else format_html('<span class="pb-title">{}</span>', first)
    )
    return format_html(
        '<div class="pb-two">{}<span class="pb-quiet">{}</span></div>', title, second
    )


def moment_text(moment: datetime) -> str:
    """A time in the service's time zone; today without its date, this year without its year."""
    local, today = timezone.localtime(moment), timezone.localtime()
    if local.date() == today.date():
        return date_format(local, "H:i:s")
    return date_format(local, "M j, H:i" if local.year == today.year else "M j, Y, H:i")


def moment(value: datetime | None) -> SafeString | str:
    """A time, with date, zone and milliseconds when the pointer rests on it."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value)
    exact = f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d} {local:%Z}"
    return format_html(
        '<time class="pb-time" datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        exact,
        moment_text(value),
    )


def until(value: datetime) -> str:
    """How long until then: "in 5 min", "now"."""
    seconds = (value - timezone.now()).total_seconds()
    if seconds < 1:
        return "now"
    rounded = round(seconds) if seconds < 90 else round(seconds / 60) * 60
    rounded = rounded if rounded < 7_200 else round(seconds / 3_600) * 3_600
    return f"in {duration_words(rounded)}"
