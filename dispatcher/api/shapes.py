"""The shapes of the ledgers' answers, for the OpenAPI document.

What fills them is in `representation`: plain functions, since serializers would take longer than
the queries.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dispatcher.models import Delivery
from dispatcher.types import Outcome

_ANY_OBJECT = {"type": "object", "additionalProperties": True}


@extend_schema_field(_ANY_OBJECT)
class AnyObject(serializers.JSONField):
    """A JSON object of any content."""


@extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
class AnyObjectOrNull(serializers.JSONField):
    """The same, or null."""


def text(**options: Any) -> serializers.CharField:
    return serializers.CharField(**options)


class HeaderShape(serializers.Serializer[Any]):
    name = text()
    value = text(help_text="“•••” where it is secret.")


class EmittedDeliveryShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Also the webhook-id of what is sent.")
    rule = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Delivery.State.choices)


class SkipShape(serializers.Serializer[Any]):
    rule = serializers.IntegerField()
    reason = text(help_text="Why this rule sent nothing.")


class EmittedShape(serializers.Serializer[Any]):
    """What an emitted event caused."""

    id = serializers.UUIDField()
    type = text()
    duplicate = serializers.BooleanField(help_text="This key was known: nothing was done again.")
    deliveries = EmittedDeliveryShape(many=True)
    skips = SkipShape(many=True)


class EventShape(serializers.Serializer[Any]):
    """An event, as in a list."""

    id = serializers.UUIDField()
    type = text()
    vars()["source"] = text()  # the serializer has a property of this name
    subject = text(help_text="What it is about, as order:PO-1001.")
    owner = text(help_text="Whose it is, as customer:12.")
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    idempotency_key = text(allow_null=True)
    is_test = serializers.BooleanField()
    erased_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When its payload, and all requests and answers, were erased on demand; or null.",
    )


class EventDetailShape(EventShape):
    """An event with its payload and what it caused."""

    payload = AnyObjectOrNull(help_text="As it was received; null once purged or erased.")
    deliveries = EmittedDeliveryShape(many=True)
    skips = SkipShape(many=True)


class DeliveryShape(serializers.Serializer[Any]):
    """A delivery, as in a list."""

    id = serializers.UUIDField(help_text="The webhook-id of each of its requests.")
    event = serializers.UUIDField()
    type = text(help_text="Of its event.")
    subject = text(help_text="Of its event.")
    owner = text(help_text="Of its event.")
    rule = serializers.IntegerField()
    rule_name = text()
    rule_kind = text()
    state = serializers.ChoiceField(choices=Delivery.State.choices)
    outcome = serializers.ChoiceField(
        choices=[*Outcome.choices, ("", "Not tried yet")],
        allow_blank=True,
        help_text="Of the last attempt; empty before the first.",
    )
    held = text(allow_null=True, help_text="Why it is not sent although it is due; else null.")
    destination = text(help_text="Scheme, host and port, as https://example.com:443.")
    attempts_made = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="When it is tried next, while it is pending.")
    finished_at = serializers.DateTimeField(allow_null=True)
    is_test = serializers.BooleanField()
    erased_at = serializers.DateTimeField(
        allow_null=True, help_text="When its request and answers were erased on demand; or null."
    )
    resend_of = serializers.UUIDField(allow_null=True)


class WarningShape(serializers.Serializer[Any]):
    line = serializers.IntegerField(allow_null=True)
    message = text()


class RequestShape(serializers.Serializer[Any]):
    """What is sent at each attempt; headers made for each attempt are shown as •••."""

    method = text()
    url = text()
    headers = HeaderShape(many=True)
    body = text()
    warnings = WarningShape(many=True)


class AttemptShape(serializers.Serializer[Any]):
    """One try."""

    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    duration_ms = serializers.FloatField()
    phases = AnyObject(help_text="Milliseconds by phase.")
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    status = serializers.IntegerField(allow_null=True)
    headers = HeaderShape(many=True)
    body = text(help_text="Of the answer, 64 KiB at most.")
    is_truncated = serializers.BooleanField()
    error = text()
    peer = text(help_text="The address that was connected to; empty for restricted tokens.")


class DeliveryDetailShape(DeliveryShape):
    """A delivery with what is sent and every attempt."""

    made_from = text(help_text="What the request is made from, as template:5@3.")
    request = RequestShape(
        allow_null=True, help_text="null until it was rendered, and once erased."
    )
    attempts = AttemptShape(many=True)
    skips = SkipShape(many=True, help_text="Rules that sent nothing for the same event.")


class SentAgainShape(DeliveryDetailShape):
    """The delivery that is sent again; `id` and `state` alone where the token may not read it."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name in {"id", "state"}
        return fields


class ResentShape(serializers.Serializer[Any]):
    """What a call to resend many did."""

    taken = serializers.IntegerField(help_text="How many deliveries are sent again.")
    more = serializers.BooleanField(help_text="Whether others match that were not taken.")
    cursor = text(allow_null=True, help_text="Send it with the same filter to go on.")
