"""The shapes of conversions' bodies and answers, for the OpenAPI document; and how one is shown."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_field
from rest_framework import serializers

from dispatcher.api import representation
from dispatcher.api.shapes import EmittedShape, text
from dispatcher.types import Emitted
from offers.documents import amount
from offers.models import Conversion, ConversionStatus
from offers.values import AMOUNTS, MAX_TEXT, MAX_TRANSACTION, TEXTS

_AMOUNT = {
    "oneOf": [
        {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?)?$", "maxLength": 64},
        {"type": "number", "minimum": 0, "exclusiveMaximum": 10_000_000_000},
    ],
    "description": "Exact, four decimals at most: as “12.50”.",
    "example": "12.50",
}
_NAMED = {"oneOf": [{"type": "string", "minLength": 1, "maxLength": 128}, {"type": "integer"}]}
_PERHAPS_NAMED = {"oneOf": [{"type": "string"}, {"type": "integer"}]}  # null is added


@extend_schema_field(_AMOUNT)
class AmountField(serializers.CharField):
    """An exact amount."""


@extend_schema_field(_NAMED)
class NameField(serializers.CharField):
    """A reference ID, or an id."""


@extend_schema_field(_PERHAPS_NAMED)
class PerhapsNameField(serializers.CharField):
    """The same, or nothing."""


def _optional(**options: Any) -> serializers.CharField:
    return text(required=False, allow_null=True, allow_blank=True, **options)


class ConversionPatchShape(serializers.Serializer[Any]):
    """What may be changed of a conversion."""

    status = serializers.ChoiceField(choices=ConversionStatus.choices, required=False)
    click_id = _optional(max_length=MAX_TEXT)
    sub_id1 = _optional(max_length=MAX_TEXT)
    sub_id2 = _optional(max_length=MAX_TEXT)
    sub_id3 = _optional(max_length=MAX_TEXT)
    sub_id4 = _optional(max_length=MAX_TEXT)
    sub_id5 = _optional(max_length=MAX_TEXT)
    payout = AmountField(required=False, allow_null=True, allow_blank=True)
    revenue = AmountField(required=False, allow_null=True, allow_blank=True)
    sale_amount = AmountField(required=False, allow_null=True, allow_blank=True)
    currency = _optional(help_text="Three letters, as USD.")
    vars()["source"] = _optional(max_length=MAX_TEXT)  # the serializer has a property of this name
    country = _optional(help_text="Two letters, as US.")
    ip = _optional(help_text="IPv4 or IPv6.")


class NewConversionShape(ConversionPatchShape):
    """A conversion, with the reference IDs of what it is for."""

    offer = NameField(help_text="The offer's reference ID.")
    affiliate = NameField(help_text="The affiliate's reference ID.")
    goal = PerhapsNameField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="The goal's reference ID; the offer's default goal where there is none.",
    )
    transaction_id = text(
        min_length=1, max_length=MAX_TRANSACTION, help_text="Once per offer and goal."
    )


class ConversionShape(serializers.Serializer[Any]):
    """A conversion."""

    id = serializers.IntegerField()
    offer = text(help_text="Its reference ID.")
    affiliate = text(help_text="Its reference ID.")
    goal = text(allow_null=True, help_text="Its reference ID.")
    status = serializers.ChoiceField(choices=ConversionStatus.choices)
    transaction_id = text()
    click_id = text()
    sub_id1 = text()
    sub_id2 = text()
    sub_id3 = text()
    sub_id4 = text()
    sub_id5 = text()
    payout = text(allow_null=True, help_text="Exact, with two decimals at least.")
    revenue = text(allow_null=True, required=False, help_text="Not shown to an affiliate's token.")
    sale_amount = text(allow_null=True)
    currency = text()
    vars()["source"] = text()
    country = text()
    ip = text(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    status_changed_at = serializers.DateTimeField()


class ConversionWithEventShape(ConversionShape):
    """A conversion and what its creation, or the change of its status, caused."""

    event = EmittedShape(
        allow_null=True, help_text="null where no status changed, and once it was purged."
    )


class ImportShape(serializers.Serializer[Any]):
    """New statuses, as a network sends them at month's end."""

    csv = text(
        help_text="With a heading: transaction_id, status, and where a transaction is there for "
        "several: offer, goal.",
    )
    file_name = _optional(max_length=200, help_text="Kept with each change.")
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Say what would change, and change nothing."
    )
    skip_bad = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Leave out lines that are bad or unknown; otherwise they are a 400.",
    )


class BadLineShape(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    message = text()


class ImportedShape(serializers.Serializer[Any]):
    """What was changed, or would be."""

    dry_run = serializers.BooleanField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Lines whose transaction is not there.")
    bad_count = serializers.IntegerField()
    bad = BadLineShape(many=True, help_text="The first of the unknown and bad lines.")
    deliveries = serializers.IntegerField(help_text="How many were made.")


EXAMPLE = OpenApiExample(
    name="conversion",
    request_only=True,
    value={
        "offer": "spring-sale",
        "affiliate": "coupon-club",
        "goal": "first-order",
        "status": "pending",
        "transaction_id": "T-1001",
        "click_id": "c-83e1",
        "payout": "12.50",
        "currency": "EUR",
    },
)

_ITEM = {
    "type": "object",
    "required": ["status", "conversion"],
    "properties": {
        "status": {"type": "integer", "enum": [200, 201]},
        "conversion": {"$ref": "#/components/schemas/ConversionWithEvent"},
    },
}
BATCH_REQUEST: dict[str, Any] = {
    "type": "array",
    "maxItems": 1000,
    "items": {"$ref": "#/components/schemas/NewConversionRequest"},
}
BATCH_ANSWER: dict[str, Any] = {
    "type": "array",
    "items": {"oneOf": [_ITEM, {"$ref": "#/components/schemas/Problem"}]},
}

FILTERS: dict[str, str] = {
    "offer": "The offer's reference ID or id.",
    "affiliate": "The affiliate's reference ID or id.",
    "goal": "The goal's id.",
    "status": "pending, done or rejected.",
    "transaction_id": "Exactly this one.",
    "click_id": "Exactly this one.",
}


def filter_parameters() -> list[OpenApiParameter]:
    """The filters of the list, as the document lists them."""
    return [
        OpenApiParameter(
            name,
            {"type": "string", "enum": ConversionStatus.values}
            if name == "status"
            else {"type": "string", "minLength": 1, "maxLength": 255},
            description=words,
        )
        for name, words in FILTERS.items()
    ]


def conversion(row: Conversion, *, is_restricted: bool) -> dict[str, Any]:
    """A conversion that was read with offer, affiliate and goal, as the API shows it."""
    shown: dict[str, Any] = {
        "id": row.pk,
        "offer": row.offer.reference_id,
        "affiliate": row.affiliate.reference_id,
        "goal": row.goal.reference_id if row.goal else None,
        "status": row.status,
        "transaction_id": row.transaction_id,
        **{name: getattr(row, name) for name in TEXTS},
        **{name: amount(getattr(row, name)) for name in AMOUNTS},
        "currency": row.currency,
        "country": row.country,
        "ip": row.ip,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "status_changed_at": row.status_changed_at,
    }
    if is_restricted:
        del shown["revenue"]
    return shown


def with_event(row: Conversion, emitted: Emitted | None) -> dict[str, Any]:
    """A conversion, and what the event of this change caused."""
    event = representation.emitted(emitted) if emitted else None
    return conversion(row, is_restricted=False) | {"event": event}
