"""One message as the request that its service documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispatcher.chat.recorder import Recorded, record
from dispatcher.chat.services import Service, service

ELLIPSIS = "…"
_LINK_ROOM = 500


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Method, headers and body; the address and every secret are added by who sends it."""

    method: str
    content_type: str
    body: str


def chat_request(name: str, options: Mapping[str, str], *, title: str, text: str) -> ChatRequest:
    """Write a message of plain text: nothing in it mentions anybody or is read as markup.

    What is too long for the service is cut; a link in the last line is kept. Raises KeyError for
    an unknown service or a missing option, ValueError for options that the service refuses.
    """
    chosen = service(name)
    title, text = _fitting(chosen, " ".join(title.split()), text.strip())
    recorded = record(chosen.address(options), title=title, text=text)
    return ChatRequest(
        method=recorded.method,
        content_type=recorded.content_type,
        body=_finished(chosen, recorded, options, title, text),
    )


def _finished(
    chosen: Service, recorded: Recorded, options: Mapping[str, str], title: str, text: str
) -> str:
    payload: dict[str, Any] = json.loads(recorded.body)
    chosen.finish(payload, options, title, text)
    return json.dumps(payload, ensure_ascii=False)


def _fitting(chosen: Service, title: str, text: str) -> tuple[str, str]:
    """Title and text, harmless and short enough; the title is in the text where it has no field."""
    if chosen.has_title:
        return _cut(chosen, title, chosen.title_limit), _cut(chosen, text, chosen.limit)
    before, after = chosen.bold
    head = f"{before}{_cut(chosen, title, 250)}{after}\n" if title else ""
    return "", head + _cut(chosen, text, chosen.limit - chosen.measure(head))


def _cut(chosen: Service, text: str, limit: int) -> str:
    whole = chosen.neutral(text)
    if chosen.measure(whole) <= limit:
        return whole
    body, _, last = text.rpartition("\n")
    if "://" in last and len(last) <= _LINK_ROOM and chosen.measure(last) * 2 < limit:
        link = chosen.neutral(last)
        return f"{_cut(chosen, body, limit - chosen.measure(link) - 1)}\n{link}"
    return _shortened(chosen, text, limit - chosen.measure(ELLIPSIS)) + ELLIPSIS


def _shortened(chosen: Service, text: str, limit: int) -> str:
    """The longest beginning that fits once it is harmless: escapes count, and are never split."""
    shortest, longest = 0, len(text)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if chosen.measure(chosen.neutral(text[:middle])) <= limit:
            shortest = middle
        else:
            longest = middle - 1
    return chosen.neutral(text[:shortest].rstrip())
