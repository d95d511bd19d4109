"""`outgoing-servers/`: operators' own mail servers, and trying them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import fields
from dispatcher.api.resources import CRUD, ResourceViewSet, StrictSerializer
from dispatcher.api.shapes import text
from dispatcher.api.views import CONFIGURE
from dispatcher.mail import Tls
from postbacks import services
from postbacks.api.customers import CustomerField
from postbacks.models import OutgoingServer


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "maxLength": 255, "writeOnly": True},
            {
                "type": "object",
                "required": ["set"],
                "properties": {"set": {"type": "boolean"}},
                "additionalProperties": False,
            },
            {"type": "null"},
        ],
        "description": "Written as text; null or empty removes it. Read: is there one?",
        "example": {"set": True},
    }
)
class PasswordField(serializers.Field[Any, Any, Any, Any]):
    """Written, never read: shows only whether there is one. What was read changes nothing."""

    def get_attribute(self, instance: OutgoingServer) -> OutgoingServer:
        return instance

    def to_internal_value(self, data: Any) -> str | None:
        if isinstance(data, Mapping) and data.keys() == {"set"} and isinstance(data["set"], bool):
            return None
        if not isinstance(data, str) or len(data) > 255 or not data.isprintable():
            raise serializers.ValidationError("Give a text of up to 255 letters, or null.")
        return data

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)

    def to_representation(self, value: OutgoingServer) -> dict[str, bool]:
        return {"set": bool(value.password)}


class OutgoingServerSerializer(StrictSerializer):
    """A mail server of one customer, or the default one."""

    id = serializers.IntegerField(read_only=True)
    customer = CustomerField(required=False, allow_null=True, default=None)
    sender_address = fields.Text(max_length=254)
    sender_name = fields.Text(max_length=120, required=False, allow_blank=True, default="")
    host = fields.Text(max_length=253)
    port = fields.WholeNumber(required=False, default=587, min_value=1, max_value=65535)
    tls = fields.Choice(choices=Tls.choices, required=False, default=Tls.STARTTLS)
    username = fields.Text(max_length=254, required=False, allow_blank=True, default="")
    password = PasswordField(required=False, source="new_password")
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class RecipientSerializer(StrictSerializer):
    """To whom the test goes."""

    recipient = fields.Text(max_length=254)


class StepSerializer(serializers.Serializer[Any]):
    name = text(help_text="resolve, connect, tls, login or send")
    state = text(help_text="ok, failed, skipped or waiting")
    message = text()
    remedy = text(help_text="What to do where it failed.")


class TriedSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    steps = StepSerializer(many=True)
    conversation = text(help_text="What was said over SMTP, without credentials.")


@extend_schema(tags=["Outgoing servers"])
class OutgoingServerViewSet(ResourceViewSet):
    """Mail servers that e-mails are sent by."""

    queryset = OutgoingServer.objects.select_related("customer")
    serializer_class = OutgoingServerSerializer
    scopes = {**CRUD, "test": CONFIGURE}

    def save(self, row: OutgoingServer, values: Mapping[str, Any]) -> OutgoingServer:
        return services.save_outgoing_server(
            server=row, password=values.get("new_password"), by=self.author()
        )

    def delete_row(self, row: OutgoingServer) -> None:
        services.delete_outgoing_server(server=row, by=self.author())

    @extend_schema(
        operation_id="outgoing_servers_test",
        summary="Test an outgoing server",
        request=RecipientSerializer,
        responses={200: TriedSerializer},
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """Send a real e-mail, step by step; 200 also where a step failed."""
        serializer = RecipientSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        tried = services.test_outgoing_server(
            server=self.find(id), recipient=serializer.validated_data["recipient"]
        )
        answer = {"ok": tried.ok, "steps": tried.steps, "conversation": tried.conversation}
        return Response(TriedSerializer(answer).data)
