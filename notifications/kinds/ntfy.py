"""ntfy: push messages, by ntfy.sh or a server somebody runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from notifications.kinds.base import Field
from notifications.kinds.chat import ChatKind, server_of

_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,200}")


class Ntfy(ChatKind):
    """https://docs.ntfy.sh/publish/#publish-as-json."""

    name = "ntfy"
    label = "ntfy"
    icon = "notifications"
    how_to = (
        "In the ntfy app: subscribe to a topic with a name that nobody guesses, and enter that "
        "name here. For a protected topic, make an access token in the account's settings."
    )
    fields = (
        Field(
            name="server",
            label="Server",
            help="https://ntfy.sh, or the server that you run.",
            form="url",
            is_required=False,
            placeholder="https://ntfy.sh",
        ),
        Field(name="topic", label="Topic", help=how_to, placeholder="our-orders-7fQ2"),
        Field(
            name="priority",
            label="Priority",
            is_required=False,
            form="choice",
            choices=(
                ("1", "Lowest"),
                ("2", "Low"),
                ("3", "Normal"),
                ("4", "High"),
                ("5", "Highest"),
            ),
        ),
        Field(
            name="token",
            label="Access token",
            help="Only where the topic is protected.",
            is_secret=True,
            is_required=False,
            form="secret",
            placeholder="tk_…",
        ),
    )

    def clean(self, field: Field, value: str) -> str:
        if field.name == "server":
            return server_of(value)
        if field.name == "topic" and not _TOPIC.fullmatch(value):
            raise ValidationError("A topic has letters, digits, - and _ only, 64 at most.")
        if field.name == "token" and not _TOKEN.fullmatch(value):
            raise ValidationError("An access token has no spaces, and letters and digits only.")
        return value

    def summary(self, config: Mapping[str, Any]) -> str:
        return f"Topic {config.get('topic', '')}"

    def address(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> str:
        return f"{config.get('server') or 'https://ntfy.sh'}/"

    def credentials(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> dict[str, Any]:
        token = secret.get("token")
        return {"authorization": f"Bearer {token}"} if token else {}

    def options(self, config: Mapping[str, Any]) -> dict[str, str]:
        return {name: config[name] for name in ("topic", "priority") if config.get(name)}
