"""The four roles that come with the service, as groups, each with the least it needs.

They are kept as they are written here by every `migrate`, so that what a new version adds has
its rights too. Whoever needs another mixture makes a group of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

ADMINISTRATOR, OPERATOR, VIEWER, DEVELOPER = "Administrator", "Operator", "Viewer", "Developer"

_DOMAIN = frozenset({"postbacks", "offers", "notifications"})
_OURS = _DOMAIN | {"dispatcher"}
_PEOPLE = frozenset({"user", "group"})
_TOKENS = "apitoken"
# What an operator changes in the ledgers by hand: resending, pausing, resuming.
_SWITCHED = frozenset({"delivery", "rule", "destination"})

_Rule = Callable[[str, str, str], bool]


def _may_look(app: str, model: str, action: str) -> bool:
    return action == "view" and app in _OURS and model != _TOKENS


def _audits(app: str, model: str, action: str) -> bool:
    return app == "admin" and model == "logentry" and action == "view"


def _administrator(app: str, model: str, action: str) -> bool:
    people = app == "auth" and model in _PEOPLE
    return app in _OURS or people or _audits(app, model, action)


def _operator(app: str, model: str, action: str) -> bool:
    if app in _DOMAIN:
        return True
    changes = app == "dispatcher" and model in _SWITCHED and action == "change"
    return changes or _audits(app, model, action) or _may_look(app, model, action)


def _developer(app: str, model: str, action: str) -> bool:
    tokens = app == "dispatcher" and model == _TOKENS and action in {"view", "add", "change"}
    emits = app == "dispatcher" and model == "event" and action == "add"
    return tokens or emits or _may_look(app, model, action)


ROLES: dict[str, _Rule] = {
    ADMINISTRATOR: _administrator,
    OPERATOR: _operator,
    VIEWER: _may_look,
    DEVELOPER: _developer,
}
"""By group name: whether it has a permission, given its app, model and action."""


MAY: dict[str, tuple[str, ...]] = {
    ADMINISTRATOR: (
        "Does everything that operators and developers do, and looks after people.",
        "Makes API tokens for anybody but superusers, and revokes them.",
        "Adds and changes users, puts them into groups, lets them log in again.",
        "Erases all payloads of a customer, an affiliate or a person.",
        "Does not change superusers, groups, or anybody's single permissions.",
    ),
    OPERATOR: (
        "Runs the service day by day.",
        "Looks at everything that happened and is configured, and at the audit.",
        "Configures it: customers, triggers, templates, offers, affiliates, postbacks, channels.",
        "Applies a configuration file.",
        "Sends deliveries again, cancels them, pauses and resumes destinations.",
        "Does not look after people or API tokens, and does not erase payloads.",
    ),
    VIEWER: (
        "Looks and changes nothing.",
        "Sees everything that happened and is configured; never a secret.",
        "Does not see the audit, users or API tokens.",
    ),
    DEVELOPER: (
        "Connects systems to this one.",
        "Looks at everything that happened and is configured; never a secret.",
        "Makes and revokes API tokens of their own, which report events and read.",
        "Does not change what is configured, and sees nobody else's tokens.",
    ),
}
"""What each may do, in sentences; the first is what it is for."""


def _models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if not hasattr(model, "history_object"):  # histories are seen with what they are of
            yield model


def _permissions() -> Iterator[tuple[str, str, str, Permission]]:
    types = {
        type_.pk: (model._meta.app_label, str(model._meta.model_name))  # noqa: SLF001 - Django's API
        for model, type_ in ContentType.objects.get_for_models(*_models()).items()
    }
    for permission in Permission.objects.filter(content_type__in=types):
        app, model = types[permission.content_type_id]
        yield app, model, permission.codename.removesuffix(f"_{model}"), permission


@transaction.atomic
def keep(**_: Any) -> None:
    """Give each role exactly its permissions; connected to `post_migrate` of the last app."""
    known = list(_permissions())
    for name, has in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(one for app, model, action, one in known if has(app, model, action))
