"""`POST order-events/`: the call that everything else exists for, so it is kept light.

Bodies are read by hand, not by serializers: a serializer would cost more than the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import problems, representation, shapes
from dispatcher.api.documents import DocumentError, Members
from dispatcher.api.ledgers import unknown_field
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.views import EMIT, ApiView
from dispatcher.types import Emitted
from postbacks import services
from postbacks.api import shapes as own_shapes
from postbacks.services import NewOrderEvent
from postbacks.services.emission import Result

MAX_BATCH = 1_000
MAX_KEY = 255

_FIELDS = frozenset({"type", "customer", "payload", "id", "occurred_at", "subject"})
_MISSING = "This field is missing. Add it."
_TWO_KEYS = "The Idempotency-Key header and “id” differ. Send one of them, or the same in both."
_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="The same key and body again is the same answer, with “duplicate”: true; "
    "with another body 409. The same as “id” in the body.",
)


class OrderEventView(ApiView):
    """Emit one order event."""

    rate = "EMIT_RATE"
    scopes = {"post": EMIT}

    @extend_schema(
        operation_id="order_events_create",
        tags=["Order events"],
        summary="Emit an order event",
        parameters=[_KEY],
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
        if not isinstance(request.data, list):
            raise Problem.of_field("", "Send a JSON list of events, as [{…}, {…}].")
        if len(request.data) > MAX_BATCH:
            message = f"This list holds {len(request.data):,} events. Send {MAX_BATCH:,} at most."
            raise Problem.of_field("", message)
        if "Idempotency-Key" in request.headers:
            message = "A list has no key of its own. Give each event an “id” instead."
            raise Problem.of_field("Idempotency-Key", message)
        results = emit_all(request.data, self.caller.emitter)
        return Response([_result(one) for one in results], status=HTTPStatus.ACCEPTED)


def emit_all(bodies: list[Any], emitter: str) -> list[Result | Problem]:
    """A result for each body, in order; those that can be read are stored together."""
    read: list[NewOrderEvent | Problem] = []
    for one in bodies:
        try:
            read.append(read_item(one, None))
        except Problem as problem:
            read.append(problem)
    items = [one for one in read if isinstance(one, NewOrderEvent)]
    stored = iter(services.emit_order_events(items=items, emitter=emitter) if items else ())
    return [one if isinstance(one, Problem) else next(stored) for one in read]


def _result(result: Emitted | Exception) -> dict[str, Any]:
    if isinstance(result, Emitted):
        return {"status": int(HTTPStatus.ACCEPTED), **representation.emitted(result)}
    document = problems.describe(result)
    assert document is not None  # noqa: S101 - emission returns errors that are described
    return document


def read_item(data: Any, key: str | None) -> NewOrderEvent:
    """The event of a request's body. Raises Problem naming every field that is wrong."""
    if isinstance(data, DocumentError):  # an item of a list
        raise Problem.of_field(data.field, str(data))
    if not isinstance(data, Members):
        raise Problem.of_field("", "Send a JSON object, as {…}.")
    errors = [*_wrong_fields(data), *_wrong_key(data, key)]
    occurred_at = _read_moment(data, errors)
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
    errors = []
    if not data.keys() <= _FIELDS:
        errors += [
            FieldError(field=name[:80], message=unknown_field(name, set(_FIELDS)))
            for name in data
            if name not in _FIELDS
        ]
    for name in ("type", "customer", "payload"):
        if name not in data:
            errors.append(FieldError(field=name, message=_MISSING))
    for name in ("type", "customer", "subject", "id"):
        value = data.get(name, "")
        if not isinstance(value, str) and not (value is None and name in {"subject", "id"}):
            errors.append(FieldError(field=name, message="Give a text here."))
    if not isinstance(data.get("payload", {}), dict):
        message = 'The payload must be a JSON object, as {"orderId": "…"}.'
        errors.append(FieldError(field="payload", message=message))
    return errors


def _wrong_key(data: Mapping[str, Any], key: str | None) -> list[FieldError]:
    own = data.get("id")
    if data.keys() >= {"id"} and own == "":
        return [FieldError(field="id", message="An id must not be empty. Leave it out instead.")]
    if key is None:
        return []
    if not key or len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        message = f"The key must be printable ASCII of {MAX_KEY} characters at most."
        return [FieldError(field="Idempotency-Key", message=message)]
    if own is not None and own != key:
        return [FieldError(field="id", message=_TWO_KEYS)]
    return []


def _read_moment(data: Mapping[str, Any], errors: list[FieldError]) -> datetime | None:
    value = data.get("occurred_at")
    if value is None:
        return None
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        message = "Give a time with its zone, as 2026-03-01T09:30:00Z."
        errors.append(FieldError(field="occurred_at", message=message))
    return moment
