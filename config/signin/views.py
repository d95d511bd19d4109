"""The pages of the second factor: the question at log-in, the set-up, taking it away."""

from __future__ import annotations

from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from config.signin import lockout, second_factor
from config.signin.middleware import PASSED, STATE
from dispatcher.console import noting

WRONG = "This code is not right, or was used before. Take the one that the app shows now."


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}
        ),
    )


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="Your password", max_length=128, widget=UnfoldAdminPasswordWidget()
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def challenge(request: HttpRequest) -> HttpResponse:
    """Ask for the code that the app shows, after the password was right."""
    username = request.user.get_username()
    if not second_factor.is_set_up(request.user):  # taken away meanwhile
        request.session.pop(STATE, None)
        return _onward(request)
    if lockout.is_locked(request, username):
        return lockout.locked_out(request)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if second_factor.verify(request.user, form.cleaned_data["code"]):
            _pass(request)
            return _onward(request)
        lockout.count_failure(request, username)
        if lockout.is_locked(request, username):
            return lockout.locked_out(request)
        form.add_error("code", WRONG)
    return _page(request, "signin/challenge.html", "One more step", form=form)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Show the QR code, then the recovery codes once a first code was right."""
    if request.session.get(STATE) == PASSED or second_factor.is_set_up(request.user):
        return _page(
            request, "signin/in_use.html", "Two-step log-in", form=PasswordForm(),
            is_required=settings.REQUIRE_SECOND_FACTOR,
        )  # fmt: skip
    factor = second_factor.begin(request.user)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        code = form.cleaned_data["code"].replace(" ", "")
        codes = second_factor.confirm(request.user, code, here=request.session.session_key or "")
        if codes:
            _pass(request)
            noting.note(request.user, [factor.user], "Two-step log-in set up")
            title = "Two-step log-in is on"
            return _page(request, "signin/codes.html", title, codes=codes, next=_next(request))
        form.add_error("code", WRONG)
    picture = segno.make(second_factor.address(factor), error="m")
    return _page(
        request, "signin/setup.html", "Two-step log-in", form=form, key=_in_fours(factor.key),
        picture=picture.svg_data_uri(scale=5, border=2, dark="#111827", light="#ffffff"),
    )  # fmt: skip


@never_cache
@login_required
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take it away: by whoever passed it in this session and knows the password."""
    form = PasswordForm(request.POST)
    is_theirs = form.is_valid() and request.user.check_password(form.cleaned_data["password"])
    if request.session.get(STATE) != PASSED or not is_theirs:
        if form.is_valid():
            form.add_error("password", "This is not your password.")
        return _page(request, "signin/in_use.html", "Two-step log-in", form=form)
    second_factor.remove(request.user)
    noting.note(
        request.user,
        User.objects.filter(username=request.user.get_username()),
        "Two-step log-in turned off",
    )
    request.session.pop(STATE, None)
    messages.success(request, "Two-step log-in is off. The password alone is enough again.")
    return HttpResponseRedirect(reverse("admin:index"))


def _pass(request: HttpRequest) -> None:
    lockout.forgive(request, request.user.get_username())
    request.session.cycle_key()
    request.session[STATE] = PASSED


def _next(request: HttpRequest) -> str:
    """Where the person was going; an address of another site is not followed."""
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")


def _onward(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(_next(request))


def _in_fours(key: str) -> str:
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    shown = admin.site.each_context(request) | {"title": title, "next": _next(request)}
    return render(request, template, shown | context)
