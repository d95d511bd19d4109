"""States and outcomes in an operator's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise

from dispatcher.models import Delivery, Destination, Rule
from dispatcher.models.rules import Breaker
from dispatcher.types import Outcome

LATE = timedelta(minutes=1)

EXPLANATIONS: Mapping[str, str] = {
    Outcome.DELIVERED: "The receiver accepted it.",
    Outcome.REJECTED: "The receiver answered, but did not accept it.",
    Outcome.REDIRECTED: (
        "The receiver answered with another address. Redirects are not followed: "
        "enter the final address."
    ),
    Outcome.TIMED_OUT: "The receiver did not answer in time.",
    Outcome.NO_CONNECTION: "No connection to the receiver could be made. Its server may be down.",
    Outcome.NAME_NOT_FOUND: "The host name in the address does not exist. Check its spelling.",
    Outcome.TLS_FAILED: (
        "The receiver's certificate is not valid, so no secure connection could be made."
    ),
    Outcome.BLOCKED_ADDRESS: (
        "The address leads into a private network, where nothing is sent unless "
        "ALLOWED_NETWORKS allows it."
    ),
    Outcome.BAD_ANSWER: "What the receiver answered could not be understood.",
    Outcome.TEMPLATE_ERROR: (
        "The template, or a macro, did not give what can be sent, so nothing was sent. "
        "Correct it, then resend with the current configuration."
    ),
    Outcome.CONFIGURATION_ERROR: (
        "Something in the configuration does not allow it to be sent. "
        "Correct it, then resend with the current configuration."
    ),
    Outcome.WORKER_LOST: (
        "Each worker that tried to send this stopped while doing so; it is not tried again."
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where something stands: a tone (good, bad, warn, info, idle), a badge, a sentence."""

    tone: str
    label: str
    sentence: str = ""


_type_labels: dict[str, str] = {}


def register_types(choices: Iterable[tuple[str, str]]) -> None:
    """From now on these event types are called so."""
    _type_labels.update((value, str(label)) for value, label in choices)


def type_label(event_type: str) -> str:
    """What the app that owns the type calls it; else `order_shipped` as "Order shipped"."""
    return _type_labels.get(event_type) or event_type.replace("_", " ").capitalize()


def delivery_standing(
    delivery: Delivery, *, owner_holds: Mapping[str, str], moment: datetime
) -> Standing:
    """The state of a delivery in words; event, rule and destination must have been selected.

    `owner_holds` maps owners to the reason why nothing of theirs is sent.
    """
    if delivery.state == Delivery.State.DELIVERED:
        return Standing("good", "Delivered", EXPLANATIONS[Outcome.DELIVERED])
    if delivery.state == Delivery.State.FAILED:
        return Standing("bad", "Failed", EXPLANATIONS.get(delivery.outcome, ""))
    if delivery.state == Delivery.State.CANCELED:
        return Standing("idle", "Canceled", _why_canceled(delivery))
    if delivery.lease_until and delivery.lease_until > moment:
        return Standing("info", "Sending now", "A worker is sending it at this moment.")
    return _held(delivery, owner_holds) or _waiting(delivery, moment)


def _why_canceled(delivery: Delivery) -> str:
    """Not the rule's own reason: that tells why it is held today, not why this has ended."""
    rule, erased_at, ended = delivery.rule, delivery.event.erased_at, delivery.finished_at
    if erased_at and ended and ended >= erased_at:
        return "It was canceled because what it was to say was erased."
    if rule.state == Rule.State.ARCHIVED:
        return f"It was canceled and will not be sent. Its {rule.kind or 'rule'} has been deleted."
    return "It was canceled and will not be sent."


def _held(delivery: Delivery, owner_holds: Mapping[str, str]) -> Standing | None:
    rule, destination = delivery.rule, delivery.destination
    word = rule.kind or "rule"
    if rule.state == Rule.State.PAUSED:
        reason = rule.state_reason or f"The {word} is paused."
        return Standing("warn", f"Held: {word} paused", f"{reason} It is sent on resume.")
    if rule.breaker != Breaker.BreakerState.CLOSED:
        return Standing(
            "warn",
            f"Held: {word} keeps failing",
            f"The {word} failed repeatedly and rests for a while; then it is tried again.",
        )
    if delivery.owner in owner_holds:
        owner = delivery.owner.partition(":")[0]
        reason = owner_holds[delivery.owner]
        return Standing("warn", f"Held: {owner} not active", f"{reason} It is sent afterwards.")
    return _held_by(destination) if destination else None


