"""The affiliate's conversions: to read, to look for, and to take along as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from dispatcher import services as dispatcher
from offers.documents import amount
from offers.models import Conversion, Offer, Postback
from offers.site.access import Visit
from offers.site.filters import ConversionFilter
from offers.site.paging import page, rows_of
from offers.site.wording import conversion_standing, delivery_standing

MOST_OFFERS = 500
COLUMNS = (
    "reported", "status", "status_changed", "offer", "goal", "transaction_id", "click_id",
    "sub_id1", "sub_id2", "sub_id3", "sub_id4", "sub_id5", "payout", "sale_amount", "currency",
    "source", "country",
)  # fmt: skip
"""What an affiliate may know of a conversion: not what the network earns, nor the visitor's IP."""


def conversions(visit: Visit) -> HttpResponse:
    form = ConversionFilter(visit.request.GET)
    shown = page(visit.request, rows_of(_filtered(visit, form)))
    rows = [(row, conversion_standing(row.status), amount(row.payout)) for row in shown.rows]
    context = {
        "form": form,
        "offers": _offers(visit),
        "page": shown,
        "rows": rows,
        "export": _export_address(visit),
    }
    return visit.render("conversions", context)


def _offers(visit: Visit) -> list[str]:
    """Names to choose from; any other can be typed.

    Of the offers that its conversions are likely to be of: looking at all of them takes long.
    """
    called = visit.own(Postback).exclude(offer=None).values("offer")
    mine = Offer.objects.visible_to(visit.affiliate) | Offer.objects.filter(pk__in=called)
    return list(mine.order_by("name").values_list("name", flat=True)[:MOST_OFFERS])


def _filtered(visit: Visit, form: ConversionFilter) -> QuerySet[Conversion]:
    found = visit.own(Conversion).select_related("offer", "goal")
    return found.filter(form.condition()) if form.is_valid() else found.none()


def _export_address(visit: Visit) -> str:
    query = visit.request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    return query.urlencode()


def conversion(visit: Visit, conversion: int) -> HttpResponse:
    rows = visit.own(Conversion).select_related("offer", "goal")
    found = visit.find(Conversion, conversion)
    found = rows.get(pk=found.pk)
    deliveries = dispatcher.deliveries_of(visit.affiliate.owner, subject=found.subject)
    changes = found.changes.exclude(Q(from_status="") | Q(event_id=None)).order_by("-pk")[:50]
    return visit.render(
        "conversion",
        {
            "conversion": found,
            "standing": conversion_standing(found.status),
            "payout": amount(found.payout),
            "sale_amount": amount(found.sale_amount),
            "sub_ids": [(n, getattr(found, f"sub_id{n}")) for n in range(1, 6)],
            "changes": [(row, conversion_standing(row.to_status)) for row in changes],
            "deliveries": [(row, delivery_standing(row)) for row in deliveries],
        },
    )


def export(visit: Visit) -> HttpResponse | StreamingHttpResponse:
    """Every conversion that matches the filter, newest first, a line each as it is read."""
    form = ConversionFilter(visit.request.GET)
    lines = _lines(_filtered(visit, form))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"conversions-{timezone.localdate():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Echo:
    """What csv writes into, to be handed on line by line."""

    def write(self, text: str) -> str:
        return text


def _lines(found: QuerySet[Conversion]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for row in found.order_by("-pk").iterator(chunk_size=1_000):
        yield writer.writerow([_harmless(value) for value in _values(row)])


def _values(row: Conversion) -> Iterator[str]:
    yield from (_time(row.created_at), row.status, _time(row.status_changed_at))
    yield from (row.offer.name, row.goal.name if row.goal else "")
    for name in COLUMNS[5:12]:
        yield getattr(row, name)
    yield from (amount(row.payout) or "", amount(row.sale_amount) or "")
    yield from (row.currency, row.source, row.country)


def _time(moment: Any) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _harmless(text: str) -> str:
    """What a spreadsheet would take for a formula is marked as text; no amount is below zero."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
