"""What each affiliate brought about in a month, and whether it was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone

from offers.models import Affiliate, Conversion, Offer

NOTHING = Decimal(0)
_EXACT = Decimal("0.0001")
_STATUSES: tuple[str, ...] = tuple(Conversion.Status.values)

# Written out, since what was owed is counted once per event and rule: sent again by hand, it is
# still one postback, and it arrived when one of its deliveries did.
_POSTBACKS = """
    WITH owed AS (
        SELECT h.conversion_id AS conversion, MAX(CASE
            WHEN d.state = 'delivered' THEN 5
            WHEN d.state = 'pending' AND (r.state = 'paused' OR w.owner IS NOT NULL) THEN 4
            WHEN d.state = 'pending' THEN 3
            WHEN d.state = 'failed' THEN 2
            ELSE 1 END) AS came_to
        FROM offers_conversion c
        JOIN offers_conversionchange h ON h.conversion_id = c.id
        JOIN dispatcher_delivery d ON d.event_id = h.event_id
        JOIN dispatcher_rule r ON r.id = d.rule_id
        LEFT JOIN dispatcher_ownerhold w ON w.owner = d.owner AND d.owner <> ''
        WHERE {where} {own}
        GROUP BY h.conversion_id, d.event_id, d.rule_id
    ), told AS (
        SELECT conversion, COUNT(*) AS owed,
            SUM(CASE WHEN came_to = 5 THEN 1 ELSE 0 END) AS delivered,
            SUM(CASE WHEN came_to = 4 THEN 1 ELSE 0 END) AS held,
            SUM(CASE WHEN came_to = 3 THEN 1 ELSE 0 END) AS waiting,
            SUM(CASE WHEN came_to = 2 THEN 1 ELSE 0 END) AS failed,
            SUM(CASE WHEN came_to = 1 THEN 1 ELSE 0 END) AS canceled
        FROM owed GROUP BY conversion
    )
    SELECT c.affiliate_id, c.offer_id, c.currency, SUM(t.owed), SUM(t.delivered), SUM(t.held),
        SUM(t.waiting), SUM(t.failed), SUM(t.canceled),
        SUM(CASE WHEN t.held + t.failed + t.canceled > 0 THEN c.payout ELSE 0 END)
    FROM told t JOIN offers_conversion c ON c.id = t.conversion
    GROUP BY c.affiliate_id, c.offer_id, c.currency
"""


@dataclass(slots=True)
class Line:
    """One affiliate, offer and currency: sums of different currencies would mean nothing.

    `counts` and `payouts` are by status. `missing` is the payout of the conversions behind
    postbacks that failed, were canceled or are held.
    """

    affiliate: Affiliate
    offer: Offer
    currency: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_STATUSES, 0))
    payouts: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(_STATUSES, NOTHING))
    owed: int = 0
    delivered: int = 0
    held: int = 0
    waiting: int = 0
    failed: int = 0
    canceled: int = 0
    missing: Decimal = NOTHING

    @property
    def conversions(self) -> int:
        """Of whatever status."""
        return sum(self.counts.values())

    @property
    def payout(self) -> Decimal:
        """Of whatever status."""
        return sum(self.payouts.values(), NOTHING)


_Key = tuple[int, int, str]


def reconcile(
    *,
    month: date,
    affiliate: Affiliate | None = None,
    offer: Offer | None = None,
    own_only: bool = False,
) -> list[Line]:
    """The conversions that came in this month, by affiliate, offer and currency; in that order.

    `own_only` counts the affiliates' own postbacks and leaves out the operators'. Four statements,
    however many lines there are. Months are those of TIME_ZONE.
    """
    start, end = _bounds(month)
    chosen: dict[str, Any] = {}
    if affiliate is not None:
        chosen["affiliate_id"] = affiliate.pk
    if offer is not None:
        chosen["offer_id"] = offer.pk
    sums = _sums(start, end, chosen)
    told = {tuple(row[:3]): row[3:] for row in _told(start, end, chosen, own_only=own_only)}
    lines = _lines({key for key, *_ in sums})
    for key, status, count, payout in sums:
        lines[key].counts[status] = count
        lines[key].payouts[status] = _exact(payout)
    for key, (owed, delivered, held, waiting, failed, canceled, missing) in told.items():
        line = lines[key]
        line.owed, line.delivered, line.held = int(owed), int(delivered), int(held)
        line.waiting, line.failed, line.canceled = int(waiting), int(failed), int(canceled)
        line.missing = _exact(missing)
    return sorted(
        lines.values(),
        key=lambda one: (one.affiliate.name.casefold(), one.offer.name.casefold(), one.currency),
    )


def _bounds(month: date) -> tuple[datetime, datetime]:
    first = datetime(month.year, month.month, 1)  # noqa: DTZ001 - made aware below
    year, following = (month.year + 1, 1) if month.month == 12 else (month.year, month.month + 1)
    last = datetime(year, following, 1)  # noqa: DTZ001
    return timezone.make_aware(first), timezone.make_aware(last)


def _sums(
    start: datetime, end: datetime, chosen: Mapping[str, Any]
) -> list[tuple[_Key, str, int, Decimal | None]]:
    rows = (
        Conversion.objects.filter(created_at__gte=start, created_at__lt=end, **chosen)
        .values("affiliate_id", "offer_id", "currency", "status")
        .annotate(count=Count("pk"), sum=Sum("payout"))
    )
    return [
        ((row["affiliate_id"], row["offer_id"], row["currency"]), row["status"], row["count"],
         row["sum"])
        for row in rows
    ]  # fmt: skip


def _told(
    start: datetime, end: datetime, chosen: Mapping[str, Any], *, own_only: bool
) -> list[Any]:
    conditions = ["c.created_at >= %s", "c.created_at < %s", "NOT d.is_test"]
    conditions += [f"c.{name} = %s" for name in chosen]
    own = "AND r.owner = d.owner" if own_only else ""
    statement = _POSTBACKS.format(where=" AND ".join(conditions), own=own)
    moments = [
        connection.ops.adapt_datetimefield_value(one.astimezone(UTC)) for one in (start, end)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*moments, *chosen.values()])
        return list(cursor.fetchall())


def _lines(keys: Iterable[_Key]) -> dict[_Key, Line]:
    found = set(keys)
    affiliates = Affiliate.objects.in_bulk({key[0] for key in found})
    offers = Offer.objects.in_bulk({key[1] for key in found})
    return {key: Line(affiliates[key[0]], offers[key[1]], key[2]) for key in found}


def _exact(value: Any) -> Decimal:
    """SQLite sums in floating point; four decimals of less than 10^11 are exact in it."""
    return Decimal(str(value or 0)).quantize(_EXACT)
