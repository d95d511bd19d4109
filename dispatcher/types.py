"""Plain data that crosses the dispatcher's front door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import TextChoices


class Outcome(TextChoices):
    """How one attempt ended, in classes an operator understands (design section 4)."""

    DELIVERED = "delivered", "Delivered"
    REJECTED = "rejected", "Rejected by the receiver"
    REDIRECTED = "redirected", "Answered with a redirect"
    TIMED_OUT = "timed_out", "Timed out"
    NO_CONNECTION = "no_connection", "Could not connect"
    NAME_NOT_FOUND = "name_not_found", "Name not found"
    TLS_FAILED = "tls_failed", "TLS failed"
    BLOCKED_ADDRESS = "blocked_address", "Address not allowed"
    BAD_ANSWER = "bad_answer", "Answer could not be understood"
    TEMPLATE_ERROR = "template_error", "Template error"
    CONFIGURATION_ERROR = "configuration_error", "Configuration error"
    WORKER_LOST = "worker_lost", "Worker lost repeatedly"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event as a domain app hands it to `services.emit`.

    `payload` is JSON text and is stored as it is. With an `idempotency_key`, `fingerprint` tells
    the same body from another one; without a key every event is new.
    """

    type: str
    payload: str
    emitter: str
    endpoint: str
    subject: str = ""
    owner: str = ""
    source: str = ""
    occurred_at: datetime | None = None
    idempotency_key: str | None = None
    fingerprint: str = ""
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that an event meets: one delivery will be made by this route."""

    rule_id: int
    route_id: int
    destination_id: int | None
    delay: int = 0
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class SkipMatch:
    """A rule that an event would have met, and why nothing is sent."""

    rule_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent because of one event, and what is not."""

    matches: Sequence[Match] = ()
    skips: Sequence[SkipMatch] = ()


@dataclass(frozen=True, slots=True)
class EmittedDelivery:
    id: UUID
    rule_id: int
    state: str


@dataclass(frozen=True, slots=True)
class Emitted:
    """What `services.emit` did. For a duplicate: what the first call had done, as it is now."""

    event_id: UUID
    type: str
    is_duplicate: bool
    deliveries: Sequence[EmittedDelivery]
    skips: Sequence[SkipMatch]


class DispatcherError(Exception):
    """Base of what the dispatcher's front door raises."""


class IdempotencyConflictError(DispatcherError):
    """The idempotency key was used before with another body (answered 409)."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Idempotency key {key!r} was used before with another body.")
        self.key = key


class NotResendableError(DispatcherError):
    """The delivery is in no state from which it can be sent again."""
