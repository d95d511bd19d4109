"""`channels/`: where notifications go, and trying it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import emitting, fields, ledgers
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.resources import CRUD, ResourceViewSet, StrictSerializer
from dispatcher.api.shapes import AnyObject, DeliveryDetailShape
from dispatcher.api.views import CONFIGURE
from dispatcher.documents import Members
from notifications import kinds, services
from notifications.events import EVERY_TYPE
from notifications.models import Channel

_SET: dict[str, Any] = {
    "type": "object",
    "required": ["set"],
    "properties": {"set": {"type": "boolean"}},
    "additionalProperties": False,
}


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "null"}, _SET]},
        "description": "The kind's secret values, by name. Written as text; null or left out keeps "
        "what is stored, empty removes it. Read: is there one?",
        "example": {"signing_secret": {"set": True}},
    }
)
class SecretField(serializers.Field[Any, Any, Any, Any]):
    """Written, never read: shows only which there are. What was read changes nothing."""

    def get_attribute(self, instance: Channel) -> Channel:
        return instance

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError('Give an object, as {"signing_secret": "whsec_…"}.')
        wrong = {name: ["Give a text, or null to keep it."] for name in data if _is_bad(data[name])}
        if wrong:
            raise serializers.ValidationError(wrong)
        return {name: one if isinstance(one, str) else None for name, one in data.items()}

    def to_representation(self, value: Channel) -> dict[str, dict[str, bool]]:
        if value.kind not in kinds.KINDS:
            return {}
        stored = {**value.secret, "signing_secret": value.secret.get("signing")}
        secret = [one.name for one in kinds.kind(value.kind).fields if one.is_secret]
        return {name: {"set": bool(stored.get(name))} for name in secret}


def _is_bad(value: Any) -> bool:
    if value is None or isinstance(value, str):
        return False
    is_read = isinstance(value, Mapping) and value.keys() == {"set"}
    return not (is_read and isinstance(value["set"], bool))


class ChannelSerializer(StrictSerializer):
    """A channel."""

    id = serializers.IntegerField(read_only=True)
    name = fields.Text(max_length=255)
    kind = fields.Choice(choices=[(name, kind.label) for name, kind in kinds.KINDS.items()])
    is_active = fields.Flag(required=False, default=True)
    config = AnyObject(
        required=False,
        default=dict,
        help_text="What its kind needs, as {“url”: …} of a postback, which may have “headers”: "
        "rows of name, value, is_secret.",
    )
    secret = SecretField(source="given_secret", required=False)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


TEST_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "event": {
            "type": ["string", "null"],
            "enum": [*(value for value, _ in EVERY_TYPE), None],
            "description": "What it pretends to be about: the first event that the channel is "
            "attached to, when left out.",
        },
        "payload": {
            "type": ["object", "null"],
            "additionalProperties": True,
            "description": "The event's sample, when left out.",
        },
    },
    "example": {"event": "order_completed"},
}


@extend_schema(tags=["Channels"])
class ChannelViewSet(ResourceViewSet):
    """A place that notifications are sent to."""

    queryset = Channel.objects.all()
    serializer_class = ChannelSerializer
    scopes = {**CRUD, "test": CONFIGURE}

    def save(self, row: Channel, values: Mapping[str, Any]) -> Channel:
        given = values.get("given_secret")
        return services.save_channel(channel=row, secret=given, by=self.author())

    def delete_row(self, row: Channel) -> None:
        services.delete_channel(channel=row, by=self.author())

    @extend_schema(
        operation_id="channels_test",
        summary="Test a channel",
        request={"application/json": TEST_BODY},
        responses={202: DeliveryDetailShape},
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """Send one test message by the saved configuration; inactive ones may be tested, too."""
        event, payload = _read_test(request.data)
        uid = services.test_channel(
            channel=self.find(id), event=event, payload=payload, by=self.author()
        )
        return Response(ledgers.delivery_by_id(uid), status=HTTPStatus.ACCEPTED)


def _read_test(data: Any) -> tuple[str, str]:
    """Event and payload of a test's body; "" for what was left out."""
    if not isinstance(data, dict):
        raise Problem.of_field("", "Send a JSON object, as {…}, or nothing at all.")
    errors = emitting.wrong_names(data, known={"event", "payload"}, required=())
    errors += emitting.wrong_texts(data, ("event",), nullable=("event",))
    if data.get("event") == "":
        errors.append(FieldError(field="event", message="Name an event, or leave it out."))
    if not isinstance(data.get("payload", {}), dict | None):
        errors.append(FieldError(field="payload", message="Give a JSON object, or leave it out."))
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    if not isinstance(data, Members) or data.get("payload") is None:
        return data.get("event") or "", ""
    return data.get("event") or "", data.text("payload")
