"""`triggers/`: what is sent when, where to, and trying it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher import mail, signing
from dispatcher.api import fields, ledgers
from dispatcher.api.problems import Problem
from dispatcher.api.resources import CRUD, ResourceViewSet, StrictSerializer
from dispatcher.api.shapes import DeliveryDetailShape
from dispatcher.api.views import CONFIGURE
from dispatcher.configuration.headers import MAX_HEADERS, MAX_NAME, MAX_VALUE
from dispatcher.documents import Members
from postbacks import services
from postbacks.api.customers import MAX_ID, CustomerField
from postbacks.events import EventType
from postbacks.models import Template, Trigger
from postbacks.services.triggers import MAX_PEOPLE

_UNUSABLE = "Give whsec_ and 24 to 64 bytes as base64, or null for none."


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_ID, "example": 5})
class TemplateField(serializers.Field[Any, Any, Any, Any]):
    """A template, by its id."""

    def to_internal_value(self, data: Any) -> Template:
        is_id = isinstance(data, int) and not isinstance(data, bool) and 0 < data <= MAX_ID
        template = Template.objects.filter(pk=data).first() if is_id else None
        if template is None:
            raise serializers.ValidationError("There is no template of this id. Correct it.")
        return template

    def to_representation(self, value: Template) -> int:
        return int(value.pk)


class TriggerHeaderSerializer(StrictSerializer):
    """A header of the request; a secret value is only ever written."""

    name = fields.Text(max_length=MAX_NAME)
    value = fields.Text(
        max_length=MAX_VALUE,
        required=False,
        allow_blank=True,
        allow_null=True,
        default="",
        help_text="null on reading where it is secret; empty keeps the stored secret.",
    )
    is_secret = fields.Flag(required=False, default=False)

    def to_representation(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        value = None if instance["is_secret"] else instance["value"]
        return {"name": instance["name"], "value": value, "is_secret": instance["is_secret"]}


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
        "description": "Written as whsec_…; null or empty removes it. Read: is there one?",
        "example": {"set": True},
    }
)
class SigningSecretField(serializers.Field[Any, Any, Any, Any]):
    """Written, never read: shows only whether there is one. What was read changes nothing."""

    def get_attribute(self, instance: Trigger) -> Trigger:
        return instance

    def to_internal_value(self, data: Any) -> str | None:
        if isinstance(data, Mapping) and data.keys() == {"set"} and isinstance(data["set"], bool):
            return None
        if not isinstance(data, str):
            raise serializers.ValidationError(_UNUSABLE)
        if data and signing.validate_secret(data):
            raise serializers.ValidationError(_UNUSABLE)
        return data

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)

    def to_representation(self, value: Trigger) -> dict[str, bool]:
        return {"set": services.has_signing_secret(value)}


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "maxLength": 254},
        "maxItems": MAX_PEOPLE,
        "example": ["orders@shop.example.com"],
    }
)
class AddressesField(serializers.Field[Any, Any, Any, Any]):
    """A list of plain e-mail addresses."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, list) or not all(isinstance(one, str) for one in data):
            raise serializers.ValidationError('Give a list of addresses, as ["a@example.com"].')
        problems = [problem for one in data if (problem := mail.check_address(one))]
        if problems or len(data) > MAX_PEOPLE:
            message = problems[0] if problems else f"Give at most {MAX_PEOPLE} addresses."
            raise serializers.ValidationError(message)
        return ", ".join(data)

    def to_representation(self, value: str) -> list[str]:
        return mail.split_addresses(value)


