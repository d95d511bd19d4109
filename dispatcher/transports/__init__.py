"""How a route's message is rendered and sent. A new kind is one file and one line here."""

from __future__ import annotations

from dispatcher.transports.base import Transport
from dispatcher.transports.email import Email
from dispatcher.transports.webhook import Webhook

_TRANSPORTS: dict[str, Transport] = {"http": Webhook(), "email": Email()}


def transport(name: str) -> Transport:
    """The transport that a route names; KeyError for one this version does not know."""
    return _TRANSPORTS[name]
