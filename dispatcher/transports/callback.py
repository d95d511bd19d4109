"""Calls a URL by GET or POST, its macros filled from the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dispatcher.http import Exchange
from dispatcher.macros import CallbackRequest
from dispatcher.transports.base import FilledTransport
from dispatcher.transports.webhook import USER_AGENT, Webhook
from dispatcher.work import Filler, FrozenRequest, Work


class Callback(FilledTransport):
    """An affiliate's callback: GET, POST of a form, POST of a JSON object.

    Spec: see `CallbackRequest`. It is sent as webhooks are, over the same connections and with
    the same headers, credentials and signature.
    """

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook

    def filler(self, spec: Mapping[str, Any]) -> Filler:
        request = CallbackRequest(spec)

        def fill(payload: str) -> FrozenRequest:
            return _signed_by_us(request.fill(payload))

        return fill

    def send(self, work: Work) -> Exchange:
        return self._webhook.send(work)


def _signed_by_us(request: FrozenRequest) -> FrozenRequest:
    """With our User-Agent, unless the affiliate wants another."""
    if any(name.lower() == "user-agent" for name, _ in request.headers):
        return request
    return replace(request, headers=(*request.headers, ("User-Agent", USER_AGENT)))