class TriggerSerializer(StrictSerializer):
    """A trigger."""

    id = serializers.IntegerField(read_only=True)
    name = fields.Text(max_length=255)
    customer = CustomerField(required=False, allow_null=True, default=None)
    event = fields.Choice(choices=EventType.choices)
    status = fields.Choice(
        choices=Trigger.Status.choices, required=False, default=Trigger.Status.DRAFT
    )
    method_kind = fields.Choice(
        choices=Trigger.MethodKind.choices, required=False, default=Trigger.MethodKind.URL
    )
    url = fields.Text(max_length=2048, required=False, allow_blank=True, default="")
    http_method = fields.Choice(
        choices=Trigger.HttpMethod.choices, required=False, default=Trigger.HttpMethod.POST
    )
    format = fields.Choice(
        choices=Template.Format.choices, required=False, default=Template.Format.JSON
    )
    headers = TriggerHeaderSerializer(
        many=True,
        required=False,
        default=list,
        max_length=MAX_HEADERS,  # type: ignore[call-arg] # of the list
    )
    signing_secret = SigningSecretField(required=False)
    to = AddressesField(required=False, default="", help_text="Of an e-mail; needed to send one.")
    cc = AddressesField(required=False, default="")
    bcc = AddressesField(required=False, default="")
    reply_to = AddressesField(required=False, default="")
    retry_on_failure = fields.Flag(required=False, default=True)
    is_ordered = fields.Flag(required=False, default=False)
    template = TemplateField(required=False, allow_null=True, default=None)
    rule = serializers.IntegerField(
        source="rule_id", read_only=True, help_text="What deliveries and skips name it by."
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def validate_headers(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [dict(row) | {"value": row.get("value") or ""} for row in rows]


class DuplicateSerializer(StrictSerializer):
    """Whose the copy is."""

    customer = CustomerField(allow_null=True, help_text="null: every customer.")
    name = fields.Text(
        max_length=255, required=False, allow_blank=True, default="", help_text="As it is named."
    )


class DuplicateAnswerSerializer(TriggerSerializer):
    """The copy, and what was not copied."""

    left_out = serializers.ListField(child=fields.Text(), read_only=True)


TEST_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": True,
    "description": "The payload, bare or as {“payload”: {…}}. Empty: the sample of its event.",
    "example": {"payload": {"orderId": "9f2c1a54", "orderReferenceId": "PO-1001"}},
}


@extend_schema(tags=["Triggers"])
class TriggerViewSet(ResourceViewSet):
    """An event of a customer (or of every customer) that is sent to a URL or by e-mail."""

    queryset = Trigger.objects.select_related("customer", "template", "rule")
    serializer_class = TriggerSerializer
    scopes = {**CRUD, "test": CONFIGURE, "duplicate": CONFIGURE}

    def save(self, row: Trigger, values: Mapping[str, Any]) -> Trigger:
        secret = values.get("signing_secret")
        return services.save_trigger(trigger=row, signing_secret=secret, by=self.author())

    def delete_row(self, row: Trigger) -> None:
        services.delete_trigger(trigger=row, by=self.author())

    @extend_schema(
        operation_id="triggers_test",
        summary="Test a trigger",
        request={"application/json": TEST_BODY},
        responses={202: DeliveryDetailShape},
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """Send one test delivery by the saved configuration; drafts may be tested, too."""
        uid = services.test_trigger(
            trigger=self.find(id), payload=_payload(request.data), by=self.author()
        )
        return Response(ledgers.delivery_by_id(uid), status=HTTPStatus.ACCEPTED)

    @extend_schema(
        operation_id="triggers_duplicate",
        summary="Duplicate a trigger",
        request=DuplicateSerializer,
        examples=[
            OpenApiExample("For another customer", {"customer": "studio-nord"}, request_only=True)
        ],
        responses={201: DuplicateAnswerSerializer},
    )
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, id: str) -> Response:  # noqa: A002 - as above
        """A draft for this customer; secrets are not copied, `left_out` says what is missing."""
        trigger = self.find(id)
        serializer = DuplicateSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        made = services.duplicate_trigger(
            trigger=trigger, by=self.author(), **serializer.validated_data
        )
        answer = self.get_serializer(made.trigger).data | {"left_out": made.left_out}
        return Response(answer, status=HTTPStatus.CREATED)


def _payload(data: Any) -> str:
    """The payload's text: the member of this name where it stands alone, else the whole body."""
    if not isinstance(data, dict):
        raise Problem.of_field("", "Send a JSON object, as {…}, or nothing at all.")
    if not isinstance(data, Members) or not data:
        return ""
    if data.keys() == {"payload"}:
        return data.text("payload")
    return data.source
