"""After too many wrong passwords or codes: who is locked out, and what they read."""

from __future__ import annotations

from typing import Any, cast

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Exists, OuterRef, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from offers.site.access import locked_page


def client_address(request: HttpRequest) -> str:
    """Whose attempts are counted together; behind a proxy, whom the proxy names."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,  # noqa: ARG001 - the library's signature
    credentials: dict[str, Any] | None = None,  # noqa: ARG001
) -> HttpResponse:
    """The page for somebody who has to wait, in the look of the site they log in to."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    if request.path.startswith(reverse("affiliates:overview")):
        return cast("HttpResponse", locked_page(request, minutes=minutes))
    context = {"minutes": minutes, "title": "Log-in is locked for a while"}
    return render(request, "signin/locked.html", context, status=429)


def is_locked(request: HttpRequest, username: str) -> bool:
    """Whether this person has failed too often from where this request comes."""
    return not AxesProxyHandler.is_allowed(request, {"username": username})


def count_failure(request: HttpRequest, username: str) -> None:
    """A wrong code counts like a wrong password."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)


def forgive(request: HttpRequest, username: str) -> None:
    """Forget the wrong passwords and codes from here: this person has passed every step."""
    reset(username=username, ip=client_address(request))


def unlock(username: str) -> None:
    """Let this person try again at once, from wherever they were locked out."""
    reset(username=username)


def is_locked_out(username: str) -> Exists:
    """Whether the user whose name is in this column has to wait, wherever they failed from."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    places = (
        AccessAttempt.objects.filter(username=OuterRef(username), attempt_time__gt=since)
        .order_by()
        .values("ip_address")
        .annotate(times=Sum("failures_since_start"))
        .filter(times__gte=settings.AXES_FAILURE_LIMIT)
    )
    return Exists(places)
