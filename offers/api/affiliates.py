"""`affiliates/`: who promotes offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from dispatcher.api import fields
from dispatcher.api.resources import CRUD, StrictSerializer
from dispatcher.api.views import READ_CONFIGURATION_OWN
from offers import services
from offers.api.access import OwnViewSet
from offers.models import Affiliate


class AffiliateSerializer(StrictSerializer):
    """An affiliate."""

    id = serializers.IntegerField(read_only=True)
    name = fields.Text(max_length=255)
    reference_id = fields.Text(
        max_length=128,
        required=False,
        allow_blank=True,
        default="",
        help_text="How your systems name this affiliate; made from the name where it is empty.",
    )
    status = fields.Choice(
        choices=Affiliate.Status.choices, required=False, default=Affiliate.Status.ACTIVE
    )
    email = serializers.EmailField(
        max_length=254,
        required=False,
        allow_blank=True,
        default="",
        help_text="Told when a postback is paused or decided on.",
    )
    requires_approval = fields.Flag(
        required=False,
        allow_null=True,
        default=None,
        help_text="Whether its postbacks need approval; null: as OFFERS_REQUIRE_APPROVAL says.",
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


@extend_schema(tags=["Affiliates"])
class AffiliateViewSet(OwnViewSet):
    """Who promotes offers. An affiliate's token reads its own."""

    queryset = Affiliate.objects.all()
    serializer_class = AffiliateSerializer
    scopes = {**CRUD, "list": READ_CONFIGURATION_OWN, "retrieve": READ_CONFIGURATION_OWN}

    def get_queryset(self) -> Any:
        return self.access.affiliates()

    def save(self, row: Affiliate, values: Mapping[str, Any]) -> Affiliate:
        return services.save_affiliate(affiliate=row, by=self.author())

    def delete_row(self, row: Affiliate) -> None:
        services.delete_affiliate(affiliate=row, by=self.author())
