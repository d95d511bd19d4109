"""What the Mapper's questions hold: the template, payload and customer of a form not saved yet."""

from __future__ import annotations

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict

from dispatcher.keys import as_key, find_row
from postbacks.events import EventType, sample_payload
from postbacks.models import Customer, Template

_EMAIL = ("subject", "text", "html")
_DOCUMENT = ("body", "schema")


def may_edit(model_admin: ModelAdmin[Template], request: HttpRequest) -> None:
    """Raise PermissionDenied for somebody who may only look."""
    if not (model_admin.has_change_permission(request) or model_admin.has_add_permission(request)):
        raise PermissionDenied


def refuse(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that is no question; raises PermissionDenied as `may_edit` does."""
    may_edit(model_admin, request)
    return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])


def written(data: QueryDict) -> Template:
    """The template as the form holds it, with the key of the saved one if there is one."""
    is_email = data.get("kind") == Template.Kind.EMAIL
    template = Template(
        pk=as_key(data.get("id")),
        name=data.get("name", ""),
        kind=Template.Kind.EMAIL if is_email else Template.Kind.WEBHOOK,
        customer=asked_customer(data),
        format="" if is_email else data.get("format", ""),
        is_strict=data.get("is_strict") == "on",
        **{name: data.get(name, "") for name in (_EMAIL if is_email else _DOCUMENT)},
    )
    if template.pk:
        template.version = (
            Template.objects.filter(pk=template.pk).values_list("version", flat=True).first() or 0
        )
    return template


def asked_payload(data: QueryDict) -> str:
    """The payload that is shown, the template's own sample, or that of the event."""
    given = data.get("payload", "") or data.get("sample", "")
    return given if given.strip() else sample_payload(asked_event(data))


def asked_event(data: QueryDict) -> str:
    """Which event it is about; the Mapper shows Order shipped where none is chosen."""
    event = data.get("event", "")
    return event if event in EventType.values else EventType.ORDER_SHIPPED.value


def asked_customer(data: QueryDict) -> Customer | None:
    """Whose template it is; None for everybody's."""
    return find_row(Customer.objects.all(), data.get("customer"))
