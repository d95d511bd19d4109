"""What the ledgers' filters must know of affiliate offers."""

from __future__ import annotations

from dispatcher.keys import as_key, find_row
from offers.events import EventType
from offers.models import Affiliate
from offers.services.testing import EVENT_TYPE

EVENT_TYPES: tuple[str, ...] = (*EventType.values, EVENT_TYPE)
PRIVATE = frozenset({"revenue"})
"""Members of a payload that an affiliate's token is not shown: what the network itself earns."""


def find_affiliate(reference: str) -> str | None:
    """The owner of this reference ID, else of this id; or an owner written as `affiliate:7`."""
    kind, _, key = reference.partition(":")
    if kind == "affiliate" and as_key(key) is not None:
        return reference
    affiliates = Affiliate.objects.only("pk")
    affiliate = affiliates.filter(reference_id=reference).first()
    if affiliate is None:
        affiliate = find_row(affiliates, reference)
    return affiliate.owner if affiliate else None


def why_closed(owner: str) -> str:
    """Why tokens of this affiliate may not be used: it is pending or blocked. "" where they may."""
    key = owner.partition(":")[2]
    affiliate = find_row(Affiliate.objects.only("status"), key)
    if affiliate is None or affiliate.status == Affiliate.Status.ACTIVE:
        return ""
    return f"This token's affiliate is {affiliate.status}. Ask the operator."
