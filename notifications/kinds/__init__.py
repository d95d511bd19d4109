"""The kinds of channels. Adding one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError

from notifications.kinds.base import BaseKind, Field
from notifications.kinds.discord import Discord
from notifications.kinds.email import Email
from notifications.kinds.google_chat import GoogleChat
from notifications.kinds.gotify import Gotify
from notifications.kinds.mattermost import Mattermost
from notifications.kinds.ntfy import Ntfy
from notifications.kinds.postback import Postback
from notifications.kinds.rocketchat import RocketChat
from notifications.kinds.slack import Slack
from notifications.kinds.teams import Teams
from notifications.kinds.telegram import Telegram

_ALL: tuple[BaseKind, ...] = (
    Postback(),
    Email(),
    Slack(),
    Teams(),
    Discord(),
    Telegram(),
    Ntfy(),
    GoogleChat(),
    Mattermost(),
    RocketChat(),
    Gotify(),
)

KINDS: Mapping[str, BaseKind] = {kind.name: kind for kind in _ALL}
"""Every kind by its name, in the order in which they are offered."""

__all__ = ["KINDS", "BaseKind", "Field", "kind", "known"]


def kind(name: str) -> BaseKind:
    """The kind of this name; KeyError for one that this version does not know."""
    return KINDS[name]


def known(name: str) -> BaseKind:
    """The kind of this name; raises ValidationError on field `kind` that lists all of them."""
    if name not in KINDS:
        raise ValidationError({"kind": f"Choose one of {', '.join(KINDS)}."})
    return KINDS[name]
