"""Sends a rendered document to a URL, signed by Standard Webhooks when there is a secret."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cached_property

from django.conf import settings

from dispatcher import http, signing
from dispatcher.http import Exchange, OutgoingRequest
from dispatcher.rendering import Job, Rendered
from dispatcher.transports.base import Transport
from dispatcher.work import CompiledRoute, Credentials, FrozenRequest, Work

USER_AGENT = "Postbacks/1.0"


class Webhook(Transport):
    """HTTP POST or PUT of a JSON or XML document."""

    def job(self, route: CompiledRoute, *, payload: str, owner: str) -> Job:
        return Job(templates=route.templates, payload=payload, owner=owner)

    def freeze(self, route: CompiledRoute, rendered: Rendered) -> FrozenRequest:
        spec = route.spec
        headers = [("Content-Type", spec["content_type"])]
        headers += [(name, value) for name, value in spec.get("headers", [])]
        if not any(name.lower() == "user-agent" for name, _ in headers):
            headers.append(("User-Agent", USER_AGENT))
        return FrozenRequest(
            method=spec["method"],
            url=spec["url"],
            headers=tuple(headers),
            body=rendered.output,
            warnings=tuple({"line": w.line, "message": w.message} for w in rendered.warnings),
        )

    def send(self, work: Work) -> Exchange:
        assert work.request is not None  # noqa: S101 - the pass renders before it sends
        return self.transmit(work, work.request)

    def transmit(self, work: Work, request: FrozenRequest) -> Exchange:
        """Send this request with what is added to each attempt: id, signature, credentials."""
        outgoing = for_one_attempt(request, str(work.uid), work.credentials)
        return self.client.send(outgoing, deadline=work.route.deadline)

    @cached_property
    def client(self) -> http.Client:
        """One client per process; it forgets its connections after a fork by itself."""
        return http.Client(ca_file=settings.CA_FILE)


def for_one_attempt(
    request: FrozenRequest, message_id: str, credentials: Credentials
) -> OutgoingRequest:
    """What was frozen, with what is made anew for each attempt: time, signature, credentials."""
    body = request.body.encode()
    headers = [
        *request.headers,
        *credentials.headers,
        *_webhook_headers(message_id, credentials, body),
    ]
    return OutgoingRequest(method=request.method, url=request.url, headers=headers, body=body)


def _webhook_headers(
    message_id: str, credentials: Credentials, body: bytes
) -> list[tuple[str, str]]:
    """`webhook-id`, `webhook-timestamp` and, with a secret that is valid, `webhook-signature`."""
    timestamp = int(time.time())
    headers = [("webhook-id", message_id), ("webhook-timestamp", str(timestamp))]
    if credentials.signing:
        now = datetime.now(UTC)
        secrets = [secret for secret, until in credentials.signing if until is None or until > now]
        if secrets:
            signature = signing.sign(
                secrets=secrets, message_id=message_id, timestamp=timestamp, body=body
            )
            headers.append(("webhook-signature", signature))
    return headers
