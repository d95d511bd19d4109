"""What the page of one delivery shows: the frozen request and every attempt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from dispatcher.admin import deliveries_words
from dispatcher.console import names
from dispatcher.console.display import until
from dispatcher.console.documents import SHOWN, differs, is_json, pretty
from dispatcher.console.erased import erased_words
from dispatcher.console.snippets import as_curl, verifying
from dispatcher.console.wording import EXPLANATIONS, Standing, duration_words, type_label
from dispatcher.models import Attempt, Delivery, Request, Rule
from dispatcher.types import Outcome

ATTEMPTS_SHOWN = 100
EMAIL = "EMAIL"
MASK = "••••••"
NEVER_WRITTEN = (Outcome.TEMPLATE_ERROR, Outcome.CONFIGURATION_ERROR)
"""Outcomes of attempts that may have had no request to send."""

PHASES: Mapping[str, str] = {
    "dns": "Name look-up",
    "resolve": "Name look-up",
    "connect": "Connecting",
    "tls": "Secure connection",
    "greeting": "Greeting",
    "login": "Logging in",
    "envelope": "Naming sender and recipients",
    "message": "Sending the message",
    "send": "Sending",
    "wait": "Waiting for the answer",
    "headers": "Waiting for the answer",
    "body": "Reading the answer",
    "read": "Reading the answer",
}
PHASE_COLORS = ("a", "b", "c", "d", "e", "f")


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of an attempt's time, as a part of a bar."""

    label: str
    milliseconds: str
    percent: float
    color: str


@dataclass(frozen=True, slots=True)
class Header:
    """A header line; a hidden one is added at sending and never shown."""

    name: str
    value: str
    is_hidden: bool = False


def delivery_page(delivery: Delivery) -> dict[str, Any]:
    """The context of the page. `standing`, `about` and `owner_name` must have been attached."""
    attempts = list(delivery.attempts.order_by("-id")[:ATTEMPTS_SHOWN])
    request: Request | None = getattr(delivery, "request", None)
    found = names.resolve([delivery.route.made_from])
    # The event of a delivery that is still there is never purged: it was erased.
    erased = "" if delivery.event.payload else erased_words(delivery.event.erased_at)
    is_email = delivery.route.transport == "email"
    return {
        **_event(delivery),
        **_sent(delivery, request),
        **_code(delivery, request),
        "standing": delivery.standing,  # type: ignore[attr-defined]
        "headline": _headline(delivery, attempts),
        "facts_about": delivery.about,  # type: ignore[attr-defined]
        "event_label": type_label(delivery.event.type),
        "event_url": reverse("admin:dispatcher_event_change", args=[delivery.event_id]),
        "rule_url": reverse("admin:dispatcher_rule_change", args=[delivery.rule_id]),
        "destination_url": delivery.destination_id
        and reverse("admin:dispatcher_destination_change", args=[delivery.destination_id]),
        "made_from": found.get(delivery.route.made_from),
        "retries": retry_words(delivery.route.retry_policy),
        "erased": erased,
        "was_written": any(one.outcome not in NEVER_WRITTEN for one in attempts),
        "is_email": is_email,
        "attempts": [
            attempt_panel(attempt, is_email=is_email, erased=erased) for attempt in attempts
        ],
        "original_url": delivery.resend_of
        and reverse("admin:dispatcher_delivery_change", args=[delivery.resend_of.pk]),
        "is_answer_below": bool(attempts and is_answer_of(delivery, attempts[0])),
        "refresh_seconds": refresh_seconds(delivery),
        "next_try_text": "" if deliveries_words.is_held(delivery) else until(delivery.due_at),
        "is_waiting": delivery.state == Delivery.State.PENDING,
        "is_archived": delivery.rule.state == Rule.State.ARCHIVED,
    }


def _sent(delivery: Delivery, request: Request | None) -> dict[str, Any]:
    """The request as it was written, for reading; empty where none was."""
    if request is None:
        return {"frozen": None}
    is_chat = delivery.route.transport == "chat"
    return {
        "frozen": request,
        "email": email_parts(request) if request.method == EMAIL else None,
        "request_headers": _request_headers(request, delivery.rule),
        "request_body": pretty(request.body),
        "has_secret_parts": is_chat and "{" in request.url,
        "is_laid_out": differs(request.body),
        "warnings": _list(request.warnings),
    }


OTHERS_SHOWN = 50


def _event(delivery: Delivery) -> dict[str, Any]:
    """The event behind it: what was reported, what else it caused, and what it did not."""
    others = delivery.event.deliveries.exclude(pk=delivery.pk).select_related("rule", "destination")
    skips = delivery.event.skips.select_related("rule").defer("rule__credentials").order_by("id")
    found = list(others.defer("rule__credentials").order_by("-id")[:OTHERS_SHOWN])
    deliveries_words.prepare_deliveries(found)
    return {
        "event_payload": pretty(delivery.event.payload) if delivery.event.payload else "",
        "others": found,
        "skips": skips[:OTHERS_SHOWN],
        "not_sent": Standing("idle", "Not sent"),
    }


