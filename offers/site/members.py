"""Users who may have something to do with the site at all."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import QuerySet

from offers.models import Affiliate


def members() -> QuerySet[User]:
    """Active users of an affiliate that is not blocked; never an operator."""
    found = User.objects.filter(is_active=True, is_staff=False, is_superuser=False)
    return found.filter(membership__isnull=False).exclude(
        membership__affiliate__status=Affiliate.Status.BLOCKED
    )


def members_by_email(email: str) -> list[User]:
    """Members with this address, compared as mail servers may: never a look-alike's."""
    found = members().filter(email__iexact=email).select_related("membership__affiliate")
    return [user for user in found if user.email.casefold() == email.casefold()]
