"""`customers/`: whose orders they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers

from dispatcher.api import fields
from dispatcher.api.resources import ResourceViewSet, StrictSerializer
from postbacks import services
from postbacks.models import Customer

MAX_ID = 2**63 - 1


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": MAX_ID},
            {"type": "string", "minLength": 1, "maxLength": 128},
        ],
        "description": "The customer's id, or its reference ID. null: every customer.",
        "example": 12,
    }
)
class CustomerField(serializers.Field[Any, Any, Any, Any]):
    """Reads an id or a reference ID, shows the id."""

    def to_internal_value(self, data: Any) -> Customer:
        customer = _find(data)
        if customer is None:
            raise serializers.ValidationError(
                "There is no such customer. Give its id, or its reference ID as text."
            )
        return customer

    def to_representation(self, value: Customer) -> int:
        return int(value.pk)


def _find(data: Any) -> Customer | None:
    if isinstance(data, str):
        return Customer.objects.filter(reference_id=data).first()
    if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= MAX_ID:
        return Customer.objects.filter(pk=data).first()
    return None


class CustomerSerializer(StrictSerializer):
    """A customer."""

    id = serializers.IntegerField(read_only=True)
    name = fields.Text(max_length=255)
    reference_id = fields.Text(
        max_length=128,
        required=False,
        allow_null=True,
        allow_blank=True,
        default=None,
        help_text="How your systems name this customer when they emit an event.",
    )
    description = fields.Text(required=False, allow_blank=True, default="")
    is_active = fields.Flag(
        required=False, default=True, help_text="While it is not, nothing of it is sent."
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


@extend_schema(tags=["Customers"])
class CustomerViewSet(ResourceViewSet):
    """Whose orders they are."""

    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer

    def save(self, row: Customer, values: Mapping[str, Any]) -> Customer:
        return services.save_customer(customer=row, by=self.author())

    def delete_row(self, row: Customer) -> None:
        services.delete_customer(customer=row, by=self.author())
