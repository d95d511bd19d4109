"""Rows of the ledgers, as the engine leaves them."""

from __future__ import annotations

import json
from datetime import timedelta

import factories
from django.utils import timezone

from dispatcher.models import Attempt, Delivery, Request
from postbacks.services import NewOrderEvent, emit_order_event

HEADER_SECRET = "header-secret-5Tq9"
SIGNING_SECRET = "whsec_c2lnbmluZy1zZWNyZXQtMDEyMzQ1Njc4OWFiY2Rl"
SECRETS = (HEADER_SECRET, SIGNING_SECRET, SIGNING_SECRET.removeprefix("whsec_"))


def trigger(**values):
    """An active trigger with a secret header and a signing secret."""
    headers = [
        {"name": "X-Shop", "value": "42", "is_secret": False},
        {"name": "X-Api-Key", "value": HEADER_SECRET, "is_secret": True},
    ]
    return factories.trigger(
        **{"headers": headers, "signing_secret": SIGNING_SECRET, "customer": None} | values
    )


def emit(number=1, *, customer=None, **payload):
    """One shipped order of a customer; its event and deliveries."""
    customer = customer or factories.customer()
    payload = {"orderId": f"o-{number}", "orderReferenceId": f"PO-{number}"} | payload
    item = NewOrderEvent(
        type="order_shipped", customer=customer.reference_id, payload=json.dumps(payload)
    )
    return emit_order_event(item=item, emitter="user:1")


def delivery(number=1, *, state="delivered", attempts=1, **payload):
    """The delivery of a new event, as it is after so many attempts."""
    uid = emit(number, **payload).deliveries[0].id
    row = Delivery.objects.select_related("route").get(uid=uid)
    now = timezone.now()
    Request.objects.create(
        delivery=row,
        method="POST",
        url=row.route.spec["url"],
        headers='[["Content-Type", "application/json"]]',
        body='{"order":"<b>o-1</b>"}',
        warnings='[{"line": 2, "message": "carrier is missing"}]',
        rendered_at=now,
    )
    for attempt in range(1, attempts + 1):
        good = state == "delivered" and attempt == attempts
        Attempt.objects.create(
            delivery=row, number=attempt, fence=attempt, started_at=now, duration=120.0,
            phases='{"connect": 20.0, "wait": 100.0}', outcome="delivered" if good else "rejected",
            status=200 if good else 503, headers='[["Server", "nginx"]]', peer="203.0.113.7:443",
            body="<script>alert(1)</script>",
        )  # fmt: skip
    Delivery.objects.filter(pk=row.pk).update(
        state=state,
        attempts_made=attempts,
        outcome="delivered" if state == "delivered" else "rejected",
        finished_at=None if state == "pending" else now,
        due_at=now + timedelta(minutes=5),
    )
    return Delivery.objects.get(pk=row.pk)


def ended(*uids, state="failed"):
    """These deliveries, or all there are, as one attempt that ended so leaves them."""
    rows = Delivery.objects.filter(uid__in=uids) if uids else Delivery.objects.all()
    rows.update(state=state, attempts_made=1, finished_at=timezone.now())
