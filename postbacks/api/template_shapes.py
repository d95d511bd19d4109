"""What `templates/` takes and answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dispatcher.api import fields
from dispatcher.api.resources import StrictSerializer
from dispatcher.api.shapes import AnyObject, text
from dispatcher.rendering import Problem as Flaw
from dispatcher.rendering import Rendered
from postbacks.api.customers import MAX_ID, CustomerField
from postbacks.events import EventType
from postbacks.models import Template


class TemplateSerializer(StrictSerializer):
    """A template. Each change of its texts, format, strictness or schema is a version."""

    id = serializers.IntegerField(read_only=True)
    name = fields.Text(max_length=255)
    customer = CustomerField(required=False, allow_null=True, default=None)
    kind = fields.Choice(
        choices=Template.Kind.choices, required=False, default=Template.Kind.WEBHOOK
    )
    format = fields.Choice(
        choices=Template.Format.choices,
        required=False,
        allow_blank=True,
        default=Template.Format.JSON,
        help_text="Of a webhook template; an e-mail has none.",
    )
    body = fields.Text(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        help_text="Jinja2; the payload's keys are variables.",
    )
    subject = fields.Text(max_length=1000, required=False, allow_blank=True, default="")
    text = fields.Text(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        help_text="Of an e-mail: text, HTML or both.",
    )
    html = fields.Text(required=False, allow_blank=True, default="", trim_whitespace=False)
    is_strict = fields.Flag(
        required=False, default=False, help_text="A missing field is an error, not a warning."
    )
    schema = fields.Text(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        help_text="What is sent has to fit it: a JSON Schema (2020-12 unless its $schema says "
        "otherwise) or an XSD, as text. Nothing outside of it is fetched.",
    )
    status = fields.Choice(
        choices=Template.Status.choices, required=False, default=Template.Status.DRAFT
    )
    event = fields.Choice(
        choices=EventType.choices,
        required=False,
        allow_blank=True,
        default="",
        help_text="Which event its sample payload is of.",
    )
    sample = fields.Text(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        help_text="JSON text to try the template with; empty: the sample of its event.",
    )
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class TemplateVersionSerializer(serializers.Serializer[Any]):
    """What a template rendered from one save until the next."""

    number = serializers.IntegerField()
    body = fields.Text()
    subject = fields.Text()
    text = fields.Text()
    html = fields.Text()
    format = fields.Text()
    is_strict = fields.Flag()
    schema = fields.Text()
    created_at = serializers.DateTimeField()
    created_by = fields.Text(source="created_by.username", default=None, allow_null=True)


class ReadyTemplateSerializer(serializers.Serializer[Any]):
    """A template to start from: send its body with a name of your own to `templates/`."""

    event = fields.Text()
    format = fields.Text()
    name = fields.Text()
    body = fields.Text()


class RenderSerializer(StrictSerializer):
    """A template (or the id of one) and a payload to fill it with."""

    template = fields.WholeNumber(
        required=False,
        min_value=1,
        max_value=MAX_ID,
        help_text="A template's id, in place of kind, format and body.",
    )
    id = fields.WholeNumber(required=False, min_value=1, max_value=MAX_ID, help_text="As template.")
    kind = fields.Choice(
        choices=Template.Kind.choices, required=False, default=Template.Kind.WEBHOOK
    )
    format = fields.Choice(
        choices=Template.Format.choices, required=False, default=Template.Format.JSON
    )
    body = fields.Text(required=False, allow_blank=True, trim_whitespace=False)
    subject = fields.Text(required=False, allow_blank=True, max_length=1000)
    text = fields.Text(required=False, allow_blank=True, trim_whitespace=False)
    html = fields.Text(required=False, allow_blank=True, trim_whitespace=False)
    is_strict = fields.Flag(required=False, default=False)
    schema = fields.Text(required=False, allow_blank=True, trim_whitespace=False)
    payload = AnyObject(required=False, help_text="The template's sample when left out.")
    customer = CustomerField(required=False, allow_null=True, default=None)

    def validate_payload(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise serializers.ValidationError('Give a JSON object, as {"orderId": "…"}.')
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = set(self.initial_data)
        if given & {"template", "id"}:
            extra = given & {"kind", *Template.RENDERING, *(["id"] if "template" in given else [])}
            message = "Leave this out: the template that is named already decides it."
            if extra:
                raise serializers.ValidationError(dict.fromkeys(sorted(extra), message))
        else:
            is_email = attrs["kind"] == Template.Kind.EMAIL
            missing = {"subject" if is_email else "body", "payload"} - given
            if missing:
                message = "This field is missing. Add it, or give the id of a template."
                raise serializers.ValidationError(dict.fromkeys(sorted(missing), message))
        return attrs


class FlawSerializer(serializers.Serializer[Any]):
    part = text(required=False, help_text="Of an e-mail: subject, text or html.")
    line = serializers.IntegerField(allow_null=True)
    column = serializers.IntegerField(allow_null=True)
    message = text()


class HintSerializer(serializers.Serializer[Any]):
    part = text(required=False, help_text="Of an e-mail: subject, text or html.")
    line = serializers.IntegerField(allow_null=True)
    message = text()


class PartsSerializer(serializers.Serializer[Any]):
    """What came out for an e-mail."""

    subject = fields.Text()
    text = fields.Text()
    html = fields.Text()


class RenderedSerializer(serializers.Serializer[Any]):
    """What came out; with errors it would not be sent."""

    output = text(help_text="Empty for an e-mail.")
    parts = PartsSerializer(required=False)
    vars()["errors"] = FlawSerializer(many=True)  # the serializer has a property of this name
    warnings = HintSerializer(many=True)


def answer_of(template: Template, rendered: Rendered) -> dict[str, Any]:
    """What came out; an e-mail's texts stand by their names, and so do its flaws."""
    names = list(template.parts)
    is_email = template.kind == Template.Kind.EMAIL
    errors = [_named(names[one.part] if is_email else "", _flaw(one)) for one in rendered.errors]
    warnings = [
        _named(names[one.part] if is_email else "", {"line": one.line, "message": one.message})
        for one in rendered.warnings
    ]
    if not is_email:
        return {"output": rendered.output, "errors": errors, "warnings": warnings}
    parts = dict.fromkeys(("subject", "text", "html"), "")
    parts |= dict(zip(names, rendered.outputs, strict=True))
    return {"output": "", "parts": parts, "errors": errors, "warnings": warnings}


def _named(part: str, flaw: dict[str, Any]) -> dict[str, Any]:
    return {"part": part, **flaw} if part else flaw


def _flaw(flaw: Flaw) -> dict[str, Any]:
    return {"line": flaw.line, "column": flaw.column, "message": flaw.message}
