"""Events and deliveries as the API shows them. No secret is ever among it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q, QuerySet

from dispatcher import documents
from dispatcher.api.renderers import JSONText
from dispatcher.models import Attempt, Delivery, Event, Request
from dispatcher.services.holding import owner_holds, why_held
from dispatcher.services.owned_rows import plain_error
from dispatcher.types import Emitted

MASK = "•••"
_SECRET_ANSWER_HEADERS = frozenset({"set-cookie", "set-cookie2"})

Json = dict[str, Any]


def emitted(result: Emitted) -> Json:
    """The answer to an emit (spec section 6)."""
    return {
        "id": str(result.event_id),
        "type": result.type,
        "duplicate": result.is_duplicate,
        "deliveries": [
            {"id": str(one.id), "rule": one.rule_id, "state": one.state}
            for one in result.deliveries
        ],
        "skips": [{"rule": skip.rule_id, "reason": skip.reason} for skip in result.skips],
    }


def event(row: Event) -> Json:
    """An event, as in a list."""
    return {
        "id": str(row.pk),
        "type": row.type,
        "source": row.source,
        "subject": row.subject,
        "owner": row.owner,
        "occurred_at": row.occurred_at,
        "received_at": row.received_at,
        "idempotency_key": row.idempotency_key,
        "is_test": row.is_test,
        "erased_at": row.erased_at,
    }


def event_detail(
    row: Event,
    deliveries: Iterable[tuple[Any, int, str]],
    skips: Iterable[tuple[int, str]],
    hidden: Collection[str] = (),
) -> Json:
    """An event with its payload exactly as received, deliveries and skips.

    `hidden` are members of the payload that the caller is not shown.
    """
    payload = _without(row.payload, hidden) if row.payload and hidden else row.payload
    return event(row) | {
        "payload": JSONText(payload) if payload else None,
        "deliveries": [
            {"id": str(uid), "rule": rule, "state": state} for uid, rule, state in deliveries
        ],
        "skips": _skips(skips),
    }


def _without(payload: str, hidden: Collection[str]) -> str:
    """The rest of it, each member as it was received."""
    document = documents.read(payload.encode())
    rest = [f"{json.dumps(name)}: {document.text(name)}" for name in document if name not in hidden]
    return "{" + ", ".join(rest) + "}"


def with_relations(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """These deliveries with what `delivery` shows of their event, rule and destination."""
    return deliveries.select_related("event", "rule", "destination", "resend_of").only(
        *(f.name for f in Delivery._meta.concrete_fields),  # noqa: SLF001 - Django's API
        "event__type", "event__subject", "event__owner", "event__erased_at",
        "rule__name", "rule__kind", "rule__state", "rule__state_reason", "rule__breaker",
        "destination__key", "destination__state", "destination__breaker", "resend_of__uid",
    )  # fmt: skip


def deliveries(rows: Sequence[Delivery]) -> list[Json]:
    """Deliveries as in a list; one query more, for the owners whose deliveries are held."""
    holds = owner_holds(rows)
    return [_delivery(row, holds) for row in rows]


def _delivery(row: Delivery, holds: Mapping[str, str]) -> Json:
    return {
        "id": str(row.uid),
        "event": str(row.event_id),
        "type": row.event.type,
        "subject": row.event.subject,
        "owner": row.event.owner,
        "rule": row.rule_id,
        "rule_name": row.rule.name,
        "rule_kind": row.rule.kind,
        "state": row.state,
        "outcome": row.outcome,
        "held": why_held(row, holds),
        "destination": row.destination.key if row.destination else "",
        "attempts_made": row.attempts_made,
        "created_at": row.created_at,
        "due_at": row.due_at,
        "finished_at": row.finished_at,
        "is_test": row.is_test,
        "erased_at": row.event.erased_at,
        "resend_of": str(row.resend_of.uid) if row.resend_of else None,
    }


def delivery_detail(row: Delivery, visible: Q, *, is_owners: bool = False) -> Json:
    """A delivery with its request, attempts, and those skips of its event that are `visible`.

    `is_owners`: the caller is the delivery's owner, who learns nothing of our network.
    """
    request = Request.objects.filter(pk=row.pk).first()
    attempts = Attempt.objects.filter(delivery_id=row.pk).order_by("id")
    skips = row.event.skips.filter(visible).order_by("id")
    return deliveries([row])[0] | {
        "made_from": row.route.made_from,
        "request": _request(request, row) if request else None,
        "attempts": [_attempt(one) | (_for_owner(one) if is_owners else {}) for one in attempts],
        "skips": _skips(skips.values_list("rule_id", "reason")),
    }


def _skips(rows: Iterable[tuple[int, str]]) -> list[Json]:
    return [{"rule": rule, "reason": reason} for rule, reason in rows]


def _request(request: Request, row: Delivery) -> Json:
    stored = [{"name": name, "value": value} for name, value in json.loads(request.headers)]
    return {
        "method": request.method,
        "url": request.url,
        "headers": stored + _added_headers(row),
        "body": request.body,
        "warnings": [
            {"line": one.get("line"), "message": one.get("message", "")}
            for one in json.loads(request.warnings)
        ],
    }


def _added_headers(row: Delivery) -> list[Json]:
    """What is made for each attempt: only that it is there."""
    added = [{"name": "webhook-id", "value": str(row.uid)}]
    try:
        credentials = row.rule.credentials
    except ImproperlyConfigured:  # no key fits: the page is of use all the same
        return added
    names = ["webhook-timestamp"]
    names += ["webhook-signature"] if credentials.get("signing") else []
    names += ["Authorization"] if credentials.get("authorization") else []
    names += [name for name, _ in credentials.get("headers", ())]
    return added + [{"name": name, "value": MASK} for name in names]


def _attempt(row: Attempt) -> Json:
    return {
        "number": row.number,
        "started_at": row.started_at,
        "duration_ms": row.duration,
        "phases": json.loads(row.phases),
        "outcome": row.outcome,
        "status": row.status,
        "headers": [_answer_header(name, value) for name, value in json.loads(row.headers)],
        "body": row.body,
        "is_truncated": row.is_truncated,
        "error": row.error,
        "peer": row.peer,
    }


def _for_owner(row: Attempt) -> Json:
    return {"error": plain_error(row.outcome, row.error), "peer": ""}


def _answer_header(name: str, value: str) -> Json:
    is_secret = name.lower() in _SECRET_ANSWER_HEADERS
    return {"name": name, "value": MASK if is_secret else value}
