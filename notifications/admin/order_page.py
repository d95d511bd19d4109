"""What the page of one order shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse

from dispatcher.admin.deliveries_words import short_destination
from dispatcher.admin.delivery_page import attempt_panel
from dispatcher.console import display
from dispatcher.console.wording import Standing, type_label
from dispatcher.models import Attempt, Delivery
from dispatcher.services import EventNote
from notifications import services
from notifications.admin.wording import waiting_standing
from notifications.models import Order, Transaction

ATTEMPTS_SHOWN = 300
ITEMS_SHOWN = 200
_KIND_WORDS = {"channel": "Channel", "trigger": "Trigger", "channel test": "Test"}


def order_page(order: Order) -> dict[str, Any]:
    """The context of the page."""
    events = services.order_timeline(order)
    keys = _keys(events)
    attempts = _attempts(list(keys.values()))
    timeline = [_event(one, keys, attempts) for one in reversed(events)]
    waiting = any(row["is_pending"] for event in timeline for row in event["deliveries"])
    return {
        "order": order,
        "standing": _standing(order, timeline),
        "contact": _contact(order),
        "address": _address(order),
        "items": [_item(one) for one in order.items[:ITEMS_SHOWN] if isinstance(one, Mapping)],
        "total": money(order.data.get("total"), order.data.get("currency")),
        "transactions": [_transaction(one) for one in order.transactions.order_by("pk")],
        "shipping": order.context.get("shipping") or {},
        "funnel": order.context.get("funnel") or {},
        "timeline": timeline,
        "failed": sum(row["can_retry"] for event in timeline for row in event["deliveries"]),
        "refresh_seconds": 2 if waiting else 0,
        "deliveries_url": f"{reverse('admin:dispatcher_delivery_changelist')}?q={order.reference}",
    }


def money(amount: object, currency: object) -> str:
    """As "49.90 EUR"; empty where there is no amount."""
    if amount is None or amount == "":
        return ""
    return f"{amount} {currency or ''}".strip()


def _keys(events: Iterable[EventNote]) -> dict[UUID, int]:
    """The primary keys of the deliveries, for the links to their pages."""
    wanted = [one.id for event in events for one in event.deliveries]
    return dict(Delivery.objects.filter(uid__in=wanted).values_list("uid", "pk")) if wanted else {}


def _attempts(keys: list[int]) -> dict[int, list[Attempt]]:
    found: dict[int, list[Attempt]] = defaultdict(list)
    if keys:
        rows = Attempt.objects.filter(delivery__in=keys).defer("body", "headers").order_by("-id")
        for row in rows[:ATTEMPTS_SHOWN]:
            found[row.delivery_id].insert(0, row)
    return found


def _event(
    event: EventNote, keys: Mapping[UUID, int], attempts: Mapping[int, list[Attempt]]
) -> dict[str, Any]:
    return {
        "event": event,
        "label": type_label(event.type),
        "url": reverse("admin:dispatcher_event_change", args=[event.id]),
        "deliveries": [
            {
                "note": one,
                "url": reverse("admin:dispatcher_delivery_change", args=[keys[one.id]]),
                "kind": _KIND_WORDS.get(one.rule_kind, one.rule_kind.capitalize()),
                "destination": short_destination(one.destination),
                "name": one.rule_name.removesuffix(f": {type_label(event.type)}"),
                "attempts": [_attempt(row) for row in attempts.get(keys[one.id], ())],
                "is_pending": one.state == "pending",
                "can_retry": one.can_be_resent
                and one.rule_kind == "channel"
                and services.is_retryable(event, one.state),
            }
            for one in event.deliveries
            if one.id in keys
        ],
        "skips": event.skips,
    }


def _attempt(row: Attempt) -> dict[str, Any]:
    return {**attempt_panel_of(row), "number": row.number, "started_at": row.started_at}


def attempt_panel_of(row: Attempt) -> dict[str, Any]:
    """State, status and duration of an attempt; its answer is on the delivery's page."""
    row.body = row.headers = ""
    panel = attempt_panel(row)
    return {name: panel[name] for name in ("standing", "status", "duration", "sentence")} | {
        "error": row.error
    }


def _standing(order: Order, timeline: list[dict[str, Any]]) -> Standing:
    rows = [row["note"].state for event in timeline for row in event["deliveries"]]
    if order.complete_due_at:
        return waiting_standing(order)
    if "failed" in rows:
        return Standing(
            "bad",
            f"{rows.count('failed')} failed",
            "Something about this order did not arrive. See below.",
        )
    if "pending" in rows:
        return Standing("info", "Being sent", "Something about this order is on its way.")
    if not rows:
        return Standing("idle", "Nothing was sent", "No channel or trigger was told of this order.")
    return Standing("good", "Everything arrived", "All that was sent for this order was accepted.")


def _contact(order: Order) -> dict[str, str]:
    contact = order.contact
    if contact is None:
        return {"E-mail": order.email} if order.email else {}
    phone = contact.data.get("phone")
    rows = {
        "Name": contact.name,
        "E-mail": contact.email or order.email,
        "Phone": phone if isinstance(phone, str) else "",
        "Reference": contact.reference or "",
    }
    return {name: value for name, value in rows.items() if value}


def _address(order: Order) -> list[str]:
    shipping = order.context.get("shipping") or {}
    contact = order.contact.data if order.contact else {}
    address = shipping.get("address") or contact.get("address") or {}
    if not isinstance(address, Mapping):
        return []
    town = " ".join(str(address.get(name) or "") for name in ("postal_code", "city")).strip()
    names = [address.get(name) for name in ("name", "company", "line1", "line2")]
    lines = [*names, town, address.get("region"), address.get("country")]
    return [str(line) for line in lines if line]


def _item(item: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": str(item.get("name") or item.get("title") or item.get("reference") or "Item"),
        "reference": str(item.get("reference") or item.get("id") or ""),
        "quantity": str(item.get("quantity") or 1),
        "price": str(item.get("price") or ""),
        "is_digital": "Digital" if item.get("is_digital") is True else "",
    }


def _transaction(row: Transaction) -> dict[str, Any]:
    good = row.status == Transaction.Status.APPROVED
    return {
        "row": row,
        "amount": money(row.amount if row.amount is None else f"{row.amount:.2f}", row.currency),
        "badge": display.badge(Standing("good" if good else "bad", str(row.get_status_display()))),
        "message": str(row.data.get("message") or ""),
    }
