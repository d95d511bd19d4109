"""All deliveries that match: counted, confirmed, resent or canceled in the background, exported."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from dispatcher import services
from dispatcher.admin.delivery_pages import DeliveryPages
from dispatcher.admin.export import rows
from dispatcher.admin.results import results
from dispatcher.console import noting
from dispatcher.models import BulkJob
from dispatcher.selecting import FilterError, describe, is_cut, read, readable

VERBS = services.jobs.ASKED_FOR
JOBS_SHOWN = 50
EXPLAINED: Mapping[str, str] = {
    BulkJob.Verb.RESEND: "Each receiver gets the same request once more, with the same webhook-id. "
    "Only what has ended is sent.",
    BulkJob.Verb.CURRENT: "Each event is written anew with today's template and sent to today's "
    "address, as a new delivery. Only for what has ended.",
    BulkJob.Verb.CANCEL: "What is still waiting is not sent, and not tried again.",
}


class BulkPages(DeliveryPages):
    """Pages of DeliveryAdmin for everything that its list's filters name."""

    def bulk_urls(self) -> list[URLPattern]:
        """Their addresses."""
        views = {
            "matching": self.matching_view,
            "export": self.export_view,
            "jobs": self.jobs_view,
        }
        made = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"dispatcher_delivery_{name}")
            for name, view in views.items()
        ]
        made.append(
            path(
                "jobs/<uuid:uid>/",
                self.admin_site.admin_view(self.job_view),
                name="dispatcher_delivery_job",
            )
        )
        return made

    def matching_view(self, request: HttpRequest) -> HttpResponse:
        """How many match and what can be done with all of them; POST starts a job."""
        if not self.has_resend_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._start(request)
        try:
            selection = read(request.GET.dict())
        except FilterError as error:
            return self._unreadable(request, request.GET.dict(), error)
        count, is_capped = services.jobs.count(selection)
        return self.page(
            request,
            "matching",
            {
                "title": "All that match",
                "filters": describe(selection),
                "count": count,
                "is_capped": is_capped,
                "is_cut": is_cut(selection.get("q", "")),
                "query": urlencode(selection),
                "selection": selection.items(),
                "verbs": [
                    {"value": verb.value, "label": verb.label, "text": EXPLAINED[verb]}
                    for verb in VERBS
                ],
                "list_url": _list_url(selection),
            },
        )

    def _start(self, request: HttpRequest) -> HttpResponse:
        verb = request.POST.get("verb", "")
        if verb not in VERBS:
            messages.error(request, "Choose what should be done.")
            return HttpResponseRedirect(request.get_full_path())
        selection = {
            name.removeprefix("filter-"): value
            for name, value in request.POST.dict().items()
            if name.startswith("filter-")
        }
        try:
            job = self._begin(request, verb, selection)
        except FilterError as error:
            return self._unreadable(request, selection, error)
        return HttpResponseRedirect(reverse("admin:dispatcher_delivery_job", args=[job.uid]))

    def _begin(self, request: HttpRequest, verb: str, selection: Mapping[str, str]) -> BulkJob:
        with transaction.atomic():
            job = services.jobs.start(verb=verb, selection=selection, by=request.user)
            words = "; ".join(f"{name}: {value}" for name, value in describe(job.selection))
            count = f"{job.total:,}{'+' if job.is_capped else ''} deliveries"
            noting.note(request.user, [job], f"{count} that match. {words or 'No filter'}")
        return job

    def _unreadable(
        self, request: HttpRequest, selection: Mapping[str, str], error: FilterError
    ) -> HttpResponse:
        """Says which filter it was; nothing is counted, started or exported."""
        context = {"problem": str(error), "list_url": _list_url(readable(selection))}
        answer = self.page(request, "unreadable", {"title": "All that match", **context})
        answer.status_code = HTTPStatus.BAD_REQUEST
        return answer

    def job_view(self, request: HttpRequest, uid: str) -> HttpResponse:
        """How far a job has come; POST stops it."""
        self.look(request)
        job = BulkJob.objects.select_related("created_by").filter(uid=uid).first()
        if job is None:
            raise Http404
        if request.method == "POST":
            return self._stop(request, job)
        selection = job.selection if job.verb in VERBS else {}
        return self.page(
            request,
            "job",
            {
                **results(job),
                "title": job.get_verb_display(),
                "job": job,
                "filters": describe(selection),
                "dealt_with": job.done + job.passed_over,
                "is_running": job.state == BulkJob.State.RUNNING,
                "can_stop": job.verb in VERBS and self.has_resend_permission(request),
                "list_url": _list_url(selection),
                "is_asked_for": job.verb in VERBS,
            },
        )

    def _stop(self, request: HttpRequest, job: BulkJob) -> HttpResponse:
        if not self.has_resend_permission(request):
            raise PermissionDenied
        if job.verb not in VERBS:
            raise PermissionDenied  # a rule goes on only when it is done
        if services.jobs.stop(job):
            noting.note(request.user, [job], "Stopped")
            messages.success(request, "Stopped. What was done already stays.")
        return HttpResponseRedirect(request.path)

    def jobs_view(self, request: HttpRequest) -> HttpResponse:
        """The latest jobs."""
        self.look(request)
        found = BulkJob.objects.select_related("created_by").order_by("-pk")[:JOBS_SHOWN]
        return self.page(request, "jobs", {"title": "Work on many deliveries", "jobs": found})

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """All that match as CSV, sent while it is read."""
        self.look(request)
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        try:
            selection = read(request.GET.dict())
        except FilterError as error:
            return self._unreadable(request, request.GET.dict(), error)
        answer = StreamingHttpResponse(rows(selection), content_type="text/csv; charset=utf-8")
        name = f"deliveries-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _list_url(selection: Mapping[str, str]) -> str:
    return f"{reverse('admin:dispatcher_delivery_changelist')}?{urlencode(selection)}"
