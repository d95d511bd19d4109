"""`POST system-events/`: one of the ten events, emitted directly; and the events' switches."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib.auth import get_user_model
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import emitting, representation, shapes
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.resources import StrictSerializer
from dispatcher.api.views import CONFIGURE, EMIT, READ_CONFIGURATION, ApiView
from notifications import services
from notifications.api import event_shapes
from notifications.events import EVERY_TYPE
from notifications.services import NewSystemEvent
from notifications.services.samples import samples

_FIELDS = frozenset({"type", "source", "payload", "id", "occurred_at"})
_REQUIRED = ("type", "source", "payload")


class SystemEventView(ApiView):
    """Emit a system event; list the events with their switches."""

    rate = "EMIT_RATE"
    scopes = {"post": EMIT, "get": READ_CONFIGURATION}

    @extend_schema(
        operation_id="system_events_create",
        tags=["System events"],
        summary="Emit a system event",
        parameters=[emitting.KEY],
        request=event_shapes.SystemEventShape,
        responses={202: shapes.EmittedShape},
        examples=event_shapes.system_event_examples(),
    )
    def post(self, request: Request) -> Response:
        """Stored, with what it causes, when this answers 202; sent from then on.

        “Order completed” is told once for each order and “customer created” once for each
        contact: a second one is answered as a duplicate.
        """
        item = read_item(request.data, request.headers.get("Idempotency-Key"))
        emitted = services.emit_system_event(item=item, emitter=self.caller.emitter)
        return Response(representation.emitted(emitted), status=HTTPStatus.ACCEPTED)

    @extend_schema(
        operation_id="system_events_list",
        tags=["System events"],
        summary="List the events with their switches",
        responses=event_shapes.SwitchShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """The ten, and those that the service itself emits."""
        return Response([_switch(row) for row in services.event_rows()])


class SystemEventBatchView(ApiView):
    """Emit many system events."""

    rate = "EMIT_RATE"
    scopes = {"post": EMIT}

    @extend_schema(
        operation_id="system_events_batch",
        tags=["System events"],
        summary="Emit up to 1,000 system events",
        request={"application/json": event_shapes.BATCH_REQUEST},
        responses={202: event_shapes.BATCH_ANSWER},
    )
    def post(self, request: Request) -> Response:
        """A result for each, in order; one that is refused does not keep the others out."""
        results = emitting.stored_or_problems(
            emitting.batch(request, noun="events"),
            read=read_item,
            store=lambda items: services.emit_system_events(
                items=items, emitter=self.caller.emitter
            ),
        )
        return Response([emitting.result(one) for one in results], status=HTTPStatus.ACCEPTED)


class SwitchSerializer(StrictSerializer):
    """What can be changed of an event."""

    is_on = event_shapes.is_on()


class SwitchView(ApiView):
    """One event: its switch."""

    scopes = {"get": READ_CONFIGURATION, "patch": CONFIGURE}

    @extend_schema(
        operation_id="system_events_retrieve",
        tags=["System events"],
        summary="Read an event's switch",
        parameters=[event_shapes.TYPE],
        responses=event_shapes.SwitchShape,
    )
    def get(self, request: Request, type: str) -> Response:  # noqa: A002 - its name in the path
        """Whether it is on, how many channels it has, when it fired last."""
        return Response(_find(type))

    @extend_schema(
        operation_id="system_events_switch",
        tags=["System events"],
        summary="Switch an event on or off",
        parameters=[event_shapes.TYPE],
        request=SwitchSerializer,
        responses=event_shapes.SwitchShape,
    )
    def patch(self, request: Request, type: str) -> Response:  # noqa: A002
        """Switched off it keeps its channels; counts from the next event on."""
        _find(type)
        serializer = SwitchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        services.switch_event(
            event=type, is_on=serializer.validated_data["is_on"], by=self.caller_user()
        )
        return Response(_find(type))

    def caller_user(self) -> Any:
        """Whom the history names: the token's owner."""
        return get_user_model().objects.get(pk=self.caller.owner_id)


class SampleView(ApiView):
    """Recent documents of an event."""

    scopes = {"get": READ_CONFIGURATION}

    @extend_schema(
        operation_id="system_events_samples",
        tags=["System events"],
        summary="Read recent samples of an event",
        parameters=[event_shapes.TYPE],
        responses={200: event_shapes.SAMPLES},
    )
    def get(self, request: Request, type: str) -> Response:  # noqa: A002 - its name in the path
        """The newest real payloads, newest first; the documented sample while there are none."""
        if type not in dict(EVERY_TYPE):
            raise NotFound
        return Response(samples(type))


def _find(event: str) -> dict[str, Any]:
    for row in services.event_rows():
        if row.event == event:
            return _switch(row)
    raise NotFound


def _switch(row: services.EventRow) -> dict[str, Any]:
    return {
        "type": row.event,
        "name": row.label,
        "fires_when": row.sentence,
        "is_on": row.is_on,
        "channels": row.channels,
        "last_fired_at": row.last_fired_at,
        "is_operational": row.is_operational,
        "postback_only": row.is_postback_only,
    }


def read_item(data: Any, key: str | None = None) -> NewSystemEvent:
    """The event of a request's body. Raises Problem naming every field that is wrong."""
    data = emitting.members(data)
    errors = [*_wrong_fields(data), *emitting.wrong_key(data, key)]
    occurred_at = emitting.read_moment(data, errors)
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    return NewSystemEvent(
        type=data["type"],
        source=data["source"],
        payload=data.text("payload"),
        key=data.get("id") or key or None,
        occurred_at=occurred_at,
    )


def _wrong_fields(data: Mapping[str, Any]) -> list[FieldError]:
    errors = emitting.wrong_names(data, known=_FIELDS, required=_REQUIRED)
    errors += emitting.wrong_texts(data, ("type", "source", "id"), nullable=("id",))
    if not isinstance(data.get("payload", {}), dict):
        message = 'The payload must be a JSON object, as {"order": {"reference": "…"}}.'
        errors.append(FieldError(field="payload", message=message))
    return errors
