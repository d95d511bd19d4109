"""A claimed delivery on its way through a pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from dispatcher.http import Exchange
from dispatcher.mail import MailServer
from dispatcher.rendering import Template
from dispatcher.retries import GONE, RetryPolicy


@dataclass(frozen=True, slots=True)
class FrozenRequest:
    """What is sent, the same for every attempt: no timestamp, signature or credentials."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str
    warnings: tuple[dict[str, Any], ...] = ()


Filler = Callable[[str], FrozenRequest]
"""Makes a request of an event's payload; raises MacroError where the payload does not allow it.

Bounded and quick, since the pass's own thread calls it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A rule's secrets as a transport adds them to one attempt."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    signing: tuple[tuple[str, datetime | None], ...] = field(default=(), repr=False)
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CompiledRoute:
    """A route as workers keep it; routes never change, so neither does this."""

    id: int
    transport: str
    spec: dict[str, Any]
    policy: RetryPolicy
    deadline: float
    templates: tuple[Template, ...]
    delay: int = 0
    fill: Filler | None = None  # where the request is made without rendering

    def part_name(self, index: int) -> str:
        """What its template of this index is called ("subject"); empty where there is one."""
        parts = self.spec.get("templates", ())
        return str(parts[index].get("part", "")) if index < len(parts) else ""


@dataclass(slots=True, eq=False)
class Work:
    """One claimed delivery. `fence` and the pass's lease id decide whether it is still ours."""

    id: int
    uid: UUID
    route_id: int
    rule_id: int
    rule_version: int
    destination_id: int | None
    attempts_made: int
    round_start: int
    claims: int
    fence: int
    created_at: datetime
    owner: str
    payload: str | None
    request: FrozenRequest | None
    lease_ends: float  # monotonic seconds
    is_test: bool = False
    probes: str = ""  # "rule" or "destination" whose breaker this attempt decides
    route: CompiledRoute = None  # type: ignore[assignment] # set right after the claim
    credentials: Credentials = Credentials()
    mail_server: MailServer | None = None  # for e-mail, as configured when it was claimed
    started_at: datetime | None = None
    exchange: Exchange | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver has answered that it wants no more."""
        return self.exchange is not None and self.exchange.status == GONE

    @property
    def is_first_attempt(self) -> bool:
        return self.attempts_made == self.round_start
