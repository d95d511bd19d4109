"""The audit's pages: the list, and what one change changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse

from config.audit import ledger, summaries
from dispatcher.admin.base import LedgerAdmin
from dispatcher.console import changes, noting
from dispatcher.console.names import Name
from dispatcher.keys import as_key
from dispatcher.selecting.times import parse_moment

PER_PAGE = 50


@admin.register(LogEntry)
class AuditAdmin(LedgerAdmin[LogEntry]):
    """Everything that has a history, and what admin notes of the rest, as one list."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.change_page)
        own = [path("of/<str:about>/<str:key>/", view, name="admin_logentry_entry")]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        about, person = request.GET.get("about", ""), request.GET.get("by", "")
        found = ledger.entries(
            about=about if about in {*ledger.histories(), ledger.BY_HAND} else "",
            user_id=as_key(person),
            after=_place(request.GET.get("after", "")),
            most=PER_PAGE + 1,
        )
        shown, has_more = found[:PER_PAGE], len(found) > PER_PAGE
        people, told = _people(), summaries.of(shown)
        context = {
            **self.admin_site.each_context(request),
            "title": "Audit",
            "entries": [_row(entry, people) | {"changed": told.get(entry.key)} for entry in shown],
            "older": _older(request, shown[-1]) if has_more else "",
            "kinds": [
                ("Done by hand; people and tokens", ledger.BY_HAND),
                *sorted((ledger.kind(label), label) for label in ledger.histories()),
            ],
            "people": sorted((name, str(pk)) for pk, name in people.items()),
            "about": about,
            "by": person,
        }
        return TemplateResponse(request, "admin/audit/list.html", context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An entry's page is found by what it is about."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:admin_logentry_changelist"))

    def change_page(self, request: HttpRequest, about: str, key: str) -> HttpResponse:
        """What one change changed, from what to what."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = ledger.record(about, key)
        noted = ledger.note(about, key) if row is None and key.startswith("log-") else None
        if row is None and noted is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "kind": ledger.kind(about),
            **(_of_history(about, row) if row else _of_note(about, noted)),
        }
        context["title"] = f"{context['kind']} {context['name']}"
        return TemplateResponse(request, "admin/audit/entry.html", context)


def _of_history(about: str, row: Any) -> dict[str, Any]:
    return {
        "name": str(row.instance),
        "verb": ledger.VERBS[row.history_type],
        "reason": row.history_change_reason or "",
        "at": row.history_date,
        "by": row.history_user,
        "fields": list(changes.fields_of(row)),
        "page": _page(about, row.id),
    }


def _of_note(about: str, noted: LogEntry | None) -> dict[str, Any]:
    assert noted is not None  # noqa: S101 - the caller has looked
    fields = noting.fields_of(noted)
    return {
        "name": noted.object_repr,
        "verb": ledger.VERBS[ledger.verb_of(noted)],
        "reason": "" if fields else noted.get_change_message(),
        "at": noted.action_time,
        "by": noted.user,
        "fields": fields,
        "page": _page(about, noted.object_id),
    }


def _page(about: str, key: object) -> str:
    """The page of the row itself, while it is there."""
    model = ledger.model_of(about)
    if not key or model is None or not model._default_manager.filter(pk=key).exists():  # noqa: SLF001 - Django's API
        return ""
    try:
        return reverse(f"admin:{about.replace('.', '_')}_change", args=[key])
    except NoReverseMatch:
        return ""


def _row(entry: ledger.Entry, people: dict[int, str]) -> dict[str, Any]:
    about, _, key = entry.key.partition("/")
    url = reverse("admin:admin_logentry_entry", args=[about, key])
    who = people.get(entry.user_id, "somebody who was deleted") if entry.user_id else "the system"
    return {
        "at": entry.at,
        "who": who,
        "verb": ledger.VERBS.get(entry.verb, "Changed"),
        "tone": {"+": "good", "-": "bad"}.get(entry.verb, "info"),
        "what": Name(entry.title or "without a name", url),
        "kind": ledger.kind(entry.about),
        "reason": entry.reason,
    }


def _people() -> dict[int, str]:
    """Those who can have changed something: who may work in admin or owns tokens."""
    users = User.objects.only("pk", "username", "first_name", "last_name").order_by("username")
    return {user.pk: user.get_full_name() or user.username for user in users[:1_000]}


def _place(text: str) -> ledger.Place | None:
    """The place that a link to older entries names; None for anything else."""
    at, _, rest = text.partition(" ")
    about, _, key = rest.partition("/")
    moment = parse_moment(at)
    return ledger.Place(moment, about, key) if moment and "\0" not in text else None


def _older(request: HttpRequest, last: ledger.Entry) -> str:
    kept = {name: request.GET[name] for name in ("about", "by") if request.GET.get(name)}
    return "?" + urlencode({**kept, "after": f"{last.at.isoformat()} {last.key}"})
