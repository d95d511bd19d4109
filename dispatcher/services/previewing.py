"""What a callback would send, made by the functions that send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispatcher import http
from dispatcher.macros import MacroError
from dispatcher.transports import filled_transport
from dispatcher.transports.webhook import for_one_attempt
from dispatcher.work import Credentials

MASK = "\N{BULLET}" * 6
MESSAGE_ID = "01990000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class PreviewedRequest:
    """A request as it would be on the wire; what is secret is masked."""

    method: str
    url: str
    line: str
    headers: tuple[tuple[str, str], ...]
    body: str


class PreviewError(ValueError):
    """Nothing could be sent; the message says why."""


def preview_callback(
    *, spec: Mapping[str, Any], payload: str, secret_headers: tuple[str, ...] = ()
) -> PreviewedRequest:
    """The request that this spec makes of this payload; nothing is sent or stored.

    `secret_headers` names what the rule's credentials add (`Authorization`). Raises PreviewError.
    """
    transport = filled_transport("callback")
    assert transport is not None  # noqa: S101 - it is ours
    credentials = Credentials(headers=tuple((name, MASK) for name in secret_headers))
    try:
        frozen = transport.filler(spec)(payload)
        outgoing = for_one_attempt(frozen, MESSAGE_ID, credentials)
        head, _, body = http.written(outgoing).partition(b"\r\n\r\n")
    except (MacroError, http.InvalidUrlError, http.InvalidRequestError) as error:
        raise PreviewError(str(error)) from None
    line, *rest = head.decode().split("\r\n")
    headers = [header.partition(": ")[::2] for header in rest]
    return PreviewedRequest(
        method=frozen.method,
        url=frozen.url,
        line=line,
        headers=tuple((name, value) for name, value in headers),
        body=body.decode(),
    )
