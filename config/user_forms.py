"""The forms of a user's page, in words for who runs the service."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import is_password_usable
from django.utils.safestring import mark_safe
from unfold.forms import UnfoldReadOnlyPasswordHashWidget, UserChangeForm, UserCreationForm

_WORDS = {
    "username": ("User name", "What they log in with."),
    "email": ("E-mail", ""),
    "is_active": (
        "Active",
        (
            "Switch it off when somebody leaves: they can no longer log in, their API tokens rest, "
            "and their name stays beside what they did."
        ),
    ),
    "is_staff": (
        "Works on these pages",
        (
            "What they see and change here is what their groups allow. Off: a person of an "
            "affiliate, or a system that uses the API only."
        ),
    ),
    "is_superuser": ("May do everything", "Whatever their groups say. For as few as possible."),
    "groups": ("Groups", "What several allow adds up. Each group's page says what it allows."),
    "user_permissions": ("Single permissions", "Beside what the groups allow."),
}
_ABOUT_PASSWORDS = (
    'Nobody can read it. <a class="pb-link" href="../password/">Set another one</a> for somebody '
    "who cannot log in any more."
)


class PasswordIsSet(UnfoldReadOnlyPasswordHashWidget):  # type: ignore[misc]
    """Whether there is a password; how it is stored helps nobody who looks at this page."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        if is_password_usable(value) and value:
            context["summary"] = [{"label": "A password is set."}]
        return context


class UserForm(UserChangeForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields)
        if password := self.fields.get("password"):
            password.widget = PasswordIsSet()
            password.help_text = mark_safe(_ABOUT_PASSWORDS)  # noqa: S308 - ours


class NewUserForm(UserCreationForm):  # type: ignore[misc]
    """A new person, with what they may do: there is no second page to be forgotten."""

    usable_password = None  # nobody logs in here but with a password

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields)
        for name in ("password1", "password2"):
            self.fields[name].required = True
        self.fields["password1"].help_text = (
            "At least 8 characters, not only digits, no common password and not like their name. "
            "They can change it when they have logged in."
        )
        self.fields["password2"].label = "Password again"
        self.fields["password2"].help_text = ""
        if "is_staff" in self.fields:
            self.fields["is_staff"].initial = True


def _say(fields: dict[str, Any]) -> None:
    if "groups" in fields:
        fields["groups"].widget.can_add_related = False  # groups are made on their own pages
    for name, (label, help_text) in _WORDS.items():
        if name in fields:
            fields[name].label, fields[name].help_text = label, help_text
