"""The first page: this month in figures, and what somebody has to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.console.wording import Standing
from offers.documents import amount
from offers.models import Conversion, Postback, PostbackEdit
from offers.site.access import Visit
from offers.site.wording import (
    conversion_standing,
    edit_of,
    edit_standing,
    postback_standing,
)

LATEST = 6
MOST_TROUBLES = 20
_SLACK = 1_000  # ids are given out nearly in the order of time, not quite


@dataclass(slots=True)
class Sums:
    """The conversions of one status, and their payout by currency."""

    standing: Standing
    status: str
    count: int = 0
    payouts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A postback that somebody has to look at, and why."""

    postback: Postback
    standing: Standing
    note: str = ""


def overview(visit: Visit) -> HttpResponse:
    start = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    conversions = visit.own(Conversion)
    latest = conversions.select_related("offer", "goal").order_by("-pk")[:LATEST]
    return visit.render(
        "overview",
        {
            "month": start,
            "sums": sums_since(visit, start),
            "figures": dispatcher.figures_of(visit.affiliate.owner, since=start),
            "troubles": troubles(visit),
            "latest": [(row, conversion_standing(row.status)) for row in latest],
        },
    )


def sums_since(visit: Visit, start: datetime) -> list[Sums]:
    """Conversions reported since then, by status: two queries over this time's rows alone."""
    before = Conversion.objects.filter(created_at__lt=start).order_by("-created_at")
    last: int = before.values_list("pk", flat=True).first() or 0
    found = visit.own(Conversion).filter(pk__gt=last - _SLACK, created_at__gte=start)
    rows = found.values_list("status", "currency").annotate(Count("pk"), Sum("payout"))
    sums = {
        status: Sums(conversion_standing(status), status) for status in Conversion.Status.values
    }
    for status, currency, count, payout in rows.order_by("status", "currency"):
        one = sums[status]
        one.count += count
        if payout:
            one.payouts.append(_money(payout, currency))
    return list(sums.values())


def _money(value: Decimal, currency: str) -> str:
    return f"{amount(value)} {currency}".strip()


def troubles(visit: Visit) -> list[Trouble]:
    """Postbacks that do not work as the affiliate wanted, the newest first; one query."""
    ill = (
        ~Q(approval=Postback.Approval.APPROVED)
        | Q(edit__isnull=False)
        | Q(is_active=True) & (~Q(rule__state="active") | ~Q(rule__breaker="closed"))
    )
    rows = visit.own(Postback).filter(ill).select_related("rule", "offer", "goal", "edit")
    return [trouble for row in rows.order_by("-pk")[:MOST_TROUBLES] for trouble in _of(row)]


def _of(postback: Postback) -> Iterable[Trouble]:
    standing = postback_standing(postback)
    if standing.tone in {"warn", "bad"}:
        yield Trouble(postback, standing, postback.approval_note)
    edit: PostbackEdit | None = edit_of(postback)
    about = edit_standing(edit)
    if edit is not None and about is not None:
        yield Trouble(postback, about, edit.note)
