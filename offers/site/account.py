"""The user's own details and password, and how the network knows the affiliate."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse

from offers.services.invitations import tell_of_new_address
from offers.site.access import Visit
from offers.site.account_forms import ChangePasswordForm


class DetailsForm(forms.ModelForm[User]):
    """Name and address; a new address wants the password, since it can choose a new one."""

    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        help_text="Only when you change the e-mail address.",
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email")
        labels = {"email": "E-mail"}
        help_texts = {"email": "You can log in with it, and choose a new password by it."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.before = self.instance.email
        for field in self.fields.values():
            field.widget.attrs["class"] = "pb-input"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_other = cleaned.get("email", self.before).casefold() != self.before.casefold()
        if is_other and not self.instance.check_password(cleaned.get("password", "")):
            self.add_error("password", "Give your password to change the e-mail address.")
        return cleaned


def account(visit: Visit) -> HttpResponse:
    """Two forms on a page: which one was sent is said by its fields."""
    if visit.is_looking:
        return visit.render("account")
    posted = visit.request.POST if visit.request.method == "POST" else None
    is_password = posted is not None and "old_password" in posted
    details = DetailsForm(None if is_password else posted, instance=visit.user)
    password = ChangePasswordForm(visit.user, posted if is_password else None)
    if is_password and password.is_valid():
        password.save()
        update_session_auth_hash(visit.request, visit.user)  # this session stays, others end
        visit.say("Your password was changed. Other devices are logged out.")
        return visit.to("account")
    if posted is not None and not is_password and details.is_valid():
        _save(details)
        visit.say("Your details were saved.")
        return visit.to("account")
    return visit.render("account", {"details": details, "password": password})


@transaction.atomic
def _save(details: DetailsForm) -> None:
    user = details.save()
    if details.before and user.email != details.before:
        tell_of_new_address(user, details.before)
