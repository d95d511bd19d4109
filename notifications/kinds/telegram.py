"""Telegram: a bot's messages to a chat, group or channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from notifications.kinds.base import Field
from notifications.kinds.chat import ChatKind

_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{30,64}")
_CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,64}")


class Telegram(ChatKind):
    """https://core.telegram.org/bots/api#sendmessage."""

    name = "telegram"
    label = "Telegram"
    icon = "send"
    how_to = (
        "In Telegram: write to @BotFather, /newbot, and copy the token. Add the bot to your group "
        "or channel; @userinfobot tells a chat's ID."
    )
    fields = (
        Field(
            name="bot_token",
            label="Bot token",
            help=how_to,
            is_secret=True,
            form="secret",
            placeholder="123456789:AA…",
        ),
        Field(
            name="chat_id",
            label="Chat ID",
            help="A number (of a group it begins with a minus), or the @name of a public channel.",
            placeholder="-1001234567890",
        ),
        Field(
            name="thread_id",
            label="Topic ID",
            help="Only for a group with topics: the number of one.",
            is_required=False,
        ),
    )

    def clean(self, field: Field, value: str) -> str:
        if field.name == "bot_token" and not _TOKEN.fullmatch(value):
            raise ValidationError(
                "This is not a bot's token. It is a number, a colon and about 35 characters."
            )
        if field.name == "chat_id" and not _CHAT.fullmatch(value):
            raise ValidationError(
                "Give a number such as -1001234567890, or a name such as @orders."
            )
        if field.name == "thread_id" and not (value.isascii() and value.isdigit()):
            raise ValidationError("Give the topic's number, or leave it empty.")
        return value

    def summary(self, config: Mapping[str, Any]) -> str:
        return f"Chat {config.get('chat_id', '')}"

    def address(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> str:
        return "https://api.telegram.org/bot{bot_token}/sendMessage"

    def credentials(self, config: Mapping[str, Any], secret: Mapping[str, Any]) -> dict[str, Any]:
        return {"secrets": {"bot_token": secret["bot_token"]}}

    def options(self, config: Mapping[str, Any]) -> dict[str, str]:
        names = ("chat_id", "thread_id")
        return {name: config[name] for name in names if config.get(name)}
