"""What a template would give for its sample, while it is being written."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from dispatcher.rendering import Problem
from postbacks import services
from postbacks.events import EventType, sample_payload
from postbacks.models import Customer, Template


def preview(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """Render what the form holds at this moment; nothing is saved, no transaction is open."""
    if not (model_admin.has_change_permission(request) or model_admin.has_add_permission(request)):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    data = request.POST
    template = Template(
        body=data.get("body", ""),
        format=data.get("format", ""),
        is_strict=data.get("is_strict") == "on",
    )
    try:
        rendered = services.render_template(
            template=template,
            payload=data.get("sample", "").strip() or _built_in(data.get("event", "")),
            customer=_customer(data.get("customer", "")),
        )
    except ValidationError as error:
        problems = [{"message": message} for message in error.messages]
        return JsonResponse({"output": "", "errors": problems, "warnings": []})
    return JsonResponse(
        {
            "output": rendered.output,
            "errors": [_problem(problem) for problem in rendered.errors],
            "warnings": [_problem(problem) for problem in rendered.warnings],
        }
    )


def _built_in(event: str) -> str:
    known = event if event in EventType.values else EventType.ORDER_SHIPPED.value
    return sample_payload(known)


def _customer(key: str) -> Customer | None:
    return Customer.objects.filter(pk=int(key)).first() if key.isdigit() else None


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "where": problem.where,
    }
