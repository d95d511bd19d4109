"""Fields that take JSON at its word: text is text, and a number in quotes is none."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string; numbers are not turned into text."""

    default_error_messages = {"invalid": "Give a text here, in double quotes."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, and nothing that merely looks like it."""

    default_error_messages = {"invalid": "Give true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction."""

    default_error_messages = {"invalid": "Give a whole number, without quotes."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Choice(serializers.ChoiceField):
    """One of some texts; the message lists them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and (data in self.choices or (data == "" and self.allow_blank)):
            return data
        known = ", ".join(str(choice) for choice in self.choices)
        message = f"Choose one of {known}."
        raise serializers.ValidationError(message, code="unknown_choice")
