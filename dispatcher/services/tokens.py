"""API tokens that are restricted to one owner: made, listed and revoked for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Q

from dispatcher.checks import is_storable
from dispatcher.models import ApiToken
from dispatcher.models.tokens import Scope
from dispatcher.sql import now

MOST_IN_USE = 20
MAX_NAME = 50


@dataclass(frozen=True, slots=True)
class OwnToken:
    """A token without its secret; `prefix` is how it begins, and its name in addresses."""

    prefix: str
    name: str
    scopes: Sequence[str]
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    is_revoked: bool
    is_expired: bool


def tokens_of(owner: str) -> list[OwnToken]:
    """The tokens restricted to this owner, newest first; of revoked ones the last hundred."""
    found = ApiToken.objects.filter(restricted_to=owner).exclude(restricted_to="")
    return [_described(row) for row in found.select_related("owner").order_by("-created")[:100]]


def make_token(
    *,
    owner: str,
    user: User,
    name: str,
    scopes: Collection[str],
    expires_at: datetime | None = None,
) -> tuple[OwnToken, str]:
    """A new token that sees this owner only, and its secret, which nobody can look up later.

    Raises ValidationError on `name`, `scopes` or `expires_at`.
    """
    name = name.strip()
    _check(owner, name, scopes, expires_at)
    token = ApiToken(
        name=name,
        owner=user,
        scopes=sorted(scopes),
        restricted_to=owner,
        expiry_date=expires_at,
    )
    secret = ApiToken.objects.assign_key(token)
    token.save(force_insert=True)
    return _described(token), str(secret)


def _check(owner: str, name: str, scopes: Collection[str], expires_at: datetime | None) -> None:
    errors: dict[str, str] = {}
    if not owner:
        raise ValueError("A token of an owner needs the owner.")
    if not name or len(name) > MAX_NAME or not is_storable(name):
        errors["name"] = f"Give the token a name of at most {MAX_NAME} characters."
    if not scopes or not set(scopes) <= {Scope.READ.value, Scope.CONFIGURE.value}:
        errors["scopes"] = "Choose read, configure or both."
    if expires_at is not None and expires_at <= now():
        errors["expires_at"] = "This has passed already. Give a later time, or none."
    in_use = ApiToken.objects.filter(restricted_to=owner, revoked=False)
    if in_use.exclude(expiry_date__lte=now()).count() >= MOST_IN_USE:
        errors["name"] = f"There are {MOST_IN_USE} tokens already. Revoke one first."
    if errors:
        raise ValidationError(errors)


def revoke_token(*, owner: str, prefix: str) -> bool:
    """From now on it can no longer be used. False: the owner has no such token in use."""
    mine = ApiToken.objects.filter(restricted_to=owner, prefix=prefix, revoked=False)
    return bool(owner and mine.update(revoked=True))


def revoke_tokens(*, owner: str, user: User | None = None) -> int:
    """Revoke all tokens of this owner, or those that this user made; returns how many."""
    mine = ApiToken.objects.filter(restricted_to=owner, revoked=False).exclude(restricted_to="")
    return mine.filter(Q(owner=user) if user else Q()).update(revoked=True)


def _described(row: ApiToken) -> OwnToken:
    return OwnToken(
        prefix=row.prefix,
        name=row.name,
        scopes=tuple(row.scopes),
        made_at=row.created,
        made_by=row.owner.get_username(),
        expires_at=row.expiry_date,
        is_revoked=row.revoked,
        is_expired=bool(row.expiry_date and row.expiry_date <= now()),
    )
