"""What a token may do: a scope for each call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from dispatcher.api.authentication import Caller

if TYPE_CHECKING:
    from dispatcher.models.tokens import Scope


def needs(*scopes: Scope, open_to_restricted: bool = False) -> type[BasePermission]:
    """A permission that one of these scopes gives.

    A token that is restricted to one owner may use only what is `open_to_restricted`: calls that
    look at its owner's rows alone.
    """
    wanted = {scope.value for scope in scopes}

    class HasScope(BasePermission):
        message = f"This needs a token with the scope {' or '.join(sorted(wanted))}."

        def has_permission(self, request: Request, view: APIView) -> bool:
            caller: Any = request.auth
            if not isinstance(caller, Caller):
                raise NotAuthenticated
            if caller.restricted_to and not open_to_restricted:
                self.message = f"This token is restricted to {caller.restricted_to}."
                return False
            return not wanted.isdisjoint(caller.scopes)

    return HasScope
