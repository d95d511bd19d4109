"""Trying what is being written: sent once, or rendered over events that really happened."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse

from dispatcher.console import display, names
from dispatcher.console.documents import laid_out
from dispatcher.keys import as_key
from dispatcher.models import Delivery
from postbacks import services
from postbacks.admin.mapper_questions import asked_event, asked_payload, refuse, written
from postbacks.models import Template, Trigger
from postbacks.services.past import DEFAULT_COUNT


def send_test(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """Send what the form holds, once; the address of the page that shows how it went."""
    refused = refuse(model_admin, request)
    if refused:
        return refused
    if not request.user.has_perm("postbacks.change_trigger"):
        raise PermissionDenied
    data = request.POST
    template = written(data)
    try:
        uid = services.test_template(
            template=template,
            payload=asked_payload(data),
            target=_target(data, template),
            by=request.user,
        )
    except ValidationError as error:
        return JsonResponse({"problems": error.messages})
    key = Delivery.objects.values_list("pk", flat=True).get(uid=uid)
    return JsonResponse({"url": reverse("admin:dispatcher_delivery_change", args=[key])})


def _target(data: QueryDict, template: Template) -> Trigger:
    """The chosen trigger, or one that is never saved for the address that was typed."""
    key = as_key(data.get("test_trigger"))
    if key is not None:
        chosen = Trigger.objects.select_related("rule", "customer").filter(pk=key).first()
        if chosen is None:
            raise ValidationError("This trigger is not there any more. Load the page again.")
        return chosen
    target = Trigger(name="Test", event=asked_event(data), customer=template.customer)
    address = data.get("test_address", "").strip()
    if template.kind == Template.Kind.EMAIL:
        target.method_kind, target.to = Trigger.MethodKind.EMAIL, address
        return target
    target.url = address
    method = data.get("test_method", "")
    if method in Trigger.HttpMethod.values:
        target.http_method = method
    return target


def try_past(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """What saving would change for the last real events."""
    refused = refuse(model_admin, request)
    if refused:
        return refused
    if not request.user.has_perm("dispatcher.view_event"):
        raise PermissionDenied
    count = as_key(request.POST.get("past_count")) or DEFAULT_COUNT
    try:
        tried = services.try_on_past(
            template=written(request.POST),
            event_type=asked_event(request.POST),
            count=count,
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
