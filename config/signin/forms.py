"""The form of the operators' log-in."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from unfold.forms import AuthenticationForm

_ELSEWHERE = (
    "Name and password are right, but this account does not work on these pages. Ask an "
    "administrator if it should."
)


class LoginForm(AuthenticationForm):  # type: ignore[misc]
    def confirm_login_allowed(self, user: Any) -> None:
        """Asked only once the password was right and nobody is locked out."""
        if user.is_active and not user.is_staff:
            raise ValidationError(self._elsewhere(user), code="elsewhere")
        super().confirm_login_allowed(user)

    def _elsewhere(self, user: Any) -> str:
        if self.request is None or not user.affiliates.exists():
            return _ELSEWHERE
        site = self.request.build_absolute_uri(reverse("affiliates:overview"))
        return f"{_ELSEWHERE} The affiliates' site is at `{site}`."
