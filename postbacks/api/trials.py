"""Templates tried before they are saved: sent once, or rendered over the past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from dispatcher.api import fields
from dispatcher.api.resources import StrictSerializer
from dispatcher.api.shapes import AnyObject, text
from postbacks import services
from postbacks.api.customers import MAX_ID, CustomerField
from postbacks.api.triggers import AddressesField
from postbacks.events import EventType
from postbacks.models import Template, Trigger
from postbacks.services.past import DEFAULT_COUNT, MAX_COUNT


def _example(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name=name, request_only=True, value=value)


TEXTS = ("body", "subject", "text", "html", "schema")
_BODY = '{"order": "{{ orderReferenceId }}", "status": "{{ fulfillmentStatus }}"}'
_ORDER = {"orderReferenceId": "PO-1001", "fulfillmentStatus": "shipped"}
_RENDER = {"kind": "webhook", "format": "json", "body": _BODY, "payload": _ORDER}
RENDER_EXAMPLES = [
    _example("A template that is not saved", _RENDER),
    _example("A saved one", {"template": 1, "payload": _ORDER}),
]
PAST_EXAMPLES = [_example("What a new body would change", {"body": _BODY, "count": 20})]
TEST_EXAMPLES = [
    _example("To an address", {**_RENDER, "url": "https://shop.example/orders"}),
    _example("As a trigger sends", {**_RENDER, "trigger": 1}),
    _example(
        "An e-mail",
        {
            "kind": "email",
            "subject": "Order {{ orderReferenceId }}",
            "text": "It is {{ fulfillmentStatus }}.",
            "payload": _ORDER,
            "to": ["me@shop.example"],
        },
    ),
]


class WrittenSerializer(StrictSerializer):
    """What is being written."""

    format = fields.Choice(choices=Template.Format.choices, required=False)
    body = fields.Text(required=False, allow_blank=True, trim_whitespace=False)
    subject = fields.Text(required=False, allow_blank=True, max_length=1000)
    text = fields.Text(required=False, allow_blank=True, trim_whitespace=False)
    html = fields.Text(required=False, allow_blank=True, trim_whitespace=False)
    schema = fields.Text(required=False, allow_blank=True, trim_whitespace=False)
    is_strict = fields.Flag(required=False)


class PastSerializer(WrittenSerializer):
    """A saved template's changes, and which events to try them on."""

    event = fields.Choice(
        choices=EventType.choices, required=False, help_text="The template's own when left out."
    )
    count = fields.WholeNumber(
        required=False,
        min_value=1,
        max_value=MAX_COUNT,
        default=DEFAULT_COUNT,
        help_text="How many of the newest real events.",
    )


class PastVerdictSerializer(serializers.Serializer[Any]):
    """What would change for one event."""

    event = serializers.UUIDField(source="event_id")
    subject = text()
    received_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in services.Verdict],
        help_text="same, changed; fails: it was sent so far, or is new; still_fails; mended.",
    )
    problems = serializers.ListField(child=text(), help_text="Why it would not be sent.")
    diff = serializers.SerializerMethodField(help_text="Unified: lines marked +, - or space.")

    def get_diff(self, row: services.Tried) -> str:
        return "\n".join("@@" if mark == "…" else mark + line for mark, line in row.diff)


class PastAnswerSerializer(serializers.Serializer[Any]):
    """Newest event first; `counts` by verdict."""

    counts = serializers.DictField(child=serializers.IntegerField())
    results = PastVerdictSerializer(many=True)


class TestSerializer(WrittenSerializer):
    """A template, saved or not, and where to send it once."""

    __test__ = False  # none of pytest's

    kind = fields.Choice(
        choices=Template.Kind.choices, required=False, default=Template.Kind.WEBHOOK
    )
    payload = AnyObject()
    trigger = fields.WholeNumber(
        required=False,
        min_value=1,
        max_value=MAX_ID,
        help_text="A trigger's id: sent as it sends, with its headers and secrets.",
    )
    url = fields.Text(max_length=2048, required=False, help_text="In place of a trigger.")
    http_method = fields.Choice(
        choices=Trigger.HttpMethod.choices, required=False, default=Trigger.HttpMethod.POST
    )
    to = AddressesField(required=False, help_text="Of an e-mail, in place of a trigger.")
    event = fields.Choice(
        choices=EventType.choices, required=False, default=EventType.ORDER_SHIPPED
    )
    customer = CustomerField(required=False, allow_null=True, default=None)

    def validate_payload(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise serializers.ValidationError('Give a JSON object, as {"orderId": "…"}.')
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = set(self.initial_data)
        extra = given & {"url", "to", "event", "customer", "http_method"}
        if "trigger" in given and extra:
            message = "Leave this out: the trigger that is named already decides it."
            raise serializers.ValidationError(dict.fromkeys(sorted(extra), message))
        return attrs


def changed(template: Template, values: Mapping[str, Any]) -> Template:
    """The template with what is being written; nothing is saved."""
    for name in (*TEXTS, "format", "is_strict"):
        if name in values:
            setattr(template, name, values[name])
    return template


def target(values: Mapping[str, Any]) -> Trigger:
    """Where a test goes."""
    if "trigger" in values:
        found = (
            Trigger.objects.select_related("rule", "customer").filter(pk=values["trigger"]).first()
        )
        if found is None:
            message = "There is no trigger of this id. Correct it."
            raise serializers.ValidationError({"trigger": message})
        return found
    is_email = values["kind"] == Template.Kind.EMAIL
    return Trigger(
        event=values["event"],
        customer=values["customer"],
        url=values.get("url", ""),
        http_method=values["http_method"],
        to=values.get("to", ""),
        method_kind=Trigger.MethodKind.EMAIL if is_email else Trigger.MethodKind.URL,
    )


def written(values: Mapping[str, Any]) -> Template:
    """The unsaved template that a test sends."""
    is_email = values["kind"] == Template.Kind.EMAIL
    template = Template(kind=values["kind"], format="" if is_email else Template.Format.JSON)
    given = {name: value for name, value in values.items() if not (is_email and name == "format")}
    return changed(template, given)
