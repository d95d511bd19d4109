"""A postback as the API reads and shows it; secrets are only ever written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dispatcher.api import fields
from dispatcher.api.resources import StrictSerializer
from dispatcher.api.shapes import text
from dispatcher.configuration.headers import MAX_HEADERS, MAX_NAME, MAX_VALUE
from offers import rows, services
from offers.api.access import MAX_ID, AffiliateField, GoalField, OfferField
from offers.models import Postback, PostbackEdit
from offers.services.postbacks import MAX_DELAY

_KINDS = Postback.AuthKind


class PostbackHeaderSerializer(StrictSerializer):
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


class PostbackParamSerializer(StrictSerializer):
    """A request parameter; its value may hold macros, as {click_id}."""

    name = fields.Text(max_length=rows.MAX_NAME)
    value = fields.Text(
        max_length=rows.MAX_VALUE,
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
    )

    def to_representation(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": instance["name"], "value": instance["value"]}


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "maxLength": 2000, "writeOnly": True},
            {
                "type": "object",
                "required": ["set"],
                "properties": {"set": {"type": "boolean"}},
                "additionalProperties": False,
            },
            {"type": "null"},
        ],
        "description": "Written as text; null leaves it as it is. Read: is there one?",
        "example": {"set": True},
    }
)
class SecretField(serializers.Field[Any, Any, Any, Any]):
    """Written, never read; what was read changes nothing."""

    kinds: tuple[str, ...] = ()

    def __init__(self, *, kinds: tuple[str, ...], **options: Any) -> None:
        super().__init__(**options)
        self.kinds = kinds

    def get_attribute(self, instance: Postback) -> Postback:
        return instance

    def to_internal_value(self, data: Any) -> str | None:
        if isinstance(data, Mapping) and data.keys() == {"set"} and isinstance(data["set"], bool):
            return None
        if not isinstance(data, str):
            raise serializers.ValidationError("Give a text, or null to leave it as it is.")
        return data

    def to_representation(self, value: Postback) -> dict[str, bool]:
        return {"set": value.auth_kind in self.kinds and services.has_authorization(value)}


class EditShape(serializers.Serializer[Any]):
    """An affiliate's edit of an approved postback, which stays live until it is decided on."""

    state = serializers.ChoiceField(choices=PostbackEdit.State.choices)
    note = text(help_text="What the operator wrote.")
    offer = serializers.IntegerField(allow_null=True)
    goal = serializers.IntegerField(allow_null=True)
    conversion_status = text()
    url = text()
    http_type = text()
    auth_kind = text()
    auth_login = text()
    params = PostbackParamSerializer(many=True)
    headers = PostbackHeaderSerializer(many=True)
    delay = serializers.IntegerField()
    is_ordered = serializers.BooleanField()
    only_if_nothing_more_specific = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: PostbackEdit) -> dict[str, Any]:
        content = instance.content
        values = content | {"offer": content["offer_id"], "goal": content["goal_id"]}
        for name in ("state", "note", "created_at", "updated_at"):
            values[name] = getattr(instance, name)
        return dict(super().to_representation(values))


class PostbackSerializer(StrictSerializer):
    """A URL that is called for the conversions that meet its conditions."""

    id = serializers.IntegerField(read_only=True)
    affiliate = AffiliateField(
        required=False, allow_null=True, default=None, help_text="null: all affiliates."
    )
    offer = OfferField(required=False, allow_null=True, default=None, help_text="null: all offers.")
    goal = GoalField(required=False, allow_null=True, default=None, help_text="null: any goal.")
    conversion_status = fields.Choice(
        choices=Postback.Status.choices, required=False, default=Postback.Status.DONE
    )
    url = fields.Text(
        max_length=rows.MAX_URL, help_text="May hold macros behind its host, as {click_id}."
    )
    http_type = fields.Choice(
        choices=Postback.HttpType.choices, required=False, default=Postback.HttpType.GET
    )
    auth_kind = fields.Choice(choices=_KINDS.choices, required=False, default=_KINDS.NONE)
    auth_login = fields.Text(max_length=255, required=False, allow_blank=True, default="")
    password = SecretField(required=False, allow_null=True, kinds=("basic",))
    token = SecretField(required=False, allow_null=True, kinds=("basic_token", "bearer"))
    params = PostbackParamSerializer(
        many=True,
        required=False,
        default=list,
        max_length=rows.MAX_PARAMS,  # type: ignore[call-arg] # of the list
    )
    headers = PostbackHeaderSerializer(
        many=True,
        required=False,
        default=list,
        max_length=MAX_HEADERS,  # type: ignore[call-arg] # of the list
    )
    delay = fields.WholeNumber(
        required=False, default=0, min_value=0, max_value=MAX_DELAY, help_text="In seconds."
    )
    is_active = fields.Flag(required=False, default=True)
    is_ordered = fields.Flag(
        required=False, default=True, help_text="In order per conversion: none overtakes another."
    )
    only_if_nothing_more_specific = fields.Flag(required=False, default=False)
    approval = serializers.ChoiceField(choices=Postback.Approval.choices, read_only=True)
    approval_note = serializers.CharField(read_only=True)
    edit = serializers.SerializerMethodField(
        help_text="An edit that waits for approval, or was rejected; else null."
    )
    paused = serializers.SerializerMethodField(
        help_text="Why it was paused, so that its deliveries are held; else null."
    )
    rule = serializers.IntegerField(
        source="rule_id", read_only=True, help_text="What deliveries and skips name it by."
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    @extend_schema_field(EditShape(allow_null=True))
    def get_edit(self, row: Postback) -> dict[str, Any] | None:
        edit = getattr(row, "edit", None)
        return None if edit is None else dict(EditShape(edit).data)

    @extend_schema_field({"type": ["string", "null"]})
    def get_paused(self, row: Postback) -> str | None:
        return row.rule.state_reason if services.is_paused(row) else None

    def validate_headers(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [dict(row) | {"value": row.get("value") or ""} for row in given]

    def validate_params(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [dict(row) for row in given]


class TryingSerializer(StrictSerializer):
    """What to try it with; a sample where nothing is given."""

    conversion = fields.WholeNumber(
        required=False, allow_null=True, default=None, min_value=1, max_value=MAX_ID
    )


class ResumeSerializer(StrictSerializer):
    """What becomes of the deliveries that were held."""

    send_held = fields.Flag(help_text="true: send them; false: cancel them.")


class ResumedShape(serializers.Serializer[Any]):
    send_held = serializers.BooleanField()
    canceled = serializers.IntegerField(help_text="How many held deliveries were canceled.")


class DecisionSerializer(StrictSerializer):
    """Words for the affiliate, and what was looked at."""

    note = fields.Text(max_length=500, required=False, allow_blank=True, default="")
    seen = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="“updated_at” of the edit that was read, or of the new postback: 409 when "
        "another was submitted since.",
    )
