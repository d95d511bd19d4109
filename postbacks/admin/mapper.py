"""What the Template Mapper asks the server while a template is being written; saves nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from dispatcher import services as dispatcher
from dispatcher.console import display, names
from dispatcher.console.documents import laid_out
from dispatcher.rendering import Problem, Rendered, helpers
from postbacks import services
from postbacks.admin.mapper_questions import (
    asked_customer,
    asked_payload,
    may_edit,
    refuse,
    written,
)
from postbacks.admin.trigger_forms import template_label
from postbacks.events import EventType, sample_payload
from postbacks.models import LookupTable, Template, Trigger
from postbacks.ready_emails import ready_emails
from postbacks.ready_templates import ready_templates

EVENTS_SHOWN = 20
TRIGGERS_SHOWN = 200
TABLES_SHOWN = 500


def mapper_context(
    template: Template | None, *, is_email: bool, may_see_events: bool
) -> dict[str, Any]:
    """What the page needs at once: samples, templates to start from, helpers, where to ask."""
    return {
        "is_email": is_email,
        "mapper": {
            "kind": Template.Kind.EMAIL if is_email else Template.Kind.WEBHOOK,
            "urls": {
                name: reverse(f"admin:postbacks_template_{name}")
                for name in ("preview", "events", "test", "past")
            },
            "samples": {event.value: sample_payload(event) for event in EventType},
            "ready": _ready_emails() if is_email else _ready_documents(),
            "lookups": _lookups(),
            "helpers": [
                {"kind": one.kind, "name": one.name, "summary": one.summary, "example": one.example}
                for one in helpers()
            ],
            "maySeeEvents": may_see_events,
            "saved": template and _saved(template),
        },
        "test_targets": _targets(is_email=is_email),
    }


def _ready_documents() -> list[dict[str, Any]]:
    return [
        {"event": one.event, "format": one.format, "name": one.name, "parts": {"body": one.body}}
        for one in ready_templates()
    ]


def _ready_emails() -> list[dict[str, Any]]:
    return [
        {
            "event": one.event,
            "format": "email",
            "name": one.name,
            "parts": {"subject": one.subject, "text": one.text, "html": one.html},
        }
        for one in ready_emails().values()
    ]


def _lookups() -> list[dict[str, str]]:
    """The tables that `lookups()` knows, by the field it names them by."""
    found = LookupTable.objects.select_related("customer").order_by("field", "pk")[:TABLES_SHOWN]
    return [
        {
            "field": one.field,
            "name": one.name,
            "customer": one.customer.name if one.customer else "",
        }
        for one in found
    ]


def _saved(template: Template) -> dict[str, Any]:
    """What the form of a trigger in another window is told about this template."""
    return {
        "id": template.pk,
        "label": template_label(template),
        "format": template.format or template.kind,
        "customer": str(template.customer_id or ""),
    }


def _targets(*, is_email: bool) -> list[Trigger]:
    found = Trigger.objects.select_related("customer").order_by("name", "pk")
    if is_email:
        found = found.filter(method_kind=Trigger.MethodKind.EMAIL).exclude(to="")
    else:
        found = found.filter(method_kind=Trigger.MethodKind.URL).exclude(url="")
    return list(found.defer("headers")[:TRIGGERS_SHOWN])


def preview(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """Render what the form holds at this moment; no transaction is open."""
    refused = refuse(model_admin, request)
    if refused:
        return refused
    template = written(request.POST)
    try:
        rendered = services.render_template(
            template=template,
            payload=asked_payload(request.POST),
            customer=asked_customer(request.POST),
        )
    except ValidationError as error:
        errors = [{"message": message} for message in error.messages]
        return JsonResponse({"outputs": {}, "errors": errors, "warnings": []})
    parts = list(template.parts)
    return JsonResponse(
        {
            "outputs": _outputs(parts, rendered),
            "errors": [_problem(problem, parts) for problem in rendered.errors],
            "warnings": [_problem(problem, parts) for problem in rendered.warnings],
        }
    )


def _outputs(names: list[str], rendered: Rendered) -> dict[str, str]:
    """What each part gives; a document is laid out, unless a problem names one of its lines."""
    outputs = dict(zip(names, rendered.outputs, strict=True))
    problems = rendered.errors + rendered.warnings
    if "body" in outputs and all(problem.where != "output" for problem in problems):
        outputs["body"] = laid_out(outputs["body"])
    return outputs


def recent_events(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """The last real events of a type, or with `id` the payload of one."""
    may_edit(model_admin, request)
    if not request.user.has_perm("dispatcher.view_event"):
        raise PermissionDenied
    if "id" in request.GET:
        event = dispatcher.past_event(_uuid(request.GET["id"]))
        return JsonResponse({"payload": laid_out(event.payload) if event else ""})
    customer = asked_customer(request.GET)
    events = dispatcher.past_events(
        request.GET.get("event", ""), owner=customer.owner if customer else "", limit=EVENTS_SHOWN
    )
    owners = names.resolve({event.owner for event in events if event.owner})
    rows = []
    for event in events:
        owner = owners.get(event.owner)
        about = names.readable(event.subject) or str(event.id)
        words = [about, owner.label if owner else "", display.moment_text(event.received_at)]
        rows.append({"id": str(event.id), "label": " · ".join(filter(None, words))})
    return JsonResponse({"events": rows})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _problem(problem: Problem, names: list[str]) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "where": problem.where,
        "path": problem.path,
        "part": names[problem.part],
    }
