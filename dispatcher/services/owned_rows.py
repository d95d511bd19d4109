"""Deliveries, requests and attempts as their owner may see them: plain data, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from dispatcher import sql
from dispatcher.models import Attempt, Delivery, Request, Rule
from dispatcher.services.holding import owner_holds, why_held
from dispatcher.services.previewing import MASK
from dispatcher.types import Outcome

_SECRET_HEADERS = frozenset({"set-cookie", "set-cookie2"})
PLAIN_ERRORS: Mapping[str, str] = {
    Outcome.BLOCKED_ADDRESS.value: "Nothing is sent to this address: it is not a public one.",
    Outcome.WORKER_LOST.value: (
        "It could not be sent, through no fault of the receiver. Ask your network."
    ),
}
"""What owners read in place of an error whose own words would tell of this service's machines."""


@dataclass(frozen=True, slots=True)
class OwnDelivery:
    """A delivery as its owner may see it. `id` is its place in the list, `uid` its name."""

    id: int
    uid: UUID
    rule_id: int
    rule_name: str
    subject: str
    state: str
    outcome: str
    held: str
    is_sending: bool
    will_retry: bool
    is_test: bool
    is_resendable: bool
    attempts_made: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    erased_at: datetime | None = None
    method: str = ""
    url: str = field(default="", repr=False)
    status: int | None = None


@dataclass(frozen=True, slots=True)
class OwnAttempt:
    """One try and its answer. Cookies in it are masked."""

    number: int
    started_at: datetime
    milliseconds: float
    outcome: str
    status: int | None
    error: str
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: str = field(repr=False)
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """The request as it was frozen; values of headers that are secret are masked."""

    method: str
    url: str = field(repr=False)
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnDeliveryDetail:
    """A delivery with its request (None before it is written) and its newest attempts first."""

    delivery: OwnDelivery
    request: OwnRequest | None
    attempts: Sequence[OwnAttempt]


def plain_error(outcome: str, error: str) -> str:
    """The error of an attempt as the delivery's owner may read it."""
    return PLAIN_ERRORS.get(outcome, error)


def described(rows: Sequence[Delivery]) -> list[OwnDelivery]:
    """These rows, read with event, rule and destination; three queries for all of them."""
    holds = owner_holds(rows)
    ids = [row.pk for row in rows]
    requests = Request.objects.filter(pk__in=ids).values_list("pk", "method", "url")
    lines = {pk: (method, url) for pk, method, url in requests}
    statuses = dict(
        Attempt.objects.filter(delivery__in=ids).order_by("pk").values_list("delivery_id", "status")
    )
    moment = sql.now()
    return [_describe(row, holds, lines, statuses, moment) for row in rows]


def _describe(
    row: Delivery,
    holds: Mapping[str, str],
    lines: Mapping[int, tuple[str, str]],
    statuses: Mapping[int, int | None],
    moment: datetime,
) -> OwnDelivery:
    is_pending = row.state == Delivery.State.PENDING
    is_sending = is_pending and row.lease_until is not None and row.lease_until > moment
    method, url = lines.get(row.pk, ("", ""))
    return OwnDelivery(
        id=row.pk,
        uid=row.uid,
        rule_id=row.rule_id,
        rule_name=row.rule.name,
        subject=row.event.subject,
        state=row.state,
        outcome=row.outcome,
        held="" if is_sending else why_held(row, holds) or "",
        is_sending=is_sending,
        will_retry=is_pending and row.attempts_made > row.round_start,
        is_test=row.is_test,
        is_resendable=not is_pending
        and row.rule.state != Rule.State.ARCHIVED
        and row.event.erased_at is None
        and bool(row.event.payload),  # what was erased long ago has no erased_at
        attempts_made=row.attempts_made,
        created_at=row.created_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
        erased_at=None if row.event.payload else row.event.erased_at,
        method=method,
        url=url,
        status=statuses.get(row.pk),
    )


def frozen_request(request: Request, row: Delivery) -> OwnRequest:
    """The request of this delivery, whose `rule` must have been selected."""
    stored = [(str(name), str(value)) for name, value in json.loads(request.headers)]
    added = [("webhook-id", str(row.uid)), *((name, MASK) for name in _added_headers(row))]
    return OwnRequest(request.method, request.url, stored + added, request.body)


def _added_headers(row: Delivery) -> list[str]:
    """Names of what is made for each attempt; nobody is shown the values."""
    names = ["webhook-timestamp"]
    try:
        credentials = row.rule.credentials
    except ImproperlyConfigured:  # no key fits: the page is of use all the same
        return names
    names += ["webhook-signature"] if credentials.get("signing") else []
    names += ["Authorization"] if credentials.get("authorization") else []
    return names + [str(name) for name, _ in credentials.get("headers", ())]


def attempt(row: Attempt) -> OwnAttempt:
    """One try, with the cookies of its answer masked."""
    headers = [
        (str(name), MASK if str(name).lower() in _SECRET_HEADERS else str(value))
        for name, value in json.loads(row.headers)
    ]
    return OwnAttempt(
        number=row.number,
        started_at=row.started_at,
        milliseconds=row.duration,
        outcome=row.outcome,
        status=row.status,
        error=plain_error(row.outcome, row.error),
        headers=headers,
        body=row.body,
        is_truncated=row.is_truncated,
    )
