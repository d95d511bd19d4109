"""How one delivery went, as plain data: what a test shows to whoever fired it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dispatcher.models import Attempt, Delivery
from dispatcher.services.owned_rows import plain_error
from dispatcher.services.previewing import MASK
from dispatcher.types import Outcome

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """A delivery with its request and last attempt; empty where there is none yet."""

    id: int
    uid: UUID
    state: str
    outcome: str
    error: str
    method: str
    url: str
    headers: Pairs
    body: str
    status: int | None
    answer_headers: Pairs
    answer: str
    milliseconds: float | None

    @property
    def is_finished(self) -> bool:
        return self.state != Delivery.State.PENDING

    @property
    def is_delivered(self) -> bool:
        return self.state == Delivery.State.DELIVERED


def result_of_test(uid: UUID, *, owner: str | None = None) -> DeliveryResult | None:
    """The test run with this id, if there is one (and it is this owner's, where one is given).

    Real deliveries are not told. Credentials are masked: their values are stored nowhere.
    """
    rows = Delivery.objects.select_related("rule", "request").filter(uid=uid, is_test=True)
    if owner is not None:  # and made by its own rule: what others send for it is not its business
        rows = rows.filter(owner=owner, rule__owner=owner)
    delivery = rows.first()
    if delivery is None:
        return None
    request = getattr(delivery, "request", None)
    attempt = delivery.attempts.order_by("-id").first()
    return DeliveryResult(
        id=delivery.pk,
        uid=delivery.uid,
        state=delivery.state,
        outcome=Outcome(delivery.outcome).label if delivery.outcome in Outcome.values else "",
        error=_error(attempt, is_owners=owner is not None) if attempt else "",
        method=request.method if request else "",
        url=request.url if request else "",
        headers=_pairs(request.headers) + _hidden(delivery) if request else [],
        body=request.body if request else "",
        status=attempt.status if attempt else None,
        answer_headers=_pairs(attempt.headers) if attempt else [],
        answer=attempt.body if attempt else "",
        milliseconds=attempt.duration if attempt else None,
    )


def _error(attempt: Attempt, *, is_owners: bool) -> str:
    return plain_error(attempt.outcome, attempt.error) if is_owners else attempt.error


def _hidden(delivery: Delivery) -> Pairs:
    credentials: dict[str, Any] = delivery.rule.credentials
    names = [str(name) for name, _ in credentials.get("headers", ())]
    if credentials.get("authorization"):
        names.append("Authorization")
    return [(name, MASK) for name in names] + [("webhook-id", str(delivery.uid))]


def _pairs(text: str) -> Pairs:
    return [(str(name), str(value)) for name, value in json.loads(text or "[]")]
