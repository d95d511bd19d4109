"""Model fields that keep secrets encrypted at rest."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """The cipher of `settings.ENCRYPTION_KEYS`: the first key encrypts, every key decrypts."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS))


class EncryptedTextField(models.TextField[Any, Any]):
    """Text that is encrypted in the database with `settings.ENCRYPTION_KEYS`.

    Raises ImproperlyConfigured when no key fits what is stored; ciphertext is never returned.
    """

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        return cipher().encrypt(str(value).encode()).decode()

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> Any:
        if value is None or value == "":
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            message = f"{self.model.__name__}.{self.name}: no key in ENCRYPTION_KEYS fits."
            raise ImproperlyConfigured(message) from None


class EncryptedJSONField(EncryptedTextField):
    """A JSON value that is encrypted as a whole; an empty value is `{}`."""

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(json.dumps(value)) if value else ""

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> Any:
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return ""  # secrets do not leave in a dump
