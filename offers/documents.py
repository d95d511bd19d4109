"""The document of a conversion: what its events hold, and what macros are filled from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from offers.models import Conversion

CENTS = Decimal("0.01")


AMOUNTS = ("payout", "revenue", "sale_amount")


def conversion_document(conversion: Conversion, *, previous_status: str = "") -> dict[str, Any]:
    """The flat document: names never change, what is unknown is null or empty.

    Amounts are Decimals as they are written: exact, with two decimals at least. Times are ISO 8601
    in UTC; `updated` is when the status changed. Reads the conversion's offer, affiliate and goal:
    select them with it.
    """
    goal = conversion.goal
    return {
        "conversion_id": conversion.pk,
        "transaction_id": conversion.transaction_id,
        "click_id": conversion.click_id,
        "status": str(conversion.status),
        "previous_status": str(previous_status),
        "offer_id": conversion.offer_id,
        "offer_reference": conversion.offer.reference_id,
        "offer": conversion.offer.name,
        "affiliate_id": conversion.affiliate_id,
        "affiliate_reference": conversion.affiliate.reference_id,
        "affiliate": conversion.affiliate.name,
        "goal_id": conversion.goal_id,
        "goal_reference": goal.reference_id if goal else "",
        "goal": goal.name if goal else "",
        "sub_id1": conversion.sub_id1,
        "sub_id2": conversion.sub_id2,
        "sub_id3": conversion.sub_id3,
        "sub_id4": conversion.sub_id4,
        "sub_id5": conversion.sub_id5,
        **{name: _written(getattr(conversion, name)) for name in AMOUNTS},
        "currency": conversion.currency,
        "source": conversion.source,
        "country": conversion.country,
        "ip": conversion.ip or "",
        "created": _iso(conversion.created_at),
        "updated": _iso(conversion.status_changed_at),
    }


def document_text(conversion: Conversion, *, previous_status: str = "") -> str:
    """The document as JSON text; amounts are numbers with all their decimals, as 12.50."""
    document = conversion_document(conversion, previous_status=previous_status)
    return "{" + ", ".join(f'"{name}": {_json(value)}' for name, value in document.items()) + "}"


def _json(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def amount(value: Decimal | None) -> str | None:
    """As `12.50` or `0.0125`: exact, without an exponent, at least two decimals."""
    written = _written(value)
    return None if written is None else f"{written:f}"


def _written(value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    exact = value.normalize()
    exponent = exact.as_tuple().exponent
    return exact if isinstance(exponent, int) and exponent < -2 else exact.quantize(CENTS)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
