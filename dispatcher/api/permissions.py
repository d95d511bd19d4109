"""What a token may do: a scope for each call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.http import Http404
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from dispatcher.api.authentication import Caller
from dispatcher.models.tokens import Scope

OWNER_MAY_NOT = "The owner of this token has no right to this. An administrator can give it."

_RIGHTS = {
    Scope.EMIT.value: "dispatcher.add_event",
    Scope.READ.value: "dispatcher.view_event",
    Scope.CONFIGURE.value: "dispatcher.change_rule",
}


Instead = Mapping[Scope, Sequence[str]]
"""By scope: the rights of which its owner needs one, in place of the one that goes with it."""


def _may_use(scope: str, user: Any, instead: Instead) -> bool:
    """Whether the owner of a token still has the right to what this scope opens.

    Emitting is looked at only when the token is made, since it must stay fast.
    """
    if scope in instead:
        return any(user.has_perm(right) for right in instead[Scope(scope)])
    return scope == Scope.EMIT.value or bool(user.has_perm(_RIGHTS[scope]))


def scopes_for(user: Any) -> list[str]:
    """The scopes that a token of this user may be made with."""
    return [scope for scope, right in _RIGHTS.items() if user.has_perm(right)]


OwnerCheck = Callable[[str], str]
"""Why tokens restricted to this owner may not be used now; "" where they may."""

_checks: dict[str, OwnerCheck] = {}


def register_owner_check(kind: str, check: OwnerCheck) -> None:
    """From now on this decides whether tokens restricted to an owner of this kind may be used."""
    _checks[kind] = check


def _why_closed(owner: str) -> str:
    check = _checks.get(owner.partition(":")[0])
    return check(owner) if check else ""


def needs(
    *scopes: Scope,
    open_to_restricted: bool = False,
    right: str = "",
    instead: Instead = MappingProxyType({}),
) -> type[BasePermission]:
    """A permission that one of these scopes gives, to whoever also has the `right` that is named.

    With `instead`, a scope needs one of these rights in place of its own.

    A token that is restricted to one owner may use only what is `open_to_restricted`: calls that
    look at its owner's rows alone. Of everything else it is not even told whether it is there.
    """
    wanted = {scope.value for scope in scopes}

    class HasScope(BasePermission):
        message = f"This needs a token with the scope {' or '.join(sorted(wanted))}."

        def has_permission(self, request: Request, view: APIView) -> bool:
            caller: Any = request.auth
            if not isinstance(caller, Caller):
                raise NotAuthenticated
            if caller.restricted_to and not open_to_restricted:
                if view.kwargs:
                    raise Http404
                self.message = f"This token is restricted to {caller.restricted_to}."
                return False
            granted = wanted & caller.scopes
            if caller.restricted_to and (closed := _why_closed(caller.restricted_to)):
                self.message = closed
                return False
            if not granted or caller.restricted_to or caller.is_superuser:
                return bool(granted)
            self.message = OWNER_MAY_NOT
            may = any(_may_use(scope, request.user, instead) for scope in granted)
            return may and (not right or request.user.has_perm(right))

    return HasScope
