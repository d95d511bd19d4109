"""Whoever has a second factor gets nowhere with the password alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from config.signin import lockout, second_factor

STATE = "second_factor"
NEEDED, PASSED = "needed", "passed"
_ALWAYS_OPEN = ("signin:", "admin:login", "admin:logout", "admin:jsi18n")


@receiver(user_logged_in)
def note_whether_needed(request: HttpRequest | None, user: AbstractBaseUser, **_: Any) -> None:
    """Looked up once, at log-in; the session remembers.

    Wrong codes are not forgiven by a right password: else codes could be guessed without end.
    """
    if request is None:
        return
    if second_factor.is_set_up(user):
        request.session[STATE] = NEEDED
    else:
        lockout.forgive(request, user.get_username())


class SecondFactorMiddleware:
    """Leads to the page that asks for the code, or, where one is required, to the set-up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Before any page: whom it is for is known, and which page it is."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        match = request.resolver_match
        if match and match.view_name and match.view_name.startswith(_ALWAYS_OPEN):
            return None
        state = request.session.get(STATE)
        if state == NEEDED:
            return _to("signin:challenge", request)
        if state != PASSED and settings.REQUIRE_SECOND_FACTOR and _is_staff(request):
            return _to("signin:setup", request)
        return None


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_authenticated and bool(getattr(request.user, "is_staff", False))


def _to(name: str, request: HttpRequest) -> HttpResponse:
    if request.method != "GET":
        return HttpResponseRedirect(reverse(name))
    return HttpResponseRedirect(reverse(name, query={"next": request.get_full_path()}))
