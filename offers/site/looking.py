"""“See as the affiliate sees it”: an operator looks at the site, and can change nothing."""

from __future__ import annotations

import structlog
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from dispatcher.console import noting
from offers.models import Affiliate
from offers.site.access import LOOKING_AT, guarded, may_look

logger = structlog.get_logger(__name__)


@guarded
def look(request: HttpRequest, affiliate: int) -> HttpResponse:
    """Begin, by POST from the admin; noted in the log and in the admin's record of actions."""
    if not may_look(request):
        raise Http404  # whoever may not is told nothing
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = get_object_or_404(Affiliate, pk=affiliate)
    request.session[LOOKING_AT] = found.pk
    logger.info("affiliate_looked_at", user_id=request.user.pk, affiliate_id=found.pk)
    _note(request, found, "Began to see the affiliates' site as this affiliate.")
    return redirect("affiliates:overview")


@guarded
def leave(request: HttpRequest) -> HttpResponse:
    """End, and go back to the affiliate's page in admin."""
    if not request.user.is_staff:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    chosen = request.session.pop(LOOKING_AT, None)
    found = Affiliate.objects.filter(pk=chosen).first()
    start = reverse("admin:index")
    if found is None:
        return redirect(start)
    logger.info("affiliate_looked_at_ended", user_id=request.user.pk, affiliate_id=found.pk)
    _note(request, found, "Stopped seeing the affiliates' site as this affiliate.")
    return redirect(f"{start}offers/affiliate/{found.pk}/change/")


def _note(request: HttpRequest, affiliate: Affiliate, text: str) -> None:
    noting.note(request.user, [affiliate], text)
