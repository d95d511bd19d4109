"""Filters of the operators' pages."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.utils import ErrorList
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from dispatcher.console import display, names, noted_history, wording

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
register.filter("noted_records", noted_history.records)
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


@register.filter
def prose(text: object) -> SafeString | str:
    """A sentence whose `names` are shown as code; everything in it stays text."""
    pieces = re.split(r"`([^`\n]+)`", str(text))
    if len(pieces) == 1:
        return escape(text)
    parts = (
        format_html('<code class="pb-name">{}</code>', piece) if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    )
    return format_html_join("", "{}", ((part,) for part in parts))


@register.filter
def is_conflict(errors: object) -> bool:
    """Whether somebody else was faster, so that the page has to be loaded again."""
    found = errors.as_data() if isinstance(errors, ErrorList) else []
    return any(error.code == "conflict" for error in found)


@register.filter
def names_fields(form: Any) -> bool:
    """Whether a form has errors beside its fields (or is none of which that is known)."""
    errors = getattr(form, "errors", None)
    return errors is None or any(name != NON_FIELD_ERRORS for name in errors)
