"""Storage: what is kept, what is purged when, and erasing all of one owner."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from dispatcher.admin.base import LedgerAdmin
from dispatcher.api import erasable
from dispatcher.console import noting
from dispatcher.models import Erasure, Purge
from dispatcher.retention import erase, erase_owner, events_of, figures

_SHOWN = 20


@admin.register(Purge)
class StorageAdmin(LedgerAdmin[Purge]):
    """One page instead of a list: there is one row, which workers agree by."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [path("erase/", view(self.erase_view), name="dispatcher_purge_erase")]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Storage",
            "days": settings.RETENTION_DAYS,
            "key_days": settings.IDEMPOTENCY_DAYS,
            "tables": [_row(table) for table in figures.tables()],
            "due": figures.due(),
            "counted": figures.COUNTED,
            "progress": Purge.objects.filter(pk=1).first(),
            "erasures": _erasures(),
            "kinds": erasable.kinds(),
            "can_erase": _may_erase(request),
            "kind": request.GET.get("kind", ""),
            "erase": request.GET.get("erase", ""),
        }
        return TemplateResponse(request, "admin/dispatcher/storage.html", context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """There is no page of the row itself."""
        return HttpResponseRedirect(reverse("admin:dispatcher_purge_changelist"))

    def erase_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whether it is meant, naming whose; then have it done by the workers."""
        if not _may_erase(request):
            raise PermissionDenied
        values = request.POST if request.method == "POST" else request.GET
        kind, name = values.get("kind", ""), values.get("name", "").strip()
        page = reverse("admin:dispatcher_purge_changelist")
        typed = f"{page}?{urlencode({'kind': kind, 'erase': name})}"
        owner = erasable.find(kind, name)
        if owner is None:
            messages.error(request, _mistake(kind, name))
            return HttpResponseRedirect(typed)
        label = erasable.called(owner)
        if request.method == "POST" and request.POST.get("confirmed") == owner:
            with transaction.atomic():
                erasure = erase_owner(owner=owner, name=label, by=request.user)
                noting.note(request.user, [erasure], erasable.did(owner))
            messages.success(request, f"Everything of {label} is being erased. See below how far.")
            return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Erase everything of {label}?",
            "owner": owner,
            "label": label,
            "kind": kind,
            "name": name,
            "events": _events_words(owner),
            "back_url": typed,
        }
        return TemplateResponse(request, "admin/dispatcher/erase.html", context)


def _may_erase(request: HttpRequest) -> bool:
    return request.user.has_perm("dispatcher.add_erasure")


def _mistake(kind: str, name: str) -> str:
    if kind not in erasable.kinds():
        return "Choose whose it is. Correct it."
    return f"There is no {kind} “{name[:80]}”. Correct it."


def _events_words(owner: str) -> str:
    """As "7,013 events" or "more than 10,000 events"."""
    found, most = events_of(owner), erase.MOST_COUNTED
    if found > most:
        return f"more than {most:,} events"
    return "1 event" if found == 1 else f"{found:,} events"


def _row(table: figures.Table) -> dict[str, Any]:
    return {
        "label": table.label,
        "rows": f"{table.rows:,}" if table.is_exact else f"about {table.rows:,}",
        "size": "" if table.size is None else filesizeformat(table.size),
    }


def _erasures() -> list[Erasure]:
    return list(Erasure.objects.select_related("requested_by").order_by("-id")[:_SHOWN])
