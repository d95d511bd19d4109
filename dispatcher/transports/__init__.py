"""How a route's message is rendered and sent. A new kind is one file and one line here."""

from __future__ import annotations

from dispatcher.transports.base import FilledTransport, Sender, Transport
from dispatcher.transports.callback import Callback
from dispatcher.transports.chat import Chat
from dispatcher.transports.email import Email
from dispatcher.transports.webhook import Webhook

_WEBHOOK = Webhook()
_RENDERED: dict[str, Transport] = {"http": _WEBHOOK, "email": Email(), "chat": Chat()}
_FILLED: dict[str, FilledTransport] = {"callback": Callback(_WEBHOOK)}


def transport(name: str) -> Transport:
    """The transport that renders and sends such a route; KeyError where there is none."""
    return _RENDERED[name]


def filled_transport(name: str) -> FilledTransport | None:
    """The transport that fills such a route's requests without rendering, if it is one."""
    return _FILLED.get(name)


def sender(name: str) -> Sender:
    """What sends such a route's requests; KeyError for one this version does not know."""
    return _FILLED.get(name) or _RENDERED[name]
