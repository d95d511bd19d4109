"""What the Template Mapper asks the server while a template is being written; saves nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, QueryDict
from django.urls import reverse

from dispatcher import services as dispatcher
from dispatcher.console import display, names
from dispatcher.console.documents import laid_out
from dispatcher.models import Delivery
from dispatcher.rendering import Problem, helpers
from postbacks import services
from postbacks.admin.trigger_forms import template_label
from postbacks.events import EventType, sample_payload
from postbacks.models import Customer, Template, Trigger
from postbacks.ready_templates import ready_templates
from postbacks.services.past import DEFAULT_COUNT

EVENTS_SHOWN = 20
TRIGGERS_SHOWN = 200


def mapper_context(template: Template | None, *, may_see_events: bool) -> dict[str, Any]:
    """What the page needs at once: samples, templates to start from, helpers, where to ask."""
    return {
        "mapper": {
            "urls": {
                name: reverse(f"admin:postbacks_template_{name}")
                for name in ("preview", "events", "test", "past")
            },
            "samples": {event.value: sample_payload(event) for event in EventType},
            "ready": [
                {"event": one.event, "format": one.format, "name": one.name, "body": one.body}
                for one in ready_templates()
            ],
            "helpers": [
                {"kind": one.kind, "name": one.name, "summary": one.summary, "example": one.example}
                for one in helpers()
            ],
            "maySeeEvents": may_see_events,
            "saved": template and _saved(template),
        },
        "test_targets": _targets(),
    }


def _saved(template: Template) -> dict[str, Any]:
    """What the form of a trigger in another window is told about this template."""
    return {
        "id": template.pk,
        "label": template_label(template),
        "format": template.format or template.kind,
        "customer": str(template.customer_id or ""),
    }


def _targets() -> list[Trigger]:
    found = Trigger.objects.exclude(url="").select_related("customer").order_by("name", "pk")
    return list(found.defer("headers")[:TRIGGERS_SHOWN])


def preview(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """Render what the form holds at this moment; no transaction is open."""
    refused = _refuse(model_admin, request)
    if refused:
        return refused
    try:
        rendered = services.render_template(
            template=written(request.POST),
            payload=_payload(request.POST),
            customer=_customer(request.POST.get("customer", "")),
        )
    except ValidationError as error:
        errors = [{"message": message} for message in error.messages]
        return JsonResponse({"output": "", "shown": "", "errors": errors, "warnings": []})
    problems = rendered.errors + rendered.warnings
    is_marked = any(problem.where == "output" for problem in problems)
    return JsonResponse(
        {
            "output": rendered.output,
            # Lines of problems are those of the document as it is, so then it is shown like that.
            "shown": rendered.output if is_marked else laid_out(rendered.output),
            "errors": [_problem(problem) for problem in rendered.errors],
            "warnings": [_problem(problem) for problem in rendered.warnings],
        }
    )


def written(data: QueryDict) -> Template:
    """The template as the form holds it, with the key of the saved one if there is one."""
    key = data.get("id", "")
    template = Template(
        pk=int(key) if key.isdigit() else None,
        name=data.get("name", ""),
        customer=_customer(data.get("customer", "")),
        body=data.get("body", ""),
        format=data.get("format", ""),
        is_strict=data.get("is_strict") == "on",
    )
    if template.pk:
        template.version = (
            Template.objects.filter(pk=template.pk).values_list("version", flat=True).first() or 0
        )
    return template


def recent_events(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """The last real events of a type, or with `id` the payload of one."""
    may_edit(model_admin, request)
    if not request.user.has_perm("dispatcher.view_event"):
        raise PermissionDenied
    if "id" in request.GET:
        event = dispatcher.past_event(_uuid(request.GET["id"]))
        return JsonResponse({"payload": laid_out(event.payload) if event else ""})
    customer = _customer(request.GET.get("customer", ""))
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


def send_test(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """Send what the form holds, once; the address of the page that shows how it went."""
    refused = _refuse(model_admin, request)
    if refused:
        return refused
    if not request.user.has_perm("postbacks.change_trigger"):
        raise PermissionDenied
    data = request.POST
    try:
        uid = services.test_template(
            template=written(data), payload=_payload(data), target=_target(data), by=request.user
        )
    except ValidationError as error:
        return JsonResponse({"problems": error.messages})
    key = Delivery.objects.values_list("pk", flat=True).get(uid=uid)
    return JsonResponse({"url": reverse("admin:dispatcher_delivery_change", args=[key])})


def _target(data: QueryDict) -> Trigger:
    key = data.get("test_trigger", "")
    if key.isdigit():
        chosen = Trigger.objects.select_related("rule", "customer").filter(pk=int(key)).first()
        if chosen is None:
            raise ValidationError("This trigger is not there any more. Load the page again.")
        return chosen
    method = data.get("test_method", "")
    return Trigger(
        name="Test",
        event=_event(data),
        url=data.get("test_url", "").strip(),
        http_method=method if method in Trigger.HttpMethod.values else Trigger.HttpMethod.POST,
    )


def try_past(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """What saving would change for the last real events."""
    refused = _refuse(model_admin, request)
    if refused:
        return refused
    if not request.user.has_perm("dispatcher.view_event"):
        raise PermissionDenied
    count = request.POST.get("past_count", "")
    try:
        tried = services.try_on_past(
            template=written(request.POST),
            event_type=_event(request.POST),
            count=int(count) if count.isdigit() and len(count) < 4 else DEFAULT_COUNT,
            lay_out=laid_out,
        )
    except ValidationError as error:
        return JsonResponse({"problems": error.messages})
    return JsonResponse({"results": [_tried(one) for one in tried]})


def _tried(one: services.Tried) -> dict[str, Any]:
    return {
        "about": names.readable(one.subject) or str(one.event_id),
        "url": reverse("admin:dispatcher_event_change", args=[one.event_id]),
        "at": display.moment_text(one.received_at),
        "verdict": one.verdict.value,
        "problems": one.problems,
        "diff": one.diff,
    }


def may_edit(model_admin: ModelAdmin[Template], request: HttpRequest) -> None:
    """Raise PermissionDenied for somebody who may only look."""
    if not (model_admin.has_change_permission(request) or model_admin.has_add_permission(request)):
        raise PermissionDenied


def _refuse(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse | None:
    may_edit(model_admin, request)
    return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])


def _payload(data: QueryDict) -> str:
    given = data.get("payload", "") or data.get("sample", "")
    return given if given.strip() else sample_payload(_event(data))


def _event(data: QueryDict) -> str:
    event = data.get("event", "")
    return event if event in EventType.values else EventType.ORDER_SHIPPED.value


def _customer(key: str) -> Customer | None:
    return Customer.objects.filter(pk=int(key)).first() if key.isdigit() else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "where": problem.where,
        "path": problem.path,
    }
