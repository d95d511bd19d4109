"""Postback: the event's JSON document to a URL, signed where there is a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from dispatcher import http
from dispatcher.configuration import headers, signatures
from notifications.contracts import Compiled, Message
from notifications.kinds.base import BaseKind, Field, web_address

DOCUMENT = "{{ _payload | tojson }}"
"""The payload as it was received; no payload key can stand in its way."""


class Postback(BaseKind):
    """The only kind that may be attached to customer created and survey completed."""

    name = "postback"
    label = "Postback"
    icon = "webhook"
    how_to = "Enter the address of the system that receives the event as a JSON document."
    is_postback = True
    fields = (
        Field(
            name="url",
            label="Address",
            help="Where the JSON document is posted to.",
            form="url",
            placeholder="https://shop.example.com/hooks/orders",
        ),
        Field(
            name="headers",
            label="Extra headers",
            help="Sent with each request. A secret value is stored encrypted and never shown "
            "again; to replace it, enter a new one.",
            is_required=False,
            form="headers",
        ),
        Field(
            name="signing_secret",
            label="Signing secret",
            help="Each request is then signed (Standard Webhooks), so that the receiver can tell "
            "it is from you: whsec_ and 24 to 64 bytes in Base64.",
            is_secret=True,
            is_required=False,
            form="secret",
            placeholder="whsec_…",
        ),
    )

    def check(
        self,
        config: Mapping[str, Any],
        given: Mapping[str, Any],
        *,
        stored: Mapping[str, Any],
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """As every kind; `headers` are rows whose secret values are taken out.

        In `Channel.secret`, `signing` holds the secrets: a replaced one signs for a day more.
        """
        errors = self._strangers(config, given)
        found: dict[str, Any] = {}
        kept = {name.lower(): value for name, value in stored.get("headers", [])}
        checks: dict[str, Callable[[], Any]] = {
            "url": lambda: self._value(self.fields[0], config.get("url"), None),
            "headers": lambda: headers.split(config.get("headers") or [], kept=kept),
            "signing_secret": lambda: _signing(stored, given.get("signing_secret")),
        }
        for name, one in checks.items():
            try:
                found[name] = one()
            except ValidationError as error:
                errors[name] = error.messages
        if errors:
            raise ValidationError(errors)
        rows, secret_headers = found["headers"]
        secret = {"headers": secret_headers, "signing": found["signing_secret"]}
        public = {"url": found["url"], "headers": rows}
        return public, {name: value for name, value in secret.items() if value}

    def clean(self, field: Field, value: str) -> str:
        return web_address(value)

    def summary(self, config: Mapping[str, Any]) -> str:
        return str(config.get("url", ""))

    def compile(
        self, config: Mapping[str, Any], secret: Mapping[str, Any], *, event: str, message: Message
    ) -> Compiled:
        rows = config.get("headers", [])
        return Compiled(
            transport="http",
            destination=http.origin(config["url"]),
            spec={
                "method": "POST",
                "url": config["url"],
                "headers": [[row["name"], row["value"]] for row in rows if not row["is_secret"]],
                "content_type": "application/json",
                "template": {"format": "json", "source": DOCUMENT},
            },
            credentials={name: secret[name] for name in ("headers", "signing") if secret.get(name)},
        )


def _signing(stored: Mapping[str, Any], typed: Any) -> signatures.Signing:
    """The secrets from now on: kept, removed ("") or followed by a new one."""
    before: signatures.Signing = stored.get("signing", [])
    if typed is None:
        return before
    if not isinstance(typed, str):
        raise ValidationError({"signing_secret": "Give it as text."})
    if not typed.strip():
        return []
    signatures.check_secret(typed.strip())
    return signatures.rotated(before, typed.strip())
