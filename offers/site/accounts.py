"""Logging in and out of the site, and choosing a password by e-mail."""

from __future__ import annotations

from typing import Any

from axes.utils import reset as unlock
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme

from offers import notices
from offers.site.access import Visit, looked_at, visit_of
from offers.site.account_forms import ChoosePasswordForm, LoginForm, ResetForm
from offers.site.members import members


class Login(auth.LoginView):
    """For affiliates' users only; nobody is told which names exist."""

    template_name = "affiliates/login.html"
    authentication_form = LoginForm
    next_page = "affiliates:overview"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        user = request.user
        if user.is_authenticated and (not user.is_staff or looked_at(request)):
            found = visit_of(request)
            return found.to("overview") if isinstance(found, Visit) else found
        return super().dispatch(request, *args, **kwargs)

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Where they wanted to go, if it is a page of this site."""
        wanted = super().get_redirect_url()
        start = reverse("affiliates:overview")
        is_ours = wanted.startswith(start) and url_has_allowed_host_and_scheme(
            wanted, allowed_hosts=None
        )
        return wanted if is_ours else ""


class Logout(auth.LogoutView):
    """By POST only."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        answer = super().post(request, *args, **kwargs)
        messages.success(request, "You are logged out.")
        return answer

    def get_success_url(self) -> str:
        return reverse("affiliates:login")


class Reset(auth.PasswordResetView):
    """Asks for the address; answers the same whether somebody has it or not."""

    template_name = "affiliates/password_reset.html"
    form_class = ResetForm
    success_url = reverse_lazy("affiliates:password_reset_sent")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"can_mail": notices.can_tell()}

    def form_valid(self, form: Any) -> HttpResponse:
        if not notices.can_tell():
            return self.form_invalid(form)
        form.send()
        return super(auth.PasswordResetView, self).form_valid(form)  # not its own e-mail


class ResetSent(auth.PasswordResetDoneView):
    template_name = "affiliates/password_reset_sent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        days = settings.PASSWORD_RESET_TIMEOUT // 86_400
        return super().get_context_data(**kwargs) | {"days": days}


class Choose(auth.PasswordResetConfirmView):
    """Behind the e-mail's link; the token is taken out of the address at once."""

    template_name = "affiliates/password_choose.html"
    form_class = ChoosePasswordForm
    success_url = reverse_lazy("affiliates:login")

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return members().filter(pk=user.pk).first() if user else None

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        unlock(username=form.user.get_username())  # who reads the mailbox is no guesser
        messages.success(self.request, "Your password is set. Log in with it.")
        return answer
