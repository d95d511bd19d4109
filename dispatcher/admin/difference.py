"""What resending with the current configuration would change, line by line."""

from __future__ import annotations

import difflib
import json
from typing import Any

from django.urls import reverse

from dispatcher.console.documents import laid_out
from dispatcher.console.erased import erased_words
from dispatcher.engine.engine import describe
from dispatcher.engine.routes import compile_route
from dispatcher.models import Delivery, Request
from dispatcher.rendering import RendererUnavailableError, renderer
from dispatcher.transports import transport
from dispatcher.work import FrozenRequest

MOST_LINES = 2_000
_KINDS = {"+": ("added", "+"), "-": ("removed", "\N{MINUS SIGN}"), " ": ("same", "")}


def difference(delivery: Delivery) -> dict[str, Any]:
    """The page's context; renders the event by the route that its rule has now."""
    before: Request | None = getattr(delivery, "request", None)
    context: dict[str, Any] = {
        "page_url": reverse("admin:dispatcher_delivery_change", args=[delivery.pk]),
        "current_url": reverse("admin:dispatcher_delivery_current", args=[delivery.pk]),
    }
    try:
        after, problem = _render(delivery)
    except RendererUnavailableError:
        return context | {"problem": "It could not be tried just now. Try again in a moment."}
    if after is None:
        return context | {"problem": problem}
    old = (
        _lines(before.method, before.url, json.loads(before.headers), before.body) if before else []
    )
    new = _lines(after.method, after.url, after.headers, after.body)
    lines = [_line(text) for text in difflib.ndiff(old, new) if text[0] != "?"]
    changed = [line for line in lines if line["kind"] != "same"]
    return context | {
        "lines": lines[:MOST_LINES],
        "is_same": not changed,
        "was_never_written": before is None,
    }


def _render(delivery: Delivery) -> tuple[FrozenRequest | None, str]:
    """The request as it would be made now, or why it cannot be."""
    route = delivery.rule.route
    if route is None:
        return None, "The rule has no configuration to send with."
    if not delivery.event.payload:
        return None, f"{erased_words(delivery.event.erased_at)} It cannot be sent again."
    compiled = compile_route(route)
    kind = transport(compiled.transport)
    job = kind.job(compiled, payload=delivery.event.payload, owner=delivery.owner)
    rendered = renderer().render(job)
    if rendered.errors:
        problem = rendered.errors[0]
        return None, f"It would fail: {describe(problem, compiled.part_name(problem.part))}"
    return kind.freeze(compiled, rendered), ""


def _lines(method: str, url: str, headers: Any, body: str) -> list[str]:
    head = [f"{method} {url}", *(f"{name}: {value}" for name, value in headers)]
    return [*head, "", *laid_out(body).splitlines()][:MOST_LINES]


def _line(text: str) -> dict[str, str]:
    kind, mark = _KINDS[text[0]]
    return {"kind": kind, "mark": mark, "text": text[2:]}
