"""The versions of a template, and what each changed."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
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

from dispatcher.admin.service import ServiceAdmin
from dispatcher.console.compared import Line, compared
from dispatcher.keys import as_key
from postbacks import services
from postbacks.models import Template, TemplateVersion

VERSIONS_SHOWN = 200


def versions_page(
    model_admin: ServiceAdmin[Template], request: HttpRequest, object_id: int
) -> HttpResponse:
    """Every version with its author; the chosen one (`?number=`) compared with the one before."""
    template = Template.objects.filter(pk=object_id).first()
    if template is None:
        raise Http404
    if not model_admin.has_view_permission(request, template):
        raise PermissionDenied
    number = as_key(request.GET.get("number")) or template.version
    found = template.versions.filter(number__in=[number, number - 1])
    chosen = {version.number: version for version in found}
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"Versions of {template.name}",
        "template_object": template,
        "versions": template.versions.select_related("created_by")
        .defer("body", "text", "html", "schema")
        .order_by("-number")[:VERSIONS_SHOWN],
        "number": number,
        "version": chosen.get(number),
        "lines": list(_compare(chosen.get(number - 1), chosen.get(number))),
        "is_first": number - 1 not in chosen,
        "may_restore": number in chosen
        and number != template.version
        and model_admin.has_change_permission(request, template),
    }
    return TemplateResponse(request, "admin/postbacks/template/versions.html", context)


def restore(
    model_admin: ServiceAdmin[Template], request: HttpRequest, object_id: int
) -> HttpResponse:
    """Make an earlier version (`number` of the form) the newest, and show the template."""
    template = model_admin.take(request, str(object_id))
    if template is None:
        return HttpResponseNotAllowed(["POST"])
    number = as_key(request.POST.get("number")) or 0
    try:
        services.restore_template_version(template=template, number=number, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        versions = reverse("admin:postbacks_template_versions", args=[object_id])
        return HttpResponseRedirect(f"{versions}?number={number}")
    messages.success(request, f"Version {number} is back, as version {template.version}.")
    return model_admin.to_page(template.pk)


def _compare(before: TemplateVersion | None, after: TemplateVersion | None) -> Iterator[Line]:
    if after is None:
        return
    new = _text(after).splitlines()
    old = _text(before).splitlines() if before else new
    yield from compared(old, new)


def _text(version: TemplateVersion) -> str:
    """A webhook's body and schema; of an e-mail its parts under each other."""
    if version.format:
        schema = f"\n\n--- Schema ---\n{version.schema}" if version.schema else ""
        return version.body + schema
    parts = {"Subject": version.subject, "Text": version.text, "HTML": version.html}
    return "\n".join(f"--- {name} ---\n{text}" for name, text in parts.items() if text)
