"""Keeps the text of a message what it is: no mention, link or markup comes out of a value."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

BREAK = "\N{ZERO WIDTH SPACE}"
"""Between two characters that would mean something together; nobody sees it."""

_URL = re.compile(r"https?://[^\s<>\[\](){}|\\`*\"]+")
_MARKDOWN = re.compile(r"([\\`*_~|\[\]()<>#])")
_DELIMITER = re.compile(r"(?<!\w)([*_~`]+)(?=\S)")
_MENTION = re.compile(r"(?<![\w.])@(?=\w)")


def entities(text: str) -> str:
    """For Slack and Telegram: nothing but `&`, `<` and `>` means anything."""
    return html.escape(text, quote=False)


def backslashes(text: str) -> str:
    """For Markdown that knows backslashes; addresses stay whole, so that they can be clicked."""
    return _mentions(_outside_urls(text, lambda part: _MARKDOWN.sub(r"\\\1", part)))


def slack_like(text: str) -> str:
    """Markdown that also reads Slack's `<!channel>` and `<address|text>`."""
    return backslashes(text).replace("<", f"<{BREAK}")


def breaks(text: str) -> str:
    """For markup without an escape: what would begin it is parted from what follows."""

    def one(part: str) -> str:
        part = _DELIMITER.sub(rf"\1{BREAK}", part)
        return part.replace("](", f"]{BREAK}(").replace("<", f"<{BREAK}")

    return _mentions(_outside_urls(text, one)).replace("](http", f"]{BREAK}(http")


def plain(text: str) -> str:
    """For services that show text as it is."""
    return text


def _mentions(text: str) -> str:
    return _MENTION.sub(f"@{BREAK}", text)


def _outside_urls(text: str, change: Callable[[str], str]) -> str:
    pieces, end = [], 0
    for found in _URL.finditer(text):
        pieces += [change(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*pieces, change(text[end:])])
