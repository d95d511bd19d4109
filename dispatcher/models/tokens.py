"""Who may call the API, and for what."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey, APIKeyManager


class Scope(models.TextChoices):
    """What a token may do (spec section 6)."""

    EMIT = "emit", "Report events"
    READ = "read", "Look up events and deliveries"
    CONFIGURE = "configure", "Change the configuration, send again"


def default_scopes() -> list[str]:
    return [Scope.EMIT.value]


def check_scopes(value: object) -> None:
    known = set(Scope.values)
    if not isinstance(value, list) or not value or not set(value) <= known:
        raise ValidationError(f"Choose at least one of {', '.join(Scope.values)}.")


class ApiTokenManager(APIKeyManager):
    """Makes tokens whose key is what they begin with: addresses and logs show it, and no hash."""

    def assign_key(self, obj: AbstractAPIKey) -> str:
        """Give a new row its key and hash; the token itself, which is kept nowhere."""
        secret = str(super().assign_key(obj))
        obj.pk = obj.prefix
        return secret


class ApiToken(AbstractAPIKey):
    """A bearer token, stored hashed; shown once, when it is made.

    Idempotency keys belong to its owner, so a rotated token keeps them (spec section 5).
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    scopes = models.JSONField(default=default_scopes, validators=[check_scopes])
    restricted_to = models.CharField(
        max_length=64, blank=True, default="", help_text="Sees this owner only, as affiliate:7."
    )

    objects: ClassVar[ApiTokenManager] = ApiTokenManager()

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "API token"
        verbose_name_plural = "API tokens"

    @property
    def emitter(self) -> str:
        """Whose idempotency keys it shares."""
        return self.restricted_to or f"user:{self.owner_id}"
