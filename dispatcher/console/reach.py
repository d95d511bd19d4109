"""Who may decide over whom: nobody over somebody who may do more than they do themselves."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet


def is_within(person: Any, user: Any) -> bool:
    """Whether `user` may do nothing that `person` may not, even if `user` is not active now."""
    if person.is_superuser:
        return True
    if user.is_superuser:
        return False
    theirs = Permission.objects.filter(Q(user=user.pk) | Q(group__user=user.pk))
    return not _beyond(theirs, person).exists()


def groups_within(person: Any) -> QuerySet[Group]:
    """The groups that give nothing which `person` does not have."""
    if person.is_superuser:
        return Group.objects.all()
    beyond = _beyond(Permission.objects.all(), person)
    return Group.objects.exclude(permissions__in=beyond)


def _beyond(permissions: QuerySet[Permission], person: Any) -> QuerySet[Permission]:
    own = Permission.objects.filter(Q(user=person.pk) | Q(group__user=person.pk))
    return permissions.exclude(pk__in=own.values("pk"))
