"""The forms of logging in and of passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
)
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from dispatcher.api import throttling
from offers.models import Affiliate, Membership
from offers.services.invitations import tell_how_to_reset
from offers.site.members import members_by_email

ONE_A_MINUTE = throttling.Rate(1, 60)
_WRONG = "This user name or e-mail and this password do not belong together. Try again."

if TYPE_CHECKING:
    _SetPasswordForm = SetPasswordForm[User]
else:
    _SetPasswordForm = SetPasswordForm  # not generic at run time

logger = structlog.get_logger(__name__)


class LoginForm(AuthenticationForm):
    """User name or e-mail, and password. Who may not come in learns why only with the right one."""

    error_messages = {"invalid_login": _WRONG, "inactive": _WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name or e-mail"
        self.fields["username"].widget.attrs |= {"class": "pb-input", "autocapitalize": "none"}
        self.fields["password"].widget.attrs |= {"class": "pb-input"}

    def clean_username(self) -> str:
        """An address stands for its user, where it is one user's only."""
        typed: str = self.cleaned_data["username"]
        if "@" in typed and not User.objects.filter(username=typed).exists():
            found = members_by_email(typed)
            return found[0].get_username() if len(found) == 1 else typed
        return typed

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if user.is_staff or user.is_superuser:
            raise ValidationError(
                "This is an operator's account. Log in to the admin, and choose “See as the "
                "affiliate sees it” on an affiliate's page there."
            )
        found = Membership.objects.select_related("affiliate").filter(user=user).first()
        if found is None:
            raise ValidationError("This account belongs to no affiliate. Ask your network.")
        if found.affiliate.status == Affiliate.Status.BLOCKED:
            raise ValidationError(
                f"The account of {found.affiliate} is blocked. Ask your network why."
            )


class ResetForm(PasswordResetForm):
    """Sends a link to whoever has this address, and says nothing to who has not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs |= {"class": "pb-input"}

    def send(self) -> None:
        """One e-mail a clock minute and person, sent after the answer: its time tells nothing."""
        for user in members_by_email(self.cleaned_data["email"]):
            if not throttling.take(f"affiliates:reset:{user.pk}", ONE_A_MINUTE):
                tell_how_to_reset(user)
                logger.info("affiliate_password_reset_sent", user_id=user.pk)


class ChoosePasswordForm(_SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self)


class ChangePasswordForm(PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        _dress(self)


def _dress(form: forms.Form) -> None:
    for field in form.fields.values():
        field.widget.attrs["class"] = "pb-input"
