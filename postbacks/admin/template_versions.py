"""The versions of a template, and what each changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from postbacks.models import Template, TemplateVersion

VERSIONS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: kind is "same", "added" or "removed"."""

    kind: str
    mark: str
    text: str


def versions_page(
    model_admin: ModelAdmin[Template], request: HttpRequest, object_id: int
) -> HttpResponse:
    """Every version with its author; the chosen one (`?number=`) compared with the one before."""
    template = Template.objects.filter(pk=object_id).first()
    if template is None:
        raise Http404
    if not model_admin.has_view_permission(request, template):
        raise PermissionDenied
    wanted = request.GET.get("number", "")
    number = int(wanted) if wanted.isdigit() and len(wanted) < 9 else template.version
    found = template.versions.filter(number__in=[number, number - 1])
    chosen = {version.number: version for version in found}
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"Versions of {template.name}",
        "template_object": template,
        "versions": template.versions.select_related("created_by")
        .defer("body")
        .order_by("-number")[:VERSIONS_SHOWN],
        "number": number,
        "version": chosen.get(number),
        "lines": list(_compare(chosen.get(number - 1), chosen.get(number))),
        "is_first": number - 1 not in chosen,
    }
    return TemplateResponse(request, "admin/postbacks/template/versions.html", context)


def _compare(before: TemplateVersion | None, after: TemplateVersion | None) -> Iterator[Line]:
    if after is None:
        return
    old = before.body.splitlines() if before else after.body.splitlines()
    for line in difflib.ndiff(old, after.body.splitlines()):
        mark, text = line[:1], line[2:]
        if mark != "?":
            yield Line({"+": "added", "-": "removed"}.get(mark, "same"), mark.strip(), text)