def _code(delivery: Delivery, request: Request | None) -> dict[str, Any]:
    """The request as a command, and how its signature is verified."""
    if request is None or request.method == EMAIL:
        return {}
    headers = [(str(name), str(value)) for name, value in _list(request.headers)]
    is_signed = bool(delivery.rule.credentials.get("signing"))
    return {
        "curl": as_curl(request, str(delivery.uid), headers),
        "snippets": verifying() if is_signed else (),
    }


def is_answer_of(delivery: Delivery, newest: Attempt) -> bool:
    """Whether the newest attempt's answer says why the delivery was not accepted."""
    is_open = delivery.state in {Delivery.State.FAILED, Delivery.State.PENDING}
    return is_open and newest.outcome == Outcome.REJECTED and bool(newest.body)


def email_parts(request: Request) -> dict[str, str]:
    """Text and HTML of an e-mail, both to be shown as text."""
    parts = _mapping(request.body)
    return {name: str(parts.get(name, ""))[:SHOWN] for name in ("text", "html")}


def _headline(delivery: Delivery, attempts: Sequence[Attempt]) -> str:
    """The state in a few words, with the reason where it failed."""
    standing: Standing = delivery.standing  # type: ignore[attr-defined]
    if delivery.state == Delivery.State.FAILED and delivery.outcome:
        status = attempts[0].status if attempts else None
        reason = Outcome(delivery.outcome).label
        return f"Failed: {reason[0].lower()}{reason[1:]}" + (f" ({status})" if status else "")
    return standing.label


def _request_headers(request: Request, rule: Rule) -> list[Header]:
    plain = [Header(str(name), str(value)) for name, value in _list(request.headers)]
    hidden = () if request.method == EMAIL else hidden_headers(rule)
    return plain + [Header(name, MASK, is_hidden=True) for name in hidden]


def hidden_headers(rule: Rule) -> list[str]:
    """Names of the headers that are made for each attempt; their values are never shown."""
    added = ["webhook-timestamp"]
    if rule.credentials.get("signing"):
        added.append("webhook-signature")
    if rule.credentials.get("authorization"):
        added.append("Authorization")
    return added + [str(name) for name, _ in rule.credentials.get("headers", ())]


def retry_words(policy: Mapping[str, Any]) -> str:
    """A retry policy in words: "If it fails, up to 7 more times: after 5 s, 1 min, …"."""
    delays = policy.get("delays") or ()
    if not delays:
        return "Tried once"
    waits = ", ".join(duration_words(delay) for delay in delays)
    times = "once more" if len(delays) == 1 else f"up to {len(delays)} more times"
    return f"If it fails, {times}: after {waits}"


def attempt_panel(attempt: Attempt, *, is_email: bool = False, erased: str = "") -> dict[str, Any]:
    """One attempt, ready to be shown; `erased` says since when its answer is gone."""
    outcome = Outcome(attempt.outcome) if attempt.outcome in Outcome.values else None
    good = attempt.outcome == Outcome.DELIVERED
    return {
        "attempt": attempt,
        "standing": Standing("good" if good else "bad", outcome.label if outcome else "Unknown"),
        "sentence": "" if good else EXPLANATIONS.get(attempt.outcome, ""),
        "status": _status(attempt.status, is_http=not is_email),
        "duration": _milliseconds(attempt.duration) if attempt.duration else "",
        "phases": list(_phases(attempt)),
        "headers": [Header(str(name), str(value)) for name, value in _list(attempt.headers)],
        "body": pretty(attempt.body) if attempt.body else SafeString(""),
        "is_email": is_email,
        "erased": erased,
        "is_json": is_json(attempt.body),
    }


def _status(status: int | None, *, is_http: bool = True) -> str:
    if not status:
        return ""
    if not is_http:
        return str(status)  # SMTP's codes mean other things than HTTP's
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _phases(attempt: Attempt) -> Iterator[Phase]:
    phases = _mapping(attempt.phases)
    times = {
        name: float(value)
        for name, value in phases.items()
        if isinstance(value, int | float) and value > 0
    }
    total = sum(times.values()) or 1.0
    for index, (name, value) in enumerate(times.items()):
        label = PHASES.get(name, name.replace("_", " ").capitalize())
        color = PHASE_COLORS[index % len(PHASE_COLORS)]
        yield Phase(label, _milliseconds(value), round(value / total * 100, 2), color)


def _milliseconds(value: float) -> str:
    if value >= 1_000:
        return f"{value / 1_000:.2f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def refresh_seconds(delivery: Delivery) -> int:
    """How often the page looks for news; 0 once the delivery has ended."""
    if delivery.state != Delivery.State.PENDING:
        return 0
    soon = timezone.now() + timedelta(minutes=1)
    return 2 if delivery.due_at < soon and not deliveries_words.is_held(delivery) else 30


def _list(text: str) -> list[Any]:
    try:
        value = json.loads(text or "[]")
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def _mapping(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
