"""`templates/`: what is sent, and trying it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import fields
from dispatcher.api.resources import CRUD, ResourceViewSet, StrictSerializer
from dispatcher.api.shapes import AnyObject, text
from dispatcher.api.views import CONFIGURE, READ_CONFIGURATION
from dispatcher.rendering import Problem as Flaw
from dispatcher.rendering import Rendered
from postbacks import services
from postbacks.api.customers import MAX_ID, CustomerField
from postbacks.events import EventType
from postbacks.models import Customer, Template
from postbacks.ready_templates import ready_templates
from postbacks.services.templates import sample_of

_GUIDE = '{"order": "{{ orderReferenceId }}", "status": "{{ fulfillmentStatus }}"}'


class TemplateSerializer(StrictSerializer):
    """A template. Each change of its texts, format or strictness is a version."""

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


_SCOPES = {
    "versions": READ_CONFIGURATION,
    "ready": READ_CONFIGURATION,
    "restore": CONFIGURE,
    "render_one": CONFIGURE,
}


@extend_schema(tags=["Templates"])
class TemplateViewSet(ResourceViewSet):
    """What is sent, before the payload is filled in."""

    queryset = Template.objects.select_related("customer")
    serializer_class = TemplateSerializer
    scopes = {**CRUD, **_SCOPES}

    def save(self, row: Template, values: Mapping[str, Any]) -> Template:
        return services.save_template(template=row, by=self.author())

    def delete_row(self, row: Template) -> None:
        services.delete_template(template=row, by=self.author())

    @extend_schema(
        summary="List a template's versions", responses=TemplateVersionSerializer(many=True)
    )
    @action(detail=True, methods=["get"])
    def versions(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """Newest first."""
        found = self.find(id).versions.select_related("created_by")
        rows = self.paginate_queryset(found) or []
        return self.get_paginated_response(TemplateVersionSerializer(rows, many=True).data)

    @extend_schema(
        summary="Make an earlier version the newest", request=None, responses=TemplateSerializer
    )
    @action(detail=True, methods=["post"], url_path=r"versions/(?P<number>[0-9]{1,9})/restore")
    def restore(self, request: Request, id: str, number: str) -> Response:  # noqa: A002 - its name in the path
        """Its body, format and strictness become a new version; nothing is lost."""
        template: Template = self.find(id)
        if not template.versions.filter(number=int(number)).exists():
            raise NotFound
        services.restore_template_version(template=template, number=int(number), by=self.author())
        return Response(self.get_serializer(template).data)

    @extend_schema(
        operation_id="templates_ready",
        summary="List templates to start from",
        parameters=[],
        responses=ReadyTemplateSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def ready(self, request: Request) -> Response:
        """One for each event and format, valid for the event's sample as it is."""
        return Response(ReadyTemplateSerializer(ready_templates(), many=True).data)

    @extend_schema(
        operation_id="templates_render",
        summary="Try a template",
        request=RenderSerializer,
        responses={200: RenderedSerializer},
    )
    @action(detail=False, methods=["post"], url_path="render")
    def render_one(self, request: Request) -> Response:
        """Exactly as a delivery would render it; 200 also when the template is bad."""
        serializer = RenderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        template = self._template(values)
        body: Any = request.data
        payload = body.text("payload") if "payload" in values else sample_of(template)
        customer: Customer | None = values["customer"]
        rendered = services.render_template(template=template, payload=payload, customer=customer)
        return Response(_answer(template, rendered))

    def _template(self, values: Mapping[str, Any]) -> Template:
        name = "template" if "template" in values else "id"
        if name in values:
            found: Template | None = Template.objects.filter(pk=values[name]).first()
            if found is None:
                message = "There is no template of this id. Correct it."
                raise serializers.ValidationError({name: message})
            return found
        return Template(
            kind=values["kind"],
            format=values["format"],
            is_strict=values["is_strict"],
            **{name: values.get(name, "") for name in ("body", "subject", "text", "html")},
        )


def _answer(template: Template, rendered: Rendered) -> dict[str, Any]:
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
