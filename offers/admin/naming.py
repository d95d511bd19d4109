"""What the ledgers call affiliates and conversions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Q, QuerySet
from django.urls import reverse

from dispatcher.console import in_use, names
from dispatcher.console.names import Name
from dispatcher.console.near_misses import NearMiss
from dispatcher.console.near_misses import register as register_near_misses
from dispatcher.console.wording import register_types
from dispatcher.keys import as_keys, find_row
from dispatcher.models import Event
from offers.events import EventType
from offers.models import Affiliate, Conversion, Postback

MOST = 50


def name_affiliates(keys: Iterable[str]) -> Mapping[str, Name]:
    """Affiliates by primary key; one query."""
    return {
        str(pk): Name(name, reverse("admin:offers_affiliate_change", args=[pk]))
        for pk, name in Affiliate.objects.filter(pk__in=as_keys(keys)).values_list("pk", "name")
    }


def name_conversions(keys: Iterable[str]) -> Mapping[str, Name]:
    """Conversions by primary key; one query."""
    found = Conversion.objects.filter(pk__in=as_keys(keys)).values_list("pk", "transaction_id")
    return {
        str(pk): Name(f"Conversion {text}", reverse("admin:offers_conversion_change", args=[pk]))
        for pk, text in found
    }


def find_affiliates(text: str) -> list[str]:
    """Affiliates by reference ID or a part of their name, 50 at most."""
    meant = Affiliate.objects.filter(Q(reference_id=text) | Q(name__icontains=text))
    return [str(pk) for pk in meant.order_by("name").values_list("pk", flat=True)[:MOST]]


def find_conversions(texts: Collection[str]) -> list[str]:
    """Subjects of conversions by transaction ID or click ID, the newest 50."""
    by_click = Q(click_id__in=texts) & ~Q(click_id="")
    meant = Conversion.objects.filter(Q(transaction_id__in=texts) | by_click).order_by("-pk")
    return [f"conversion:{pk}" for pk in meant.values_list("pk", flat=True)[:MOST]]


def near_misses(event: Event) -> list[NearMiss]:
    """Postbacks of this affiliate or offer that wait for another status or goal; few of them."""
    kind, _, key = event.subject.partition(":")
    if event.type not in EventType.values or kind != "conversion":
        return []
    conversion = find_row(Conversion.objects.select_related("offer"), key)
    if conversion is None:
        return []
    status = _status_then(event, conversion)
    postbacks = Postback.objects.select_related("goal", "offer").filter(
        Q(affiliate=conversion.affiliate_id) | Q(affiliate=None),
        Q(offer=conversion.offer_id) | Q(offer=None),
    )
    return [
        NearMiss(
            f"Postback {postback.pk}",
            reverse("admin:offers_postback_change", args=[postback.pk]),
            reason,
        )
        for postback in postbacks.order_by("pk")[:MOST]
        if (reason := _why_not(postback, conversion, status))
    ]


def _status_then(event: Event, conversion: Conversion) -> str:
    """The status that the event told, which the conversion may have left since."""
    try:
        told = json.loads(event.payload).get("status")
    except (ValueError, AttributeError):  # erased
        told = None
    return str(told or conversion.status)


def _why_not(postback: Postback, conversion: Conversion, status: str) -> str:
    if postback.conversion_status not in {Postback.Status.ANY, status}:
        wanted = postback.get_conversion_status_display()
        return f"It waits for the status “{wanted}”; the conversion was {status}."
    goal = postback.goal
    if conversion.offer.enabled_goals and goal is not None and goal.pk != conversion.goal_id:
        return f"It waits for the goal “{goal.name}”."
    return ""


def register() -> None:
    """Make the names known; once, when the admin is loaded."""
    names.register("affiliate", name_affiliates)
    names.register("conversion", name_conversions)
    names.register_subject("conversion")
    names.register_finder("affiliate", find_affiliates)
    sought = ("a conversion by its transaction ID or click ID",)
    names.register_subject_finder("conversion", find_conversions, sought=sought)
    register_types(EventType.choices)
    register_near_misses(near_misses)
    in_use.register("postback", rules_in_use)


def rules_in_use() -> QuerySet[Postback, int]:
    """Those of active, approved postbacks of affiliates that are active."""
    active = Postback.objects.filter(
        is_active=True,
        approval=Postback.Approval.APPROVED,
        affiliate__status=Affiliate.Status.ACTIVE,
    )
    return active.values_list("rule_id", flat=True)
