"""What the ledgers' filters must know of affiliate offers."""

from __future__ import annotations

from offers.events import EventType
from offers.models import Affiliate
from offers.services.testing import EVENT_TYPE

EVENT_TYPES: tuple[str, ...] = (*EventType.values, EVENT_TYPE)
PRIVATE = frozenset({"revenue"})
"""Members of a payload that an affiliate's token is not shown: what the network itself earns."""


def find_affiliate(reference: str) -> str | None:
    """The owner of this reference ID, else of this id; or an owner written as `affiliate:7`."""
    kind, _, key = reference.partition(":")
    if kind == "affiliate" and _is_id(key):
        return reference
    affiliates = Affiliate.objects.only("pk")
    affiliate = affiliates.filter(reference_id=reference).first()
    if affiliate is None and _is_id(reference):
        affiliate = affiliates.filter(pk=int(reference)).first()
    return affiliate.owner if affiliate else None


def why_closed(owner: str) -> str:
    """Why tokens of this affiliate may not be used: it is pending or blocked. "" where they may."""
    key = owner.partition(":")[2]
    status = (
        Affiliate.objects.filter(pk=int(key)).values_list("status", flat=True).first()
        if _is_id(key)
        else None
    )
    if status in {None, Affiliate.Status.ACTIVE}:
        return ""
    return f"This token's affiliate is {status}. Ask the operator."


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
