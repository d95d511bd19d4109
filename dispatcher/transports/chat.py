"""Sends a readable message to a chat service, in the form that the service documents."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from dispatcher.chat import chat_request
from dispatcher.http import Exchange
from dispatcher.rendering import Rendered
from dispatcher.transports.webhook import USER_AGENT, Webhook
from dispatcher.types import Outcome
from dispatcher.work import CompiledRoute, Credentials, FrozenRequest, Work

MASK = "••••••"
INCOMPLETE = "A secret part of this channel is missing. Open the channel and enter it again."
RETRY_AFTER_MAX = 86_400.0
_TOO_MANY = 429
_SEPARATORS = re.compile(r"[/?&=:]")
_TELLING = 10  # a shorter part of an address is no secret by itself


class Chat(Webhook):
    """One HTTP request, written by Apprise and sent like any other.

    The route's spec holds `service` (of `dispatcher.chat`), `options`, `url` with a `{name}` for
    each secret part, and `templates`, each with its `part`: title or text. The secret parts are
    the rule's credentials.
    """

    def freeze(self, route: CompiledRoute, rendered: Rendered) -> FrozenRequest:
        spec = route.spec
        names = [part["part"] for part in spec["templates"]]
        parts = dict(zip(names, rendered.outputs, strict=True))
        written = chat_request(
            spec["service"],
            spec.get("options", {}),
            title=parts.get("title", ""),
            text=parts.get("text", ""),
        )
        return FrozenRequest(
            method=written.method,
            url=spec["url"],
            headers=(("Content-Type", written.content_type), ("User-Agent", USER_AGENT)),
            body=written.body,
            warnings=tuple(
                {"line": w.line, "message": w.message, "part": names[w.part]}
                for w in rendered.warnings
            ),
        )

    def send(self, work: Work) -> Exchange:
        request = work.request
        assert request is not None  # noqa: S101 - the pass renders before it sends
        url = request.url
        for name, value in work.credentials.secrets:
            url = url.replace("{" + name + "}", value)
        if "{" in url:
            return Exchange(outcome=Outcome.CONFIGURATION_ERROR, error=INCOMPLETE)
        exchange = self.transmit(work, replace(request, url=url))
        judge(exchange)
        _hide(exchange, work.credentials)
        return exchange


def judge(exchange: Exchange) -> None:
    """What these services say in the body alone: a refusal with 200, how long to wait."""
    if exchange.outcome not in {Outcome.DELIVERED, Outcome.REJECTED}:
        return
    answer = _answer(exchange.body)
    if exchange.outcome == Outcome.DELIVERED:
        if answer.get("ok") is False or answer.get("success") is False:
            exchange.outcome = Outcome.REJECTED
            exchange.error = "The service answered that it did not take the message."
    elif exchange.status == _TOO_MANY and exchange.retry_after is None:
        exchange.retry_after = _wait(answer)


def _wait(answer: dict[str, Any]) -> float | None:
    """Seconds, where Discord and Telegram say them."""
    parameters = answer.get("parameters")
    inner = parameters.get("retry_after") if isinstance(parameters, dict) else None
    seconds = answer.get("retry_after", inner)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
        return None
    return min(float(seconds), RETRY_AFTER_MAX)


def _answer(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _hide(exchange: Exchange, credentials: Credentials) -> None:
    """A service that repeats a secret in its answer does not get it into the ledger."""
    whole = [value for _, value in credentials.secrets]
    whole += [value.rpartition(" ")[2] for _, value in credentials.headers]
    parts = [part for value in whole for part in _SEPARATORS.split(value) if len(part) >= _TELLING]
    for secret in filter(None, [*whole, *parts]):
        exchange.body = exchange.body.replace(secret.encode(), MASK.encode())
        exchange.error = exchange.error.replace(secret, MASK)
        exchange.headers = [(name, value.replace(secret, MASK)) for name, value in exchange.headers]
