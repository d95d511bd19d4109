"""What the buttons of a postback's page do, and what its script asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern, path

from dispatcher.admin.service import ServiceAdmin
from dispatcher.keys import find_row
from offers import services
from offers.forms import preview_answer, result_answer, test_answer
from offers.models import Conversion, Goal, Offer, Postback

View = Callable[..., HttpResponse]


def urls(model_admin: ServiceAdmin[Postback]) -> list[URLPattern]:
    """The addresses under the list's own."""
    pages = Buttons(model_admin)
    views: dict[str, tuple[str, View]] = {
        "preview_new": ("add/preview/", pages.preview),
        "test_new": ("add/test/", pages.test),
        "goals": ("goals/", pages.goals),
        "result": ("result/<uuid:uid>/", pages.result),
        **{
            verb: (f"<int:object_id>/{verb}/", view)
            for verb, view in {
                "preview": pages.preview,
                "test": pages.test,
                "activate": pages.activate,
                "pause": pages.pause,
                "resume": pages.resume,
                "drop": pages.drop,
                "approve": pages.approve,
                "reject": pages.reject,
            }.items()
        },
    }
    return [
        path(route, model_admin.admin_site.admin_view(view), name=f"offers_postback_{name}")
        for name, (route, view) in views.items()
    ]


class Buttons:
    def __init__(self, model_admin: ServiceAdmin[Postback]) -> None:
        self._admin = model_admin

    # --- what the script asks for ---

    def preview(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """The exact request of what the form holds."""
        refused = self._refuse(request)
        if refused:
            return refused
        base = self._base(request, object_id)
        return preview_answer(request, base=base, conversion=_conversion(request))

    def test(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """Send what the form holds, once."""
        refused = self._refuse(request)
        if refused:
            return refused
        base = self._base(request, object_id)
        return test_answer(request, base=base, conversion=_conversion(request))

    def result(self, request: HttpRequest, uid: UUID) -> HttpResponse:
        """How a test went."""
        if not self._admin.has_change_permission(request):
            raise PermissionDenied
        may_open = request.user.has_perm("dispatcher.view_delivery")
        return result_answer(
            request, uid, page_url="admin:dispatcher_delivery_change" if may_open else ""
        )

    def goals(self, request: HttpRequest) -> HttpResponse:
        """The goals of an offer, for the form's choice."""
        if not self._admin.has_view_permission(request):
            raise PermissionDenied
        offer = find_row(Offer.objects.all(), request.GET.get("offer"))
        if offer is None:
            raise Http404
        goals = Goal.objects.filter(offer=offer).order_by("-is_default", "name")
        names = [{"id": one.pk, "name": _goal_name(one)} for one in goals]
        return JsonResponse({"enabled_goals": offer.enabled_goals, "goals": names})

    def _refuse(self, request: HttpRequest) -> HttpResponse | None:
        may = self._admin.has_change_permission(request) or self._admin.has_add_permission(request)
        if not may:
            raise PermissionDenied
        return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])

    def _base(self, request: HttpRequest, object_id: int | None) -> Postback | None:
        if object_id is None:
            return None
        found = self._admin.get_object(request, str(object_id))
        if found is None:
            raise Http404
        return found

    # --- buttons ---

    def activate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send from now on, and what was held."""

        def verb(row: Postback) -> None:
            services.set_postback_active(postback=row, is_active=True, by=request.user)

        return self._press(request, object_id, verb, "It is active now.")

    def pause(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hold what comes for it."""

        def verb(row: Postback) -> None:
            services.pause_postback(postback=row, by=request.user)

        return self._press(request, object_id, verb, "It is paused: what comes for it is held.")

    def resume(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Go on, and send what was held."""
        return self._resume(
            request, object_id, send_held=True, done="Resumed; what was held is sent."
        )

    def drop(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Go on, and cancel what was held."""
        return self._resume(
            request, object_id, send_held=False, done="Resumed; what was held was canceled."
        )

    def _resume(
        self, request: HttpRequest, object_id: int, *, send_held: bool, done: str
    ) -> HttpResponse:
        def verb(row: Postback) -> None:
            services.resume_postback(postback=row, send_held=send_held, by=request.user)

        return self._press(request, object_id, verb, done)

    def approve(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Make what the affiliate submitted live."""
        return self._decide(
            request, object_id, services.approve_postback, "Approved: it is live now."
        )

    def reject(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Refuse it, with a note to the affiliate."""
        return self._decide(
            request, object_id, services.reject_postback, "Not approved. The affiliate is told."
        )

    def _decide(self, request: HttpRequest, object_id: int, decide: Any, done: str) -> HttpResponse:
        note = request.POST.get("note", "")
        seen = _moment(request.POST.get("seen", ""))

        def verb(row: Postback) -> None:
            if seen is None:
                raise ValidationError("This page is incomplete. Load it again, then decide.")
            decide(postback=row, note=note, seen=seen, by=request.user)

        return self._press(request, object_id, verb, done)

    def _press(
        self, request: HttpRequest, object_id: int, verb: Callable[[Postback], Any], done: str
    ) -> HttpResponse:
        return self._admin.press(request, str(object_id), verb, done)


def _conversion(request: HttpRequest) -> Conversion | None:
    rows = Conversion.objects.select_related("offer", "affiliate", "goal")
    return find_row(rows, request.POST.get("sample_conversion"))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _goal_name(goal: Goal) -> str:
    return f"{goal.name} (default)" if goal.is_default else goal.name
