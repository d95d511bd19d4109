"""Postbacks: saved with their secrets apart, switched on and off, resumed, deleted."""

from __future__ import annotations

import base64
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.configuration import authorization, saving
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.configuration.saving import Author
from offers import rows
from offers.models import Postback
from offers.routing import compile_postback

MAX_DELAY = 30 * 24 * 3600
_INACTIVE = "The postback is not active."

Credentials = dict[str, Any]


@transaction.atomic
def save_postback(
    *,
    postback: Postback,
    password: str | None = None,
    token: str | None = None,
    by: Author = None,
) -> Postback:
    """Save a new or changed postback at once, whoever it is of: what an operator does.

    `password` and `token`: None leaves what is stored, a text replaces it. In `postback.headers` a
    secret header's value is taken out and stored encrypted; an empty one keeps what is stored.
    Raises ValidationError keyed by field, ChangedMeanwhileError when somebody else was faster.
    """
    before = saving.take(postback)
    stored = read_credentials(postback) if before else {}
    credentials = check_postback(postback, before, stored, password=password, token=token)
    return store(postback, before, credentials, by=by)


def check_postback(
    postback: Postback,
    before: Postback | None,
    stored: Credentials,
    *,
    password: str | None,
    token: str | None,
) -> Credentials:
    """Check every field; the credentials it is to have, with all secrets taken out of its rows.

    `stored` are the credentials so far. Raises ValidationError keyed by field.
    """
    postback.url = postback.url.strip()
    postback.auth_login = postback.auth_login.strip()
    read: list[Any] = []
    header: list[str] = []
    saving.check(
        postback,
        lambda: _check_goal(postback),
        lambda: _check_delay(postback),
        lambda: header.append(_authorization(postback, before, stored, password, token)),
        lambda: read.append(_check_request(postback, stored)),
        exclude={"rule", "params", "headers"},
    )
    postback.params, postback.headers, secret = read[0]
    changed = {**stored, "authorization": header[0], "headers": secret}
    return {name: value for name, value in changed.items() if value}


def _check_request(postback: Postback, stored: Credentials) -> Any:
    return rows.check_request(
        url=postback.url,
        params=postback.params,
        headers=postback.headers,
        kept={name.lower(): value for name, value in stored.get("headers", [])},
        in_query=postback.http_type == Postback.HttpType.GET,
        has_authorization=postback.auth_kind != Postback.AuthKind.NONE,
    )


def _check_goal(postback: Postback) -> None:
    goal = postback.goal
    if goal is not None and goal.offer_id != postback.offer_id:
        message = "This goal is of another offer. Choose one of the postback's own, or none."
        raise ValidationError({"goal": message})


def _check_delay(postback: Postback) -> None:
    if isinstance(postback.delay, int) and postback.delay > MAX_DELAY:
        message = f"The longest delay is 30 days, {MAX_DELAY:,} seconds. Give less."
        raise ValidationError({"delay": message})


def _authorization(
    postback: Postback,
    before: Postback | None,
    stored: Credentials,
    password: str | None,
    token: str | None,
) -> str:
    """The value of its Authorization header. Raises ValidationError, quoting no secret."""
    kind = postback.auth_kind
    is_same_kind = before is not None and before.auth_kind == kind
    kept = str(stored.get("authorization", "")) if is_same_kind else ""
    if kind == Postback.AuthKind.BASIC:
        return _basic(postback, kept, password)
    postback.auth_login = ""
    if kind not in {Postback.AuthKind.BASIC_TOKEN, Postback.AuthKind.BEARER}:
        return ""
    if token is None and kept:
        return kept
    make = authorization.bearer if kind == Postback.AuthKind.BEARER else authorization.basic_token
    return make(token or "")


def _basic(postback: Postback, kept: str, password: str | None) -> str:
    if password is None and kept:
        pair = base64.b64decode(kept.removeprefix("Basic ")).decode()
        password = pair.partition(":")[2]
    if password is None:
        message = "Give the password, or choose another way to log in."
        raise ValidationError({"password": message})
    try:
        return authorization.basic(postback.auth_login, password)
    except ValidationError as error:
        errors: dict[str, Any] = error.message_dict
        if "login" in errors:
            errors["auth_login"] = errors.pop("login")
        raise ValidationError(errors) from None


def store(
    postback: Postback, before: Postback | None, credentials: Credentials, *, by: Author
) -> Postback:
    """Save what was checked, with its rule and route."""
    if before is None:
        postback.rule = dispatcher.create_rule(
            kind="postback", name="New postback", owner=postback.owner
        )
    is_other = before is None or credentials != read_credentials(postback)
    saving.save(postback, by=by, is_changed=is_other)
    _describe_rule(postback)
    if is_other:
        dispatcher.save_credentials(postback.rule, credentials)
    dispatcher.save_route(rule=postback.rule, by=saving.known(by), **compile_postback(postback))
    if postback.is_active != (before is None or before.is_active):
        _tell_rule(postback)
    return postback


def read_credentials(postback: Postback) -> Credentials:
    """The rule's credentials as stored now; call it after `saving.take`."""
    postback.rule.refresh_from_db(fields=["credentials"])
    return dict(postback.rule.credentials)


def has_authorization(postback: Postback) -> bool:
    """Whether a password or token is stored: all that anybody may know of it."""
    return bool(postback.pk and postback.rule.credentials.get("authorization"))


def _describe_rule(postback: Postback) -> None:
    # Not reversed as a whole: the ledgers' links must not need the admin's registration.
    link = f"{reverse('admin:index')}offers/postback/{postback.pk}/change/"
    who = postback.affiliate.name if postback.affiliate else "all affiliates"
    what = postback.offer.name if postback.offer else "all offers"
    name = f"Postback {postback.pk}: {what[:100]}, {who[:100]}"
    dispatcher.update_rule(postback.rule_id, name=name, owner=postback.owner, link=link)


def _tell_rule(postback: Postback) -> None:
    """Make the rule hold or send what waits; nothing new is matched while it is not active."""
    if postback.is_active:
        Postback.objects.filter(pk=postback.pk).update(failures_count_from=timezone.now())
        dispatcher.resume_rule(postback.rule_id)
    else:
        dispatcher.pause_rule(postback.rule_id, reason=_INACTIVE)


@transaction.atomic
def set_postback_active(*, postback: Postback, is_active: bool, by: Author = None) -> Postback:
    """Switch it on or off, from what the caller saw; off, what waits is held, on, it is sent.

    Raises ChangedMeanwhileError when it was switched already.
    """
    mine = Postback.objects.filter(pk=postback.pk, is_active=not is_active)
    if not mine.update(is_active=is_active, updated_at=timezone.now()):
        raise ChangedMeanwhileError("postback")
    postback.refresh_from_db()
    saving.save(postback, by=by, reason="Activated" if is_active else "Deactivated")
    _tell_rule(postback)
    return postback


@transaction.atomic
def delete_postback(*, postback: Postback, by: Author = None) -> int:
    """Delete a postback; what still waits is canceled (the count is returned).

    Its rule is archived, so that the ledgers go on showing what it sent.
    """
    canceled = dispatcher.archive_rule(postback.rule_id, reason="The postback was deleted.")
    saving.remember(postback, by=by)
    postback.delete()
    return canceled
