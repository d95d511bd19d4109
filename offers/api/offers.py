"""`offers/` and `goals/`: what is promoted, and what it is to achieve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers

from dispatcher.api import fields
from dispatcher.api.resources import CRUD, StrictSerializer
from dispatcher.api.views import READ_CONFIGURATION_OWN
from offers import services
from offers.api.access import MAX_ID, OfferField, OwnViewSet
from offers.models import Goal, Offer

MOST_AFFILIATES = 1_000


@extend_schema_field(
    {
        "type": "array",
        "maxItems": MOST_AFFILIATES,
        "items": {"type": "integer", "minimum": 1, "maximum": MAX_ID},
        "description": "Ids of the affiliates who see it where it is not open to all.",
        "example": [7],
    }
)
class AffiliatesField(serializers.Field[Any, Any, Any, Any]):
    """Affiliates by their ids."""

    def to_internal_value(self, data: Any) -> Any:
        is_list = isinstance(data, list) and len(data) <= MOST_AFFILIATES
        if not is_list or not all(
            isinstance(one, int) and not isinstance(one, bool) and 0 < one <= MAX_ID for one in data
        ):
            message = f"Give a list of at most {MOST_AFFILIATES:,} ids, as [7]."
            raise serializers.ValidationError(message)
        rows = list(self.context["view"].access.affiliates().filter(pk__in=data))
        missing = sorted(set(data) - {row.pk for row in rows})
        if missing:
            raise serializers.ValidationError(f"There is no affiliate {missing[0]}. Correct it.")
        return rows

    def to_representation(self, value: Any) -> list[int]:
        return sorted(row.pk for row in value.all())


class OfferSerializer(StrictSerializer):
    """An offer."""

    id = serializers.IntegerField(read_only=True)
    name = fields.Text(max_length=255)
    reference_id = fields.Text(
        max_length=128,
        required=False,
        allow_blank=True,
        default="",
        help_text="How your systems name this offer; made from the name where it is empty.",
    )
    description = fields.Text(required=False, allow_blank=True, default="")
    status = fields.Choice(
        choices=Offer.Status.choices,
        required=False,
        default=Offer.Status.ACTIVE,
        help_text="Unless it is active, conversions are counted and no postback is sent.",
    )
    enabled_goals = fields.Flag(
        required=False, default=False, help_text="Whether postbacks look at the goal."
    )
    is_open = fields.Flag(
        required=False, default=True, help_text="Whether every affiliate sees it."
    )
    affiliates = AffiliatesField(required=False)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Offer) -> dict[str, Any]:
        shown = super().to_representation(instance)
        mine = self.context["view"].access.affiliate
        if mine:  # who else promotes it is not its business
            shown["affiliates"] = [pk for pk in shown["affiliates"] if pk == mine.pk]
        return dict(shown)


@extend_schema(tags=["Offers"])
class OfferViewSet(OwnViewSet):
    """What is promoted. An affiliate's token reads the offers that it sees."""

    queryset = Offer.objects.all()
    serializer_class = OfferSerializer
    scopes = {**CRUD, "list": READ_CONFIGURATION_OWN, "retrieve": READ_CONFIGURATION_OWN}

    def get_queryset(self) -> Any:
        return self.access.offers().prefetch_related("affiliates")

    def save(self, row: Offer, values: Mapping[str, Any]) -> Offer:
        saved = services.save_offer(
            offer=row, affiliates=values.get("affiliates"), by=self.author()
        )
        return Offer.objects.get(pk=saved.pk)

    def delete_row(self, row: Offer) -> None:
        services.delete_offer(offer=row, by=self.author())


class GoalSerializer(StrictSerializer):
    """A goal of an offer."""

    id = serializers.IntegerField(read_only=True)
    offer = OfferField()
    name = fields.Text(max_length=255)
    reference_id = fields.Text(
        max_length=128,
        required=False,
        allow_blank=True,
        default="",
        help_text="How your systems name this goal; made from the name where it is empty.",
    )
    is_default = fields.Flag(
        required=False, default=False, help_text="Conversions that name no goal count for it."
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


@extend_schema(tags=["Goals"])
class GoalViewSet(OwnViewSet):
    """What an offer is to achieve. An affiliate's token reads those of the offers that it sees."""

    queryset = Goal.objects.all()
    serializer_class = GoalSerializer
    scopes = {**CRUD, "list": READ_CONFIGURATION_OWN, "retrieve": READ_CONFIGURATION_OWN}

    def get_queryset(self) -> Any:
        return self.access.goals().select_related("offer")

    def save(self, row: Goal, values: Mapping[str, Any]) -> Goal:
        return services.save_goal(goal=row, by=self.author())

    def delete_row(self, row: Goal) -> None:
        services.delete_goal(goal=row, by=self.author())
