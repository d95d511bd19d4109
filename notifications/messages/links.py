"""What messages' templates can call besides what every template can."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from dispatcher.rendering import RenderError, register_function


def register() -> None:
    """Let templates call `order_page(…)`; for an AppConfig's `ready`."""
    register_function(
        "order_page",
        _answer,
        summary="the address of an order's page here",
        example="{{ order_page(order.reference) }}",
    )


def order_page(reference: str) -> str:
    """The address of the page of the order with this reference."""
    # Not reversed as a whole: a link must not need the admin's registration.
    path = f"{reverse('admin:index')}notifications/order/find/"
    return f"{settings.BASE_URL}{path}?reference={quote(reference, safe='')}"


def _answer(_owner: str, arguments: list[Any], named: dict[str, Any]) -> str:
    given = [*arguments, *named.values()]
    if len(given) != 1:
        raise RenderError("`order_page` needs one thing: the order's reference.")
    return order_page(str(given[0])) if given[0] not in {None, ""} else ""
