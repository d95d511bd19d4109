"""Rows of postbacks and conversions as tables on other things' pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from dispatcher.console import display
from offers.admin.wording import goal_label, postback_standing, status_badge
from offers.models import Conversion, Postback


def postback_rows(postbacks: QuerySet[Postback], *, limit: int) -> list[dict[str, Any]]:
    """The columns of the spec for each; one query."""
    rows = postbacks.select_related("affiliate", "offer", "goal", "rule").defer("rule__credentials")
    return [
        {
            "postback": postback,
            "url": reverse("admin:offers_postback_change", args=[postback.pk]),
            "affiliate": postback.affiliate.name if postback.affiliate else "All affiliates",
            "offer": postback.offer.name if postback.offer else "All offers",
            "goal": goal_label(postback.goal, "Any"),
            "badge": display.badge(postback_standing(postback)),
            "created": display.moment(postback.created_at),
            "updated": display.moment(postback.updated_at),
        }
        for postback in rows.order_by("-pk")[:limit]
    ]


def conversion_rows(conversions: QuerySet[Conversion], *, limit: int) -> list[dict[str, Any]]:
    """The latest of these conversions; one query."""
    rows = conversions.select_related("affiliate", "goal").order_by("-pk")[:limit]
    return [
        {
            "conversion": conversion,
            "url": reverse("admin:offers_conversion_change", args=[conversion.pk]),
            "badge": status_badge(conversion.status),
            "goal": goal_label(conversion.goal, "Default"),
            "payout": money(conversion.payout, conversion.currency),
            "created": display.moment(conversion.created_at),
        }
        for conversion in rows
    ]


def money(value: Any, currency: str) -> str:
    """An amount with its currency: 12.50 EUR."""
    if value is None:
        return display.NOTHING
    exact = f"{value.normalize():f}"
    whole, _, cents = exact.partition(".")
    return f"{int(whole):,}.{cents.ljust(2, '0')} {currency}".strip()
