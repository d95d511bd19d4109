"""What the page of one conversion shows: its data, its history, what fired and what did not."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from dispatcher.console import display
from dispatcher.console.wording import delivery_standing
from dispatcher.models import Delivery, OwnerHold, Skip
from offers import services
from offers.admin.tables import money
from offers.admin.wording import goal_label, status_badge
from offers.models import Conversion, ConversionChange

SHOWN = 100


def context(conversion: Conversion, *, may_see_deliveries: bool) -> dict[str, Any]:
    """For the template."""
    changes = list(services.history(conversion))[-SHOWN:]
    fired = _fired([c.event_id for c in changes if c.event_id]) if may_see_deliveries else {}
    return {
        "standing_badge": status_badge(conversion.status),
        "statuses": [
            {"value": status.value, "label": status.label}
            for status in Conversion.Status
            if status != conversion.status
        ],
        "goal": goal_label(conversion.goal, "Default"),
        "amounts": [
            (name, money(value, conversion.currency))
            for name, value in (
                ("Payout", conversion.payout),
                ("Revenue", conversion.revenue),
                ("Sale amount", conversion.sale_amount),
            )
        ],
        "sub_ids": [
            (number, text)
            for number in range(1, 6)
            if (text := getattr(conversion, f"sub_id{number}"))
        ],
        "changes": [_change(change, fired) for change in reversed(changes)],
        "may_see_deliveries": may_see_deliveries,
        "affiliate_url": reverse("admin:offers_affiliate_change", args=[conversion.affiliate_id]),
        "offer_url": reverse("admin:offers_offer_change", args=[conversion.offer_id]),
    }


def _change(change: ConversionChange, fired: dict[UUID, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "change": change,
        "to": status_badge(change.to_status),
        "is_new": not change.from_status,
        "is_status": change.from_status != change.to_status,
        "from": change.get_from_status_display(),
        "details": sorted(change.details.items()),
        "event_url": change.event_id
        and reverse("admin:dispatcher_event_change", args=[change.event_id]),
        "fired": fired.get(change.event_id, ()) if change.event_id else (),
    }


def _fired(events: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Deliveries and skips of these events; three queries."""
    holds, moment = dict(OwnerHold.objects.values_list("owner", "reason")), timezone.now()
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    deliveries = Delivery.objects.filter(event_id__in=events)
    deliveries = deliveries.select_related("event", "rule", "destination")
    for one in deliveries.defer("rule__credentials", "event__payload").order_by("pk"):
        badge = display.badge(delivery_standing(one, owner_holds=holds, moment=moment))
        url = reverse("admin:dispatcher_delivery_change", args=[one.pk])
        found[one.event_id].append({"rule": one.rule, "badge": badge, "url": url, "reason": ""})
    skips = Skip.objects.filter(event_id__in=events).select_related("rule")
    for skip in skips.defer("rule__credentials").order_by("pk"):
        found[skip.event_id].append(
            {"rule": skip.rule, "badge": "", "url": "", "reason": skip.reason}
        )
    return found
