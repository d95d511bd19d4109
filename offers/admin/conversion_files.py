"""Statuses of conversions by CSV, looked at before they are imported; conversions as CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from dispatcher.admin.base import LedgerAdmin
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.console import noting
from offers import services
from offers.models import Conversion, StatusImport

LIST = "admin:offers_conversion_changelist"


def urls(model_admin: LedgerAdmin[Conversion]) -> list[URLPattern]:
    """The addresses under the list's own."""
    files = Files(model_admin)
    views: dict[str, tuple[str, Callable[..., HttpResponseBase]]] = {
        "import": ("import/", files.choose),
        "preview": ("import/<int:import_id>/", files.preview),
        "export": ("export/", files.export),
    }
    return [
        path(route, model_admin.admin_site.admin_view(view), name=f"offers_conversion_{name}")
        for name, (route, view) in views.items()
    ]


class Files:
    def __init__(self, model_admin: LedgerAdmin[Conversion]) -> None:
        self._admin = model_admin

    def choose(self, request: HttpRequest) -> HttpResponse:
        """Choose a file; it is read and shown before anything changes."""
        self._may_change(request)
        problems: list[str] = []
        if request.method == "POST":
            try:
                waiting = self._read(request)
            except ValidationError as error:
                problems = error.messages
            else:
                return HttpResponseRedirect(
                    reverse("admin:offers_conversion_preview", args=[waiting.pk])
                )
        return self._page(request, "import", {"problems": problems})

    def _read(self, request: HttpRequest) -> StatusImport:
        file: Any = request.FILES.get("file")
        if file is None or not file.size:
            raise ValidationError("Choose a file that is not empty, then try again.")
        return services.preview_import(
            content=file.read(), file_name=str(file.name), by=request.user
        )

    def preview(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """What the file would change; the buttons import it, or throw it away."""
        self._may_change(request)
        waiting = StatusImport.objects.filter(pk=import_id).first()
        if waiting is None:
            raise Http404
        if request.method == "POST":
            return self._decide(request, waiting)
        summary = waiting.summary
        left_out = summary["bad_count"] + summary["unknown"]
        context = {
            "waiting": waiting,
            "summary": summary,
            "by_status": sorted(summary["by_status"].items()),
            "left_out": left_out,
            "not_shown": left_out - len(summary["bad"]),
        }
        return self._page(request, "preview", context)

    def _decide(self, request: HttpRequest, waiting: StatusImport) -> HttpResponse:
        if request.POST.get("verb") == "cancel":
            StatusImport.objects.filter(pk=waiting.pk, applied_at=None).delete()
            messages.info(request, "Nothing was imported.")
            return HttpResponseRedirect(reverse(LIST))
        skip_bad = request.POST.get("verb") == "import-good"
        try:
            done, summary = services.apply_import(
                waiting=waiting, skip_bad=skip_bad, by=request.user
            )
        except ChangedMeanwhileError:
            messages.error(request, "This file was imported already.")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            noting.note_many(
                request.user, Conversion, f"{done.changed:,} conversions",
                f"Statuses imported from {waiting.file_name}",
            )  # fmt: skip
            left_out = summary["bad_count"] + summary["unknown"]
            messages.success(
                request,
                f"{done.changed:,} conversions changed, {done.deliveries:,} postbacks on their "
                f"way. {summary['unchanged'] + done.unchanged:,} had their status already"
                + (f", {left_out:,} lines were left out." if left_out else "."),
            )
            return HttpResponseRedirect(reverse(LIST))
        return HttpResponseRedirect(request.path)

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The conversions that the list's filters leave, all of them, as they are read."""
        if not self._admin.has_view_permission(request):
            raise PermissionDenied
        chosen: Any = self._admin.get_changelist_instance(request).get_queryset(request)
        lines = services.export_conversions(chosen.order_by())
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"conversions-{timezone.localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _may_change(self, request: HttpRequest) -> None:
        if not self._admin.has_change_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self._admin.admin_site.each_context(request),
            "opts": self._admin.opts,
            "title": "Import statuses",
            "back_url": reverse(LIST),
        }
        return TemplateResponse(request, f"admin/offers/conversion/{name}.html", shared | context)
