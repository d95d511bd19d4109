"""`orders/`: what is known of each order, and everything that was sent because of it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import filters
from dispatcher.api.pagination import KeysetPagination
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.views import READ, RESEND, ApiViewSet
from dispatcher.console import noting
from dispatcher.services import EventNote
from notifications import services
from notifications.api import order_shapes
from notifications.events import Source
from notifications.models import Order

STATES = ("pending", "delivered", "failed", "canceled")
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 254}
_TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
_FILTERS: Mapping[str, tuple[dict[str, Any], str]] = {
    "reference": (_TEXT, "The order's reference."),
    "number": (_TEXT, "The order's number."),
    "email": (_TEXT, "Its e-mail address, in any case."),
    "source": ({"type": "string", "enum": list(Source.values)}, "Where it belongs."),
    "state": ({"type": "string", "enum": list(STATES)}, "It has a notification in this state."),
    "is_waiting": ({"type": "boolean"}, "It waits for its thank-you page."),
    "created_after": (_TIME, "Placed from this time on. With its zone."),
    "created_before": (_TIME, "Placed before this time."),
}
PARAMETERS = [
    OpenApiParameter(name, schema, description=words) for name, (schema, words) in _FILTERS.items()
]


@extend_schema(tags=["Orders"])
class OrderViewSet(ApiViewSet):
    """Orders that events and facts spoke of."""

    scopes = {"list": READ, "retrieve": READ, "retry": RESEND}
    queryset = Order.objects.select_related("contact")
    serializer_class = order_shapes.OrderShape
    pagination_class = KeysetPagination
    key = "pk"
    lookup_value_regex = "[0-9]{1,18}"
    lookup_url_kwarg = "id"

    @extend_schema(
        summary="List orders",
        parameters=PARAMETERS,
        responses=order_shapes.OrderShape(many=True),
    )
    def list(self, request: Request) -> Response:
        """Newest first."""
        found = _filtered(self.get_queryset(), filters.from_query(request.query_params))
        rows = self.paginate_queryset(found) or []
        states = services.notification_states(rows)
        shown = [order_shapes.order(row, states[row.pk]) for row in rows]
        return self.get_paginated_response(shown)

    @extend_schema(summary="Read an order", responses=order_shapes.OrderDetailShape)
    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """With its transactions, and a timeline of what was sent because of it, oldest first."""
        return Response(self._detail(self._find(id)))

    @extend_schema(
        operation_id="orders_retry",
        summary="Retry an order's failed notifications",
        request=order_shapes.RetryShape,
        responses={202: order_shapes.RetriedShape},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, id: str) -> Response:  # noqa: A002
        """Send again what failed of order completed, approved transaction, transaction declined
        and refund applied: all of it, or one `delivery`; 409 where that cannot be retried here.
        Any other delivery can be resent by `deliveries/{id}/resend/`.
        """
        asked = order_shapes.RetryShape(data=request.data)
        asked.is_valid(raise_exception=True)
        order, delivery = self._find(id), asked.validated_data.get("delivery")
        if delivery is None:
            taken = services.retry_order(order=order)
        else:
            services.retry_delivery(order=order, delivery=delivery)
            taken = 1
        if taken:
            noting.note(
                request.user, [order], f"Failed notifications sent again over the API: {taken}"
            )
        return Response({"taken": taken}, status=HTTPStatus.ACCEPTED)

    def _find(self, key: str) -> Order:
        row: Order = get_object_or_404(self.get_queryset(), pk=int(key))
        return row

    def _detail(self, row: Order) -> dict[str, Any]:
        timeline: list[EventNote] = services.order_timeline(row)
        states = services.notification_states([row])
        return order_shapes.order_detail(row, states[row.pk], timeline)


def _filtered(orders: QuerySet[Order], values: Mapping[str, str]) -> QuerySet[Order]:
    errors = []
    for name, value in values.items():
        try:
            orders = _narrowed(orders, name, value)
        except ValueError as error:
            errors.append(FieldError(field=name[:80], message=str(error)))
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    return orders


def _narrowed(orders: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
    if name not in _FILTERS:
        raise ValueError(f"There is no such filter. Filters are {', '.join(_FILTERS)}.")
    known = _FILTERS[name][0].get("enum")
    if known and value not in known:
        raise ValueError(f"Choose one of {', '.join(known)}.")
    if not value or len(value) > 254 or not value.isprintable():
        raise ValueError("Give a value, or leave the filter out.")
    if name == "state":
        return services.with_notification_state(orders, value)
    return orders.alias(lower_email=Lower("email")).filter(_condition(name, value))


def _condition(name: str, value: str) -> Q:
    if name == "is_waiting":
        if value not in {"true", "false"}:
            raise ValueError("Choose true or false.")
        return Q(complete_due_at__isnull=value == "false")
    if name == "email":
        return Q(lower_email=value.lower())
    if name == "created_after":
        return Q(placed_at__gte=_moment(value))
    if name == "created_before":
        return Q(placed_at__lt=_moment(value))
    return Q(**{name: value})


def _moment(text: str) -> Any:
    try:
        moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("Give a time with its zone, as 2026-03-01T09:30:00Z.")
    return moment
