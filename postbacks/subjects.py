"""What an order event is about, as its payload says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ORDER_NAMES = ("orderReferenceId", "orderId")
_NESTED_ORDER_NAMES = ("orderReferenceId", "referenceId", "orderId", "id")


def default_subject(payload: Mapping[str, Any]) -> str:
    """`order:<reference>` by the payload's order reference or ID; empty where there is none."""
    nested = payload.get("order")
    names = _first(payload, _ORDER_NAMES)
    if names is None and isinstance(nested, Mapping):
        names = _first(nested, _NESTED_ORDER_NAMES)
    return "" if names is None else f"order:{names}"


def _first(values: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """The first of these that is a text or whole number."""
    for name in names:
        value = values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None
