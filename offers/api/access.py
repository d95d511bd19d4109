"""What a token that is restricted to one affiliate may reach: its own, and nothing else."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dispatcher.api.authentication import Caller
from dispatcher.api.resources import ResourceViewSet
from dispatcher.keys import find_row
from offers.models import Affiliate, Goal, Offer, Postback

MAX_ID = 2**63 - 1


class Access:
    """The rows that one caller may know of."""

    def __init__(self, caller: Caller) -> None:
        self._restricted_to = caller.restricted_to

    @property
    def is_restricted(self) -> bool:
        return bool(self._restricted_to)

    @cached_property
    def affiliate(self) -> Affiliate | None:
        """Whose token it is; None for an operator's. Raises Http404 for somebody else's."""
        if not self._restricted_to:
            return None
        kind, _, key = self._restricted_to.partition(":")
        found = find_row(Affiliate.objects.all(), key) if kind == "affiliate" else None
        if found is None:
            raise Http404
        return found

    def affiliates(self) -> Any:
        mine = self.affiliate
        return Affiliate.objects.filter(pk=mine.pk) if mine else Affiliate.objects.all()

    def offers(self) -> Any:
        mine = self.affiliate
        return Offer.objects.visible_to(mine) if mine else Offer.objects.all()

    def goals(self) -> Any:
        return (
            Goal.objects.filter(offer__in=self.offers()) if self.affiliate else Goal.objects.all()
        )

    def postbacks(self) -> Any:
        mine = self.affiliate
        found = Postback.objects.select_related("affiliate", "offer", "goal", "rule", "edit")
        return found.filter(affiliate=mine) if mine else found


class OwnViewSet(ResourceViewSet):
    """A resource of which an affiliate's token sees its own part."""

    @cached_property
    def access(self) -> Access:
        return Access(self.caller)


class ReferenceField(serializers.Field[Any, Any, Any, Any]):
    """Reads an id or a reference ID of what the caller may know of, shows the id."""

    noun = ""

    def rows(self, access: Access) -> Any:
        """Where it is looked for."""
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> Any:
        row = self._find(data)
        if row is None:
            message = f"There is no such {self.noun}. Give its id, or its reference ID as text."
            raise serializers.ValidationError(message)
        return row

    def to_representation(self, value: Any) -> int:
        return int(value.pk)

    def _find(self, data: Any) -> Any:
        rows = self.rows(self.context["view"].access)
        if isinstance(data, str):
            return rows.filter(reference_id=data).first()
        if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= MAX_ID:
            return rows.filter(pk=data).first()
        return None


def reference_schema(noun: str, example: int) -> dict[str, Any]:
    """An id, or a reference ID."""
    return {
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": MAX_ID},
            {"type": "string", "minLength": 1, "maxLength": 128},
        ],
        "description": f"The {noun}'s id, or its reference ID.",
        "example": example,
    }


@extend_schema_field(reference_schema("affiliate", 7))
class AffiliateField(ReferenceField):
    noun = "affiliate"

    def rows(self, access: Access) -> Any:
        return access.affiliates()


@extend_schema_field(reference_schema("offer", 12))
class OfferField(ReferenceField):
    noun = "offer"

    def rows(self, access: Access) -> Any:
        return access.offers()


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_ID, "example": 3})
class GoalField(ReferenceField):
    """By its id alone: a reference ID is unique within its offer only."""

    noun = "goal"

    def rows(self, access: Access) -> Any:
        return access.goals()

    def to_internal_value(self, data: Any) -> Any:
        row = None if isinstance(data, str) else self._find(data)
        if row is None:
            raise serializers.ValidationError("There is no goal of this id. Correct it.")
        return row