def _held_by(destination: Destination) -> Standing | None:
    if destination.state == Destination.State.PAUSED:
        return Standing(
            "warn",
            "Held: destination paused",
            "Its destination was paused by hand. It is sent on resume.",
        )
    if destination.breaker != Breaker.BreakerState.CLOSED:
        return Standing(
            "warn",
            "Held: destination is failing",
            "Its destination failed repeatedly and rests for a while; then it is tried again.",
        )
    return None


def _waiting(delivery: Delivery, moment: datetime) -> Standing:
    if delivery.attempts_made > delivery.round_start:
        last = EXPLANATIONS.get(delivery.outcome, "")
        return Standing("warn", "Will be tried again", f"The last attempt failed. {last}")
    if delivery.due_at > moment:
        return Standing("info", "Scheduled", "It is sent at the time given.")
    if delivery.due_at < moment - LATE:
        return Standing(
            "warn",
            "Waiting (late)",
            "It should have been sent already. Check that the workers are running.",
        )
    return Standing("info", "Waiting", "It is sent as soon as a worker is free.")


def destination_standing(destination: Destination) -> Standing:
    """The health of a destination in words."""
    if destination.state == Destination.State.PAUSED:
        return Standing(
            "warn", "Paused by hand", "Nothing is sent to it until somebody resumes it."
        )
    return _breaker_standing(destination)


def rule_standing(rule: Rule) -> Standing:
    """The state of a rule in words."""
    if rule.state == Rule.State.ARCHIVED:
        return Standing("idle", "Deleted", rule.state_reason)
    if rule.state == Rule.State.PAUSED:
        return Standing("warn", "Paused", rule.state_reason or "What it would send is held.")
    return _breaker_standing(rule)


def _breaker_standing(breaker: Breaker) -> Standing:
    if breaker.breaker == Breaker.BreakerState.OPEN:
        return Standing(
            "bad",
            "Resting after failures",
            "It failed repeatedly, so deliveries are held. One is sent to try it after the pause.",
        )
    if breaker.breaker == Breaker.BreakerState.HALF_OPEN:
        return Standing(
            "warn", "Being tried again", "One delivery is on its way to see whether it works."
        )
    return Standing("good", "Healthy", "Deliveries are sent as they come.")


def duration_words(seconds: float) -> str:
    """5 as "5 s", 300 as "5 min", 3900 as "1 h 5 min", 172800 as "2 days"."""
    units = ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))
    for (size, unit), (smaller, part) in pairwise(units):
        if seconds >= size * (2 if unit == "days" else 1):
            whole, rest = divmod(seconds, size)
            parts = int(rest // smaller)
            return f"{whole:.0f} {unit}" + (f" {parts} {part}" if parts else "")
    return f"{seconds:g} s"


_PHASES: Mapping[str, str] = {
    "dns": "looking up the name",
    "connect": "connecting",
    "tls": "making the connection secure",
    "send": "sending",
    "wait": "waiting for the answer",
    "read": "reading the answer",
}
_AT_FAULT: Mapping[str, str] = {
    "payload": "the payload could not be read",
    "field": "a field is missing",
    "template": "something in the template cannot be done",
    "output": "what the template gave is not valid",
    "schema": "what the template gave does not fit its schema",
    "macro": "a macro could not be filled in",
}
NO_CAUSE = "none"
"""In an address: those of an outcome of which nothing further is known."""


def cause_words(outcome: str, cause: str) -> str:
    """Why something failed, in a line: "Rejected by the receiver: 503 Service Unavailable"."""
    label = str(Outcome(outcome).label) if outcome in Outcome.values else "Failed"
    if outcome == Outcome.TEMPLATE_ERROR:
        return f"{label}: {_AT_FAULT[cause]}" if cause in _AT_FAULT else label
    if not cause or outcome not in {Outcome.REJECTED, Outcome.REDIRECTED, Outcome.TIMED_OUT}:
        return label
    if cause.startswith("smtp "):
        return f"{label}: {cause.upper()}"
    if cause.isdigit():
        return f"{label}: {status_words(int(cause))}"
    return f"{label} while {_PHASES.get(cause, cause.replace('_', ' '))}"


def status_words(status: int) -> str:
    """503 as "503 Service Unavailable"."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
