"""What every view of the API is made of."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from dispatcher.api.authentication import BearerAuthentication, Caller
from dispatcher.api.parsers import StrictJSONParser
from dispatcher.api.permissions import needs
from dispatcher.api.problems import Problem
from dispatcher.api.renderers import JSONRenderer
from dispatcher.api.throttling import Throttle
from dispatcher.models.tokens import Scope

Scopes = Mapping[str, type[BasePermission]]


class ApiView(APIView):
    """Scopes by method or action, a rate, and no redirect that would lose a body.

    `scopes` gives the permission of each method (in lower case) or action of a view set; what it
    does not name may not be done by anybody. `rate` names the setting of the view's throttle.
    """

    authentication_classes = (BearerAuthentication,)
    parser_classes = (StrictJSONParser,)
    renderer_classes = (JSONRenderer,)
    throttle_classes = (Throttle,)
    rate: ClassVar[str] = "READ_RATE"
    scopes: ClassVar[Scopes] = {}

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view: Any = super().as_view(**initkwargs)
        view.should_append_slash = False
        return view

    def get_permissions(self) -> list[Any]:
        method = (self.request.method or "").lower()
        name = getattr(self, "action", None) or ("get" if method == "head" else method)
        if name in self.scopes:
            return [self.scopes[name]()]
        is_answered = hasattr(self, name) and name not in {"options", "metadata"}
        return [needs()()] if is_answered else []  # nobody may, or 405

    def perform_authentication(self, request: Request) -> None:
        """Unlike the framework's, this counts those who fail, and loads no user."""
        try:
            is_known = request.auth is not None
        except AuthenticationFailed:
            self._count_stranger(request)
            raise
        if not is_known:
            self._count_stranger(request)
            raise NotAuthenticated

    def _count_stranger(self, request: Request) -> None:
        throttle = Throttle()
        if not throttle.allow_stranger(request):
            self.throttled(request, throttle.wait())

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, RequestDataTooBig):
            exc = Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return super().handle_exception(exc)

    @property
    def caller(self) -> Caller:
        """The token that called; only after the permission was checked."""
        caller: Any = self.request.auth
        assert isinstance(caller, Caller)  # noqa: S101 - permissions refuse everybody else
        return caller


class ApiViewSet(GenericViewSet[Any], ApiView):
    """A view set; its rows are found by `get_queryset`."""

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        view: Any = super().as_view(actions, **initkwargs)
        view.should_append_slash = False
        return view


READ = needs(Scope.READ)
READ_OWN = needs(Scope.READ, open_to_restricted=True)
EMIT = needs(Scope.EMIT)
# Sending again: by systems whose owner may emit, and by who may do it in the operators' pages.
_SENDS_AGAIN = {
    Scope.EMIT: ("dispatcher.add_event", "dispatcher.change_delivery"),
    Scope.CONFIGURE: ("dispatcher.change_delivery",),
}
RESEND = needs(*_SENDS_AGAIN, instead=_SENDS_AGAIN)
RESEND_OWN = needs(*_SENDS_AGAIN, instead=_SENDS_AGAIN, open_to_restricted=True)
CONFIGURE = needs(Scope.CONFIGURE)
ERASE = needs(Scope.CONFIGURE, right="dispatcher.add_erasure")
READ_CONFIGURATION = needs(Scope.READ, Scope.CONFIGURE)
CONFIGURE_OWN = needs(Scope.CONFIGURE, open_to_restricted=True)
READ_CONFIGURATION_OWN = needs(Scope.READ, Scope.CONFIGURE, open_to_restricted=True)
