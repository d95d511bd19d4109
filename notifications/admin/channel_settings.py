"""What a channel is set to, for who may look and not change it: every secret is masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dispatcher.console import display, looking
from dispatcher.console.wording import Standing
from notifications.admin.channel_forms import has_secret
from notifications.kinds import KINDS, BaseKind, Field
from notifications.kinds.chat import WebhookKind
from notifications.models import Channel

_SECRET_PART = re.compile(r"\{[a-z_]+\}")


def channel_settings(channel: Channel) -> Iterator[tuple[str, object]]:
    """Label and value of each field of its kind."""
    kind = KINDS[channel.kind]
    for field in kind.fields:
        yield field.label, _shown(kind, field, channel)


def _shown(kind: BaseKind, field: Field, channel: Channel) -> object:
    config, secret = channel.config or {}, channel.secret or {}
    if field.form == "headers":
        return looking.name_value_rows(config.get(field.name), "none")
    if not field.is_secret:
        return _in_words(field, config.get(field.name, ""))
    is_stored = has_secret(field, secret)
    if field.name == "signing_secret":
        return display.badge(_SIGNED if is_stored else _NOT_SIGNED)
    if isinstance(kind, WebhookKind) and is_stored:
        return _masked(kind.address(config, secret))
    return looking.stored(is_stored)


def _in_words(field: Field, value: Any) -> str:
    return str(dict(field.choices).get(value, value))


def _masked(address: str) -> str:
    """An address without the part of it that is the secret."""
    return _SECRET_PART.sub(looking.MASK, address)


_SIGNED = Standing("good", "Signed", "A secret is stored, encrypted; it is never shown.")
_NOT_SIGNED = Standing("idle", "Not signed", "No signing secret is stored.")
