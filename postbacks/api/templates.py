"""`templates/`: what is sent, and trying it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import ledgers
from dispatcher.api.resources import CRUD, ResourceViewSet
from dispatcher.api.shapes import DeliveryDetailShape
from dispatcher.api.views import CONFIGURE, READ_CONFIGURATION
from postbacks import services
from postbacks.api import trials
from postbacks.api.template_shapes import (
    ReadyTemplateSerializer,
    RenderedSerializer,
    RenderSerializer,
    TemplateSerializer,
    TemplateVersionSerializer,
    answer_of,
)
from postbacks.events import EventType
from postbacks.models import Customer, Template
from postbacks.ready_templates import ready_templates
from postbacks.services.templates import sample_of

_TEXTS = ("body", "subject", "text", "html", "schema")


_SCOPES = {
    "versions": READ_CONFIGURATION,
    "ready": READ_CONFIGURATION,
    "restore": CONFIGURE,
    "render_one": CONFIGURE,
    "past": CONFIGURE,
    "test": CONFIGURE,
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
        examples=trials.RENDER_EXAMPLES,
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
        return Response(answer_of(template, rendered))

    @extend_schema(
        operation_id="templates_past",
        summary="Try a changed template on the past",
        request=trials.PastSerializer,
        examples=trials.PAST_EXAMPLES,
        responses={200: trials.PastAnswerSerializer},
    )
    @action(detail=True, methods=["post"])
    def past(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """Which outputs of the newest real events would change; saves and sends nothing."""
        template: Template = self.find(id)
        serializer = trials.PastSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        rows = services.try_on_past(
            template=trials.changed(template, values),
            event_type=values.get("event") or template.event or EventType.ORDER_SHIPPED,
            count=values["count"],
        )
        counts = {verdict.value: 0 for verdict in services.Verdict}
        for row in rows:
            counts[row.verdict.value] += 1
        answer = trials.PastAnswerSerializer({"counts": counts, "results": rows})
        return Response(answer.data)

    @extend_schema(
        operation_id="templates_test",
        summary="Send a template once",
        request=trials.TestSerializer,
        examples=trials.TEST_EXAMPLES,
        responses={202: DeliveryDetailShape},
    )
    @action(detail=False, methods=["post"], url_path="test")
    def test(self, request: Request) -> Response:
        """As it is given here, saved or not: to an address, or as a trigger sends."""
        serializer = trials.TestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        body: Any = request.data
        uid = services.test_template(
            template=trials.written(values),
            payload=body.text("payload"),
            target=trials.target(values),
            by=self.author(),
        )
        return Response(ledgers.delivery_by_id(uid), status=HTTPStatus.ACCEPTED)

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
            **{name: values.get(name, "") for name in _TEXTS},
        )
