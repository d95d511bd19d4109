"""Month's end: what each affiliate brought about, and whether it was told."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from dispatcher.admin.base import LedgerAdmin
from dispatcher.keys import find_row
from offers import services
from offers.admin.tables import money
from offers.documents import amount
from offers.models import Affiliate, Conversion, Offer
from offers.reconciliation import Line

CHOICES = 1_000
SHOWN = 200
COLUMNS = (
    "month", "affiliate", "offer", "currency", "pending", "done", "rejected", "payout_pending",
    "payout_done", "payout_rejected", "postbacks_owed", "delivered", "waiting", "held", "failed",
    "canceled", "payout_not_arrived",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def urls(model_admin: LedgerAdmin[Conversion]) -> list[URLPattern]:
    """The page's address, under the list of conversions."""

    def view(request: HttpRequest) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        return page(model_admin, request)

    name = "offers_conversion_reconciliation"
    return [path("reconciliation/", model_admin.admin_site.admin_view(view), name=name)]


def page(model_admin: LedgerAdmin[Conversion], request: HttpRequest) -> HttpResponse:
    """The table of a month; `as=csv` as a file."""
    month = _month(request.GET.get("month", ""))
    affiliate: Any = _chosen(Affiliate, request.GET.get("affiliate", ""))
    offer: Any = _chosen(Offer, request.GET.get("offer", ""))
    lines = services.reconcile(month=month, affiliate=affiliate, offer=offer)
    if request.GET.get("as") == "csv":
        return _file(lines, month)
    query = request.GET.copy()
    query["month"] = f"{month:%Y-%m}"
    query["as"] = "csv"
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": "Reconciliation",
        "month": month,
        "before": _neighbour(request, month, -1),
        "after": _neighbour(request, month, 1),
        "csv_url": f"?{query.urlencode()}",
        "affiliates": Affiliate.objects.order_by("name").values_list("pk", "name")[:CHOICES],
        "offers": Offer.objects.order_by("name").values_list("pk", "name")[:CHOICES],
        "affiliate": affiliate,
        "offer": offer,
        "rows": [_row(line) for line in lines[:SHOWN]],
        "not_shown": max(len(lines) - SHOWN, 0),
        "totals": _totals(lines),
        "figures": {
            name: sum(getattr(line, name) for line in lines)
            for name in ("conversions", "owed", "delivered")
        },
        "lost": sum(line.held + line.failed + line.canceled for line in lines),
    }
    return TemplateResponse(request, "admin/offers/conversion/reconciliation.html", context)


def _month(text: str) -> date:
    """The first of the month that is named as 2026-11; this month for anything else."""
    try:
        found = parse_date(f"{text}-01")
    except ValueError:
        found = None
    usable = found is not None and 2000 <= found.year <= 2100
    return found if usable and found else timezone.localdate().replace(day=1)


def _neighbour(request: HttpRequest, month: date, step: int) -> str:
    number = month.year * 12 + month.month - 1 + step
    query = request.GET.copy()
    query["month"] = f"{number // 12:04d}-{number % 12 + 1:02d}"
    return f"?{query.urlencode()}"


def _chosen(model: Any, key: str) -> Model | None:
    found: Model | None = find_row(model.objects.all(), key)
    return found


def _row(line: Line) -> dict[str, Any]:
    of_both = f"affiliate__id__exact={line.affiliate.pk}&offer__id__exact={line.offer.pk}"
    return {
        "line": line,
        "url": f"{reverse('admin:offers_conversion_changelist')}?{of_both}",
        "by_status": [
            {
                "status": status.label,
                "count": line.counts[status.value],
                "payout": money(line.payouts[status.value], line.currency),
            }
            for status in Conversion.Status
        ],
        "missing": money(line.missing, line.currency) if line.missing else "",
    }


def _totals(lines: list[Line]) -> list[dict[str, str]]:
    """What was earned and what did not arrive, for each currency."""
    sums: dict[str, list[Decimal]] = {}
    for line in lines:
        both = sums.setdefault(line.currency, [Decimal(0), Decimal(0)])
        both[0] += line.payouts[Conversion.Status.DONE.value]
        both[1] += line.missing
    return [
        {"done": money(done, currency), "missing": money(missing, currency)}
        for currency, (done, missing) in sorted(sums.items())
    ]


def _file(lines: list[Line], month: date) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines:
        counts = [line.counts[status] for status in Conversion.Status.values]
        payouts = [amount(line.payouts[status]) for status in Conversion.Status.values]
        writer.writerow(
            [
                f"{month:%Y-%m}", _plain(line.affiliate.name), _plain(line.offer.name),
                line.currency, *counts, *payouts, line.owed, line.delivered, line.waiting,
                line.held, line.failed, line.canceled, amount(line.missing),
            ]
        )  # fmt: skip
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"reconciliation-{month:%Y-%m}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _plain(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(_FORMULA) else name
