"""Who visits, for which affiliate, and what of it they may reach: every page stands on this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from offers.models import Affiliate, Conversion, Membership, Offer, Postback

LOOKING_AT = "looking_at_affiliate"
"""The key of an operator's session that holds the affiliate whose site is looked at."""

SAFE = frozenset({"GET", "HEAD"})
NEEDED_TO_LOOK = (
    "offers.view_affiliate",
    "offers.view_offer",
    "offers.view_postback",
    "offers.view_conversion",
    "dispatcher.view_delivery",
)
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Visit:
    """One request for one affiliate: by its user, or by an operator who only looks."""

    request: HttpRequest
    affiliate: Affiliate
    is_looking: bool = False

    @property
    def user(self) -> User:
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101 - only those who are logged in visit
        return user

    def own(self, model: type[M]) -> QuerySet[M]:
        """The rows of this kind that are the affiliate's: the only way to any row."""
        return own(self.affiliate, model)

    def find(self, model: type[M], pk: int) -> M:
        """The affiliate's row with this key; 404 for another's as for one that is not there."""
        return get_object_or_404(self.own(model), pk=pk)

    def render(
        self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        everything = {"visit": self, "affiliate": self.affiliate, **(context or {})}
        return render(self.request, f"affiliates/{template}.html", everything, status=status)

    def to(self, name: str, **parts: Any) -> HttpResponse:
        """A redirect to a page of the site."""
        return HttpResponseRedirect(reverse(f"affiliates:{name}", kwargs=parts))

    def say(self, text: str) -> None:
        """Tell what was done, on the next page."""
        messages.success(self.request, text)

    def warn(self, text: str) -> None:
        """Tell what could not be done, on the next page."""
        messages.error(self.request, text)


def own(affiliate: Affiliate, model: type[M]) -> QuerySet[M]:
    """What of this model belongs to, or is open to, this affiliate."""
    rows: dict[type[Model], Callable[[], QuerySet[Any]]] = {
        Offer: lambda: Offer.objects.visible_to(affiliate).exclude(status=Offer.Status.DISABLED),
        Postback: lambda: Postback.objects.filter(affiliate=affiliate),
        Conversion: lambda: Conversion.objects.filter(affiliate=affiliate),
    }
    return rows[model]()


SiteView = Callable[..., HttpResponseBase]


def guarded(view: SiteView) -> SiteView:
    """Every page's headers, and the site's own page for what is not there."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **parts)
        except Http404:
            response = not_found(request)
        if hasattr(response, "render") and not getattr(response, "is_rendered", True):
            response.render()
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ("Cookie",))
        return response

    return answer


def for_affiliate(view: SiteView, *methods: str) -> SiteView:
    """A page that is given a Visit in place of the request; `methods` besides GET, or only POST."""
    allowed = frozenset(methods) or SAFE
    if "GET" in allowed:
        allowed |= {"HEAD"}

    @guarded
    @wraps(view)
    def answer(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        found = visit_of(request)
        if not isinstance(found, Visit):
            return found
        if request.method not in allowed:
            return HttpResponseNotAllowed(sorted(allowed))
        if found.is_looking and request.method not in SAFE:
            return found.render("only_looking", status=403)
        return _answer(view, found, parts)

    return answer


def _answer(view: SiteView, visit: Visit, parts: Mapping[str, Any]) -> HttpResponseBase:
    if not visit.affiliate.is_active:
        is_start = visit.request.path == reverse("affiliates:overview")
        return visit.render(visit.affiliate.status, status=200 if is_start else 403)
    try:
        return view(visit, **parts)
    except Http404:
        return visit.render("not_found", status=404)


def visit_of(request: HttpRequest) -> Visit | HttpResponse:
    """Who visits; or where to send somebody who may not."""
    user = request.user
    if not user.is_authenticated:
        query = urlencode({"next": request.get_full_path()}) if request.method in SAFE else ""
        return redirect(reverse("affiliates:login") + (f"?{query}" if query else ""))
    if user.is_staff or user.is_superuser:
        affiliate = looked_at(request)
        return Visit(request, affiliate, is_looking=True) if affiliate else to_login()
    found = Membership.objects.select_related("affiliate").filter(user=user).first()
    if found is None:
        logout(request)
        messages.error(request, "This account belongs to no affiliate any more.")
        return to_login()
    if found.affiliate.status == Affiliate.Status.BLOCKED:
        logout(request)
        context = {"affiliate": found.affiliate}
        return render(request, "affiliates/blocked.html", context, status=403)
    return Visit(request, found.affiliate)


def looked_at(request: HttpRequest) -> Affiliate | None:
    """The affiliate whose site this operator looks at, while they may."""
    chosen = request.session.get(LOOKING_AT)
    if chosen is None or not may_look(request):
        return None
    return Affiliate.objects.filter(pk=chosen).first()


def may_look(request: HttpRequest) -> bool:
    """Whether this is an operator who may see in admin all that an affiliate sees here."""
    user = request.user
    return bool(user.is_active and user.is_staff) and user.has_perms(NEEDED_TO_LOOK)


def to_login() -> HttpResponse:
    return redirect("affiliates:login")


def not_found(request: HttpRequest) -> HttpResponse:
    """The site's page for what is not there, for somebody who may not be known."""
    return render(request, "affiliates/not_found.html", status=404)


@guarded
def locked_page(request: HttpRequest, *, minutes: int) -> HttpResponse:
    """For somebody who has to wait before they may log in, and what to do meanwhile."""
    return render(request, "affiliates/locked.html", {"minutes": minutes}, status=429)
