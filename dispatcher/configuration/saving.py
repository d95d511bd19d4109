"""How every row of this app is saved: by one of two who try at once, checked, with its author."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from dispatcher.checks import UNSTORABLE, is_storable
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.configuration.texts import plain_lines

Author = AbstractBaseUser | AnonymousUser | None
"""Who does it: `request.user` as it is, or None for the service itself."""

_reason: ContextVar[str] = ContextVar("reason", default="")

_MAX_REASON = 100  # of simple-history's column
_TIMES = ("created_at", "updated_at")

M = TypeVar("M", bound=models.Model)


def take(instance: M) -> M | None:
    """Win the right to change this row until the transaction ends; the row as it was, or None.

    Raises ChangedMeanwhileError when it was changed since `instance` was read (compare-and-set
    on `updated_at`, which also makes the loser of a race on PostgreSQL wait and then see it).
    """
    if instance.pk is None:
        return None
    manager = type(instance)._default_manager  # noqa: SLF001 - Django's API
    mine = manager.filter(pk=instance.pk, updated_at=instance.updated_at)  # type: ignore[attr-defined]
    if not mine.update(updated_at=timezone.now()):
        raise ChangedMeanwhileError(str(instance._meta.verbose_name))  # noqa: SLF001
    return manager.get(pk=instance.pk)


def check(
    instance: models.Model,
    *checks: Callable[[], None],
    exclude: Collection[str] = (),
) -> None:
    """Run these checks and the model's own; raise one ValidationError with all they found.

    Where a check of ours speaks of a field, the model's own words about it are left out.
    """
    errors: dict[str, list[Any]] = {}
    for one in checks:
        try:
            one()
        except ValidationError as error:
            error.update_error_dict(errors)
    errors = _field_errors(instance, set(exclude)) | errors
    if errors:
        raise ValidationError(errors)
    instance.validate_unique(exclude=set(exclude))
    instance.validate_constraints(exclude=set(exclude))


def _field_errors(instance: models.Model, exclude: set[str]) -> dict[str, list[Any]]:
    errors: dict[str, list[Any]] = {}
    try:
        instance.clean_fields(exclude=exclude)
    except ValidationError as error:
        error.update_error_dict(errors)
    for field in instance._meta.concrete_fields:  # noqa: SLF001 - Django's API
        value = getattr(instance, field.attname)
        if field.name in errors and field.choices:
            known = ", ".join(str(choice) for choice, _ in field.flatchoices)
            errors[field.name] = [ValidationError(f"Choose one of {known}.", code="invalid")]
        elif isinstance(value, str) and not is_storable(value):
            errors[field.name] = [ValidationError(UNSTORABLE, code="invalid")]
    return errors


def save(instance: models.Model, *, by: Author, reason: str = "", is_changed: bool = False) -> None:
    """Save with a history row that names the author, and the reason where one is given.

    A row that is saved as it was, and for no reason of its own, gets none. `is_changed`: what is
    kept of it elsewhere, as secrets are, is not what it was.
    """
    remember(instance, by=by, reason=reason)
    stored = None if reason or is_changed else _told_already(instance)
    if stored is None:
        instance.save()
        return
    fields = instance._meta.concrete_fields  # noqa: SLF001 - Django's API
    others = [one.name for one in fields if _value(instance, one) != _value(stored, one)]
    instance.skip_history_when_saving = True  # type: ignore[attr-defined] # simple-history's API
    try:
        instance.save(update_fields={*others, "updated_at"})
    finally:
        del instance.skip_history_when_saving  # type: ignore[attr-defined]


def differs(instance: models.Model, other: Any, *, among: Iterable[Any] = ()) -> bool:
    """Whether any field but the times of this row is another one; line ends are not looked at."""
    fields = among or instance._meta.concrete_fields  # noqa: SLF001 - Django's API
    return any(
        _plain(_value(instance, one)) != _plain(_value(other, one))
        for one in fields
        if one.name not in _TIMES
    )


def _told_already(instance: M) -> M | None:
    """The row as stored, if its newest history row says all that this one does.

    What the history leaves out is as it is stored, then.
    """
    if instance.pk is None:
        return None
    stored = type(instance)._default_manager.filter(pk=instance.pk).first()  # noqa: SLF001
    told = instance.history.first() if stored else None  # type: ignore[attr-defined]
    if stored is None or told is None or differs(instance, stored):
        return None
    return None if differs(instance, told, among=told.tracked_fields) else stored


def _value(row: Any, field: Any) -> Any:
    return getattr(row, field.attname)


def _plain(value: Any) -> Any:
    return plain_lines(value) if isinstance(value, str) else value


@contextmanager
def because(reason: str) -> Iterator[None]:
    """What is saved in here has this reason, before any of its own."""
    token = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(token)


def remember(instance: models.Model, *, by: Author, reason: str = "") -> None:
    """Whom and what the next history row of this instance names."""
    words = ": ".join(one for one in (_reason.get(), reason) if one)
    cut = words if len(words) <= _MAX_REASON else f"{words[: _MAX_REASON - 1]}…"
    instance._change_reason = cut or None  # type: ignore[attr-defined] # noqa: SLF001 - simple-history's API
    author = known(by)
    if author is not None:
        instance._history_user = author  # type: ignore[attr-defined] # noqa: SLF001


def known(by: Author) -> User | None:
    """The user whose name is kept; None for nobody in particular."""
    return by if isinstance(by, User) else None
