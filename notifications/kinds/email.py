"""E-mail: the message as text and HTML, to the addresses given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from dispatcher import mail
from notifications.contracts import Compiled, Message
from notifications.kinds.base import BaseKind, Field

MAX_PEOPLE = 50
_PEOPLE = ("to", "cc", "bcc", "reply_to")
_PUT_OFF = tuple(range(400, 500))  # SMTP's "not now"


class Email(BaseKind):
    """By the outgoing server of the settings, or the default one that an operator entered."""

    name = "email"
    label = "E-mail"
    icon = "mail"
    how_to = "Enter the addresses; it is sent by the default outgoing server."
    fields = (
        Field(
            name="to",
            label="Recipients",
            help="Addresses, separated by commas.",
            placeholder="orders@shop.example.com, ann@shop.example.com",
        ),
        Field(name="cc", label="Cc", help="Who gets a copy.", is_required=False),
        Field(
            name="bcc",
            label="Bcc",
            help="Who gets a copy without the others seeing it.",
            is_required=False,
        ),
        Field(
            name="reply_to",
            label="Reply to",
            help="Where answers go. Empty: to the sender.",
            is_required=False,
        ),
    )

    def clean(self, field: Field, value: str) -> str:
        addresses = mail.split_addresses(value)
        problems = [problem for one in addresses if (problem := mail.check_address(one))]
        if problems:
            raise ValidationError(problems[0])
        if len(addresses) > MAX_PEOPLE:
            raise ValidationError(f"At most {MAX_PEOPLE} addresses. Use a mailing list's address.")
        return ", ".join(addresses)

    def summary(self, config: Mapping[str, Any]) -> str:
        return str(config.get("to", ""))

    def compile(
        self, config: Mapping[str, Any], secret: Mapping[str, Any], *, event: str, message: Message
    ) -> Compiled:
        server = mail.servers_for([""])[""]
        parts = [
            {"part": "subject", "format": "text", "source": message.title},
            {"part": "text", "format": "text", "source": message.text},
        ]
        if message.html:
            parts.append({"part": "html", "format": "html", "source": message.html})
        people = {name: mail.split_addresses(config.get(name, "")) for name in _PEOPLE}
        return Compiled(
            transport="email",
            destination=server.key if server else "",
            spec={**people, "templates": parts},
            retried_statuses=_PUT_OFF,
            made_from=message.made_from,
        )
