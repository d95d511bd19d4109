"""`POST order-events/`: the call that everything else exists for, so it is kept light.

Bodies are read by hand, not by serializers: a serializer would cost more than the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import emitting, representation, shapes
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.views import EMIT, ApiView
from postbacks import services
from postbacks.api import shapes as own_shapes
from postbacks.services import NewOrderEvent

_FIELDS = frozenset({"type", "customer", "payload", "id", "occurred_at", "subject"})


class OrderEventView(ApiView):
    """Emit one order event."""

    rate = "EMIT_RATE"
    scopes = {"post": EMIT}

    @extend_schema(
        operation_id="order_events_create",
        tags=["Order events"],
        summary="Emit an order event",
        parameters=[emitting.KEY],
        request=own_shapes.OrderEventShape,
        responses={202: shapes.EmittedShape},
        examples=own_shapes.order_event_examples(),
    )
    def post(self, request: Request) -> Response:
        """Stored, with what it causes, when this answers 202; sent from then on."""
        item = read_item(request.data, request.headers.get("Idempotency-Key"))
        emitted = services.emit_order_event(item=item, emitter=self.caller.emitter)
        return Response(representation.emitted(emitted), status=HTTPStatus.ACCEPTED)


class OrderEventBatchView(ApiView):
    """Emit many order events."""

    rate = "EMIT_RATE"
    scopes = {"post": EMIT}

    @extend_schema(
        operation_id="order_events_batch",
        tags=["Order events"],
        summary="Emit up to 1,000 order events",
        request={"application/json": own_shapes.BATCH_REQUEST},
        responses={202: own_shapes.BATCH_ANSWER},
    )
    def post(self, request: Request) -> Response:
        """A result for each, in order; one that is refused does not keep the others out."""
        results = emitting.stored_or_problems(
            emitting.batch(request, noun="events"),
            read=read_item,
            store=lambda items: services.emit_order_events(
                items=items, emitter=self.caller.emitter
            ),
        )
        return Response([emitting.result(one) for one in results], status=HTTPStatus.ACCEPTED)


def read_item(data: Any, key: str | None = None) -> NewOrderEvent:
    """The event of a request's body. Raises Problem naming every field that is wrong."""
    data = emitting.members(data)
    errors = [*_wrong_fields(data), *emitting.wrong_key(data, key)]
    occurred_at = emitting.read_moment(data, errors)
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    return NewOrderEvent(
        type=data["type"],
        customer=data["customer"],
        payload=data.text("payload"),
        key=data.get("id") or key or None,
        occurred_at=occurred_at,
        subject=data.get("subject") or "",
    )


def _wrong_fields(data: Mapping[str, Any]) -> list[FieldError]:
    errors = emitting.wrong_names(data, known=_FIELDS, required=("type", "customer", "payload"))
    errors += emitting.wrong_texts(
        data, ("type", "customer", "subject", "id"), nullable=("subject", "id")
    )
    if not isinstance(data.get("payload", {}), dict):
        message = 'The payload must be a JSON object, as {"orderId": "…"}.'
        errors.append(FieldError(field="payload", message=message))
    return errors
