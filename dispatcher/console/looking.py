"""What is configured, as somebody sees it who may look and not change: no secret is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dispatcher.console import display

MASK = "••••••"


def stored(value: object) -> str:
    """Of a secret only whether there is one."""
    return f"{MASK} (stored, never shown)" if value else "none is stored"


def facts(pairs: Iterable[tuple[str, object]]) -> SafeString:
    """Names with their values; one that is empty is a dash."""
    rows = ((name, display.NOTHING if value in {None, ""} else value) for name, value in pairs)
    return format_html(
        '<dl class="pb-facts pb-looked-at">{}</dl>',
        format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows),
    )


def name_value_rows(rows: Iterable[Mapping[str, Any]] | None, nothing: str) -> SafeString | str:
    """Headers or parameters as a table; `nothing` is said where there are none."""
    found = [(row.get("name", ""), _value(row)) for row in rows or ()]
    if not found:
        return nothing
    return format_html(
        '<table class="pb-table pb-headers pb-looked-at"><thead><tr><th>Name</th><th>Value</th>'
        "</tr></thead><tbody>{}</tbody></table>",
        format_html_join(
            "", '<tr><td class="pb-mono">{}</td><td class="pb-mono">{}</td></tr>', found
        ),
    )


def _value(row: Mapping[str, Any]) -> str:
    return f"{MASK} (secret)" if row.get("is_secret") else str(row.get("value", ""))
