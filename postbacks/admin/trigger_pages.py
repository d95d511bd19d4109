"""A trigger's own pages: its test, a new signing secret, a copy for another customer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from dispatcher import services as dispatcher
from dispatcher.admin.service import ServiceAdmin
from dispatcher.console import display, names
from dispatcher.console.documents import laid_out
from dispatcher.models import Delivery
from postbacks import services
from postbacks.models import Customer, Trigger
from postbacks.services.testing import sample_for

EVENTS_SHOWN = 20


def test(model_admin: ServiceAdmin[Trigger], request: HttpRequest, object_id: int) -> HttpResponse:
    """Ask which payload to try it with; then emit it and show the delivery."""
    trigger = model_admin.take(request, str(object_id), post_only=False)
    if trigger is None:
        raise Http404
    payload, problems = _payload(request, trigger), []
    if request.method == "POST":
        payload = request.POST.get("payload", "")
        try:
            uid = services.test_trigger(trigger=trigger, payload=payload, by=request.user)
        except ValidationError as error:
            problems = error.messages
        else:
            return _to_delivery(request, uid)
    context = _page(model_admin, request, f"Test {trigger.name}") | {
        "trigger": trigger,
        "payload": payload,
        "problems": problems,
        "events": _events(trigger) if _may_see_events(request) else [],
        "chosen": request.GET.get("event", ""),
        "back_url": model_admin.page_url(trigger.pk),
    }
    return TemplateResponse(request, "admin/postbacks/trigger/test.html", context)


def _may_see_events(request: HttpRequest) -> bool:
    return request.user.has_perm("dispatcher.view_event")


def _payload(request: HttpRequest, trigger: Trigger) -> str:
    """The sample, or the payload of the real event that was chosen."""
    chosen = request.GET.get("event", "")
    if chosen and _may_see_events(request):
        try:
            event = dispatcher.past_event(UUID(chosen))
        except ValueError:
            event = None
        if event is not None:
            return laid_out(event.payload)
    return sample_for(trigger)


def _events(trigger: Trigger) -> list[dict[str, str]]:
    owner = trigger.customer.owner if trigger.customer else ""
    events = dispatcher.past_events(trigger.event, owner=owner, limit=EVENTS_SHOWN)
    return [{"id": str(event.id), "label": _label(event)} for event in events]


def _label(event: dispatcher.PastEvent) -> str:
    about = names.readable(event.subject) or str(event.id)
    return f"{about} · {display.moment_text(event.received_at)}"


def _to_delivery(request: HttpRequest, uid: UUID) -> HttpResponse:
    if not request.user.has_perm("dispatcher.view_delivery"):
        raise PermissionDenied
    key = Delivery.objects.values_list("pk", flat=True).get(uid=uid)
    return HttpResponseRedirect(reverse("admin:dispatcher_delivery_change", args=[key]))


def rotate(
    model_admin: ServiceAdmin[Trigger], request: HttpRequest, object_id: int
) -> HttpResponse:
    """Make a signing secret and show it, this once."""
    trigger = model_admin.take(request, str(object_id))
    if trigger is None:
        return HttpResponseNotAllowed(["POST"])
    had_one = services.has_signing_secret(trigger)
    try:
        secret = services.rotate_signing_secret(trigger=trigger, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return model_admin.to_page(trigger.pk)
    context = _page(model_admin, request, "Copy the signing secret now") | {
        "trigger": trigger,
        "secret": secret,
        "had_one": had_one,
        "back_url": model_admin.page_url(trigger.pk),
    }
    response = TemplateResponse(request, "admin/postbacks/trigger/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


class DuplicateForm(forms.Form):
    """For whom, and what it is called."""

    customer = forms.ModelChoiceField(
        queryset=Customer.objects.all(),
        required=False,
        widget=AutocompleteSelect(Trigger._meta.get_field("customer"), admin.site),  # noqa: SLF001 - Django's API
        help_text="Leave empty to send for every customer.",
    )
    name = forms.CharField(
        required=False,
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Leave empty to keep the name.",
    )


def duplicate(
    model_admin: ServiceAdmin[Trigger], request: HttpRequest, object_id: int
) -> HttpResponse:
    """Ask for whom; then make the draft, say what was left out, and show it."""
    trigger = model_admin.take(request, str(object_id), post_only=False)
    if trigger is None:
        raise Http404
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    form = DuplicateForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = services.duplicate_trigger(
                trigger=trigger,
                customer=form.cleaned_data["customer"],
                name=form.cleaned_data["name"],
                by=request.user,
            )
        except ValidationError as error:
            form.add_error(None, " ".join(error.messages))
        else:
            return _to_copy(model_admin, request, made)
    context = _page(model_admin, request, f"Duplicate {trigger.name}") | {
        "trigger": trigger,
        "form": form,
        "media": model_admin.media + form.media,
        "back_url": model_admin.page_url(trigger.pk),
    }
    return TemplateResponse(request, "admin/postbacks/trigger/duplicate.html", context)


def _to_copy(
    model_admin: ServiceAdmin[Trigger], request: HttpRequest, made: services.Duplicate
) -> HttpResponse:
    messages.success(request, "This is the copy, a draft. Look through it, then activate it.")
    for note in made.left_out:
        messages.warning(request, f"Not copied: {note[0].lower()}{note[1:]}")
    return model_admin.to_page(made.trigger.pk)


def _page(model_admin: ServiceAdmin[Trigger], request: HttpRequest, title: str) -> dict[str, Any]:
    context = model_admin.admin_site.each_context(request)
    return {**context, "opts": model_admin.opts, "title": title}
