"""Filters of the operators' pages."""

from __future__ import annotations

from django import template

from dispatcher.console import display, names, wording

register = template.Library()

_ICONS = {
    "good": "check_circle",
    "bad": "error",
    "warn": "pause_circle",
    "info": "schedule",
    "idle": "block",
}

register.filter("badge", display.badge)
register.filter("moment", display.moment)
register.filter("named", display.link)
register.filter("readable", names.readable)
register.filter("type_label", wording.type_label)


@register.filter
def tone_icon(tone: str) -> str:
    """The symbol of a tone."""
    return _ICONS.get(tone, "info")


@register.filter
def unlocalized(number: float) -> str:
    """A number for CSS, whatever the language of the page."""
    return f"{number:.2f}"


@register.filter
def thousands(number: int) -> str:
    """A count as the pages write it: 100,000."""
    return f"{number:,}"
