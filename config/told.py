"""What a saved form of a person or a group changed, in words: kept for the audit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest

from config import rights
from dispatcher.console import noting
from dispatcher.console.noted_history import NotedHistory

_SECRET = frozenset({"password", "password1", "password2", "usable_password"})


class ToldChanges(NotedHistory):
    """Of a ModelAdmin: admin notes from what to what, not only which fields; never a password."""

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002 - Django's
    ) -> Any:
        if not hasattr(form, "instance"):
            return _of_password(form)
        names = form.fields if add else form.changed_data
        told = [_told(form, name) for name in names if name not in _SECRET]
        return noting.message([one for one in told if one[1] != one[2]], is_new=add)


def _of_password(form: Any) -> str:
    if form.cleaned_data.get("set_usable_password") is False:
        return "Password taken away"
    return "Password changed"


def _told(form: Any, name: str) -> tuple[str, str, str]:
    field = form.fields[name]
    old = None if form.instance._state.adding else form.initial.get(name)  # noqa: SLF001 - Django's API
    return str(field.label or name), _words(old), _words(form.cleaned_data.get(name))


def _words(value: Any) -> str:
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    rows = list(value)
    if rows and isinstance(rows[0], Group):
        return ", ".join(sorted(group.name for group in rows))
    return "\n".join(_in_words(row for row in rows if isinstance(row, Permission)))


def _in_words(permissions: Iterable[Permission]) -> list[str]:
    """One line each; machinery that no page offers goes by Django's name for it."""
    keys = [one.pk for one in permissions]
    rows = list(Permission.objects.filter(pk__in=keys).select_related("content_type"))
    offered = {pk: words for _, choices in rights.by_area(rows) for pk, words in choices}
    return sorted(offered.get(one.pk, one.name) for one in rows)
