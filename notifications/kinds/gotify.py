"""Gotify: push messages by a server somebody runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from notifications.kinds.base import Field
from notifications.kinds.chat import ChatKind, server_of

_TOKEN = re.compile(r"[\x21-\x7e]{1,200}")


class Gotify(ChatKind):
    """https://gotify.net/docs/pushmsg."""

    name = "gotify"
    label = "Gotify"
    icon = "notifications_active"
    how_to = "In Gotify: Apps → Create Application, then copy its token."
    fields = (
        Field(
            name="server",
            label="Server",
            help="The address of your Gotify server.",
            form="url",
            placeholder="https://push.example.com",
        ),
        Field(
            name="token",
            label="Application token",
            help=how_to,
            is_secret=True,
            form="secret",
        ),
        Field(
            name="priority",
            label="Priority",
            help="0 is the lowest, 10 the highest. Empty: 5.",
            is_required=False,
            form="choice",
            choices=tuple((str(number), str(number)) for number in range(11)),
        ),
    )

    def clean(self, field: Field, value: str) -> str:
        if field.name == "server":
            return server_of(value)
        if field.name == "token" and not _TOKEN.fullmatch(value):
            raise ValidationError(
                "An application token has no spaces, and letters and digits only."
            )
        return value

    def summary(self, config: Mapping[str, Any]) -> str:
        return str(config.get("server", ""))

    def address(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> str:
        return f"{config['server']}/message"

    def credentials(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> dict[str, Any]:
        return {"headers": [["X-Gotify-Key", secret["token"]]]}

    def options(self, config: Mapping[str, Any]) -> dict[str, str]:
        return {"priority": config["priority"]} if config.get("priority") else {}
