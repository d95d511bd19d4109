"""What kinds of channels, messages and documents give to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """The templates of a readable message: title, text, and HTML for e-mails ("": none)."""

    title: str
    text: str
    html: str = ""
    made_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a channel sends for one event, as the dispatcher takes it.

    `spec` holds no secret; `credentials` are stored encrypted on the rule and added to each
    attempt. `retried_statuses`: None means the statuses of NOTIFICATIONS_RETRY_STATUSES.
    """

    transport: str
    destination: str
    spec: Mapping[str, Any]
    credentials: Mapping[str, Any] = field(default_factory=dict, repr=False)
    retried_statuses: Sequence[int] | None = None
    made_from: str = ""


class Kind(Protocol):
    """A kind of channel, as postback, e-mail or Slack."""

    name: str
    label: str
    is_postback: bool

    def check(
        self,
        config: Mapping[str, Any],
        given: Mapping[str, Any],
        *,
        stored: Mapping[str, Any],
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is stored as `Channel.config` and as `Channel.secret`.

        `given` are secret values as somebody typed them (one that is not there, or None, keeps
        the stored one, "" removes it), `stored` is `Channel.secret` so far. Raises
        ValidationError keyed by field; quotes no secret.
        """
        ...

    def compile(
        self, config: Mapping[str, Any], secret: Mapping[str, Any], *, event: str, message: Message
    ) -> Compiled:
        """What is sent for this event, where to and how."""
        ...
