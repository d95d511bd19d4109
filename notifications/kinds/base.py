"""What every kind of channel is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from dispatcher import http
from dispatcher.checks import UNSTORABLE, is_storable
from notifications.contracts import Compiled, Message

MAX_VALUE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing to fill in. A secret one is stored encrypted and never shown again.

    `form` is how a page asks for it: text, url, choice, headers, secret.
    """

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    is_required: bool = True
    form: str = "text"
    placeholder: str = ""
    choices: Sequence[tuple[str, str]] = ()


class BaseKind(ABC):
    """A kind of channel: what it asks for, what is wrong with it, and what is sent."""

    name: ClassVar[str]
    label: ClassVar[str]
    icon: ClassVar[str] = "chat"
    how_to: ClassVar[str]
    is_postback: ClassVar[bool] = False
    fields: ClassVar[Sequence[Field]]

    def check(
        self,
        config: Mapping[str, Any],
        given: Mapping[str, Any],
        *,
        stored: Mapping[str, Any],
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """See `notifications.contracts.Kind`. What a kind does not know is refused by name."""
        errors: dict[str, Any] = self._strangers(config, given)
        public: dict[str, Any] = {}
        secret: dict[str, Any] = {}
        for field in self.fields:
            source = given if field.is_secret else config
            before = stored.get(field.name) if field.is_secret else None
            try:
                value = self._value(field, source.get(field.name), before)
            except ValidationError as error:
                errors[field.name] = error
                continue
            if value:
                (secret if field.is_secret else public)[field.name] = value
        if errors:
            raise ValidationError(errors)
        return public, secret

    def _strangers(self, config: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Say so where a name is not known, or is given among the wrong half."""
        names = {field.name for field in self.fields}
        public = {field.name for field in self.fields if not field.is_secret}
        errors: dict[str, Any] = {}
        for name in [*config, *given]:
            if name not in names:
                errors[str(name)[:100]] = f"{self.label} has no such field. Remove it."
        for name in config:
            if name in names - public:
                errors[name] = "This is secret: give it among the secret values."
        return errors

    def _value(self, field: Field, typed: Any, before: Any) -> str:
        """The value as it is stored. Raises ValidationError, without a name."""
        if typed is None:
            typed = before if field.is_secret else ""
            if field.is_secret and typed:
                return str(typed)
        value = text_of(typed or "")
        if not value:
            if field.is_required:
                raise ValidationError(f"Give the {field.label[0].lower()}{field.label[1:]}.")
            return ""
        if field.choices and value not in dict(field.choices):
            known = ", ".join(name for name, _ in field.choices)
            raise ValidationError(f"Choose one of {known}.")
        return self.clean(field, value)

    def clean(self, field: Field, value: str) -> str:
        """A value that is not empty, as it is stored. Raises ValidationError without a name."""
        return value

    def summary(self, config: Mapping[str, Any]) -> str:
        """Where it goes, in a few words that anybody may read."""
        return ""

    @abstractmethod
    def compile(
        self, config: Mapping[str, Any], secret: Mapping[str, Any], *, event: str, message: Message
    ) -> Compiled:
        """See `notifications.contracts.Kind`."""


def text_of(value: object) -> str:
    """A text without spaces around it. Raises ValidationError, and never quotes it."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValidationError("Give it as text.")
    value = value.strip()
    if len(value) > MAX_VALUE:
        raise ValidationError(f"At most {MAX_VALUE} characters.")
    if not is_storable(value):
        raise ValidationError(UNSTORABLE)
    return value


def web_address(value: str) -> str:
    """An address that can be sent to. Raises ValidationError, and never quotes it."""
    problem = http.validate_url(value)
    if problem is None and ("{" in value or "}" in value):
        problem = "The URL must not hold curly brackets."
    if problem:
        raise ValidationError(problem)
    return value
