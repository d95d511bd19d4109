"""Who calls: `Authorization: Bearer <token>` (spec section 6)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from dispatcher import sql
from dispatcher.models import ApiToken

_TOKEN = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")
_REFUSED = "This token is not valid, was revoked or has expired. Use another one."
_MALFORMED = "Send the token as “Authorization: Bearer <token>”."


if TYPE_CHECKING:
    _Lazy = SimpleLazyObject[Any]
else:
    _Lazy = SimpleLazyObject  # not generic at run time


@dataclass(frozen=True, slots=True)
class Caller:
    """A token that was checked: what it may do, and whose idempotency keys it shares."""

    token_id: str = field(repr=False)
    owner_id: int
    scopes: frozenset[str]
    restricted_to: str = ""
    is_superuser: bool = False

    @property
    def emitter(self) -> str:
        return self.restricted_to or f"user:{self.owner_id}"


class TokenOwner(_Lazy):
    """The user who owns the token. Loaded when more than the key is asked for, so usually never."""

    def __init__(self, pk: int) -> None:
        super().__init__(lambda: get_user_model().objects.get(pk=pk))
        self.__dict__["_pk"] = pk

    @property
    def pk(self) -> int:
        return int(self.__dict__["_pk"])

    @property
    def is_authenticated(self) -> bool:
        return True


class BearerAuthentication(BaseAuthentication):
    """One query, written out: this runs before every emit."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed(_MALFORMED)
        caller = find_caller(token.strip())
        if caller is None:
            raise AuthenticationFailed(_REFUSED)
        return TokenOwner(caller.owner_id), caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def find_caller(token: str) -> Caller | None:
    """The caller of this token, unless it is unknown, revoked, expired or its owner inactive."""
    if not _TOKEN.fullmatch(token):
        return None
    rows = sql.fetch(_statement(), [token[:8]])
    if not rows:
        return None
    pk, hashed, expires, owner_id, scopes, restricted_to, is_superuser = rows[0]
    if not ApiToken.objects.key_generator.verify(token, hashed) or _is_past(expires):
        return None
    known = json.loads(scopes) if isinstance(scopes, str) else scopes
    return Caller(pk, owner_id, frozenset(known), restricted_to, bool(is_superuser))


def _is_past(moment: str | datetime | None) -> bool:
    return moment is not None and sql.to_time(moment) <= sql.now()


@cache
def _statement() -> str:
    users = get_user_model()._meta.db_table  # noqa: SLF001 - Django's API
    return f"""
        SELECT t.id, t.hashed_key, t.expiry_date, t.owner_id, t.scopes, t.restricted_to,
               u.is_superuser
        FROM dispatcher_apitoken t JOIN "{users}" u ON u.id = t.owner_id
        WHERE t.prefix = %s AND NOT t.revoked AND u.is_active
    """  # noqa: S608 - a table's name
