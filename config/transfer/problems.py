"""What is wrong with a file: each mistake with its section, row and field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import ValidationError as ApiError

from config.transfer.document import FormatError

_WHOLE = {"__all__", "non_field_errors"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake; what it is not about is empty."""

    section: str
    key: str
    field: str
    words: str

    def __str__(self) -> str:
        return ": ".join(one for one in (self.section, self.key, self.field, self.words) if one)


class RefusedError(FormatError):
    """The file cannot be applied; `problems` are all that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  ".join(["This file cannot be applied:", *map(str, self.problems)]))


class BusyError(Exception):
    """Somebody else holds what is needed; nothing was changed, and the same may work at once."""

    def __init__(self) -> None:
        super().__init__("Somebody is changing the same rows just now. Try again.")


def by_field(error: ValidationError | ApiError) -> Iterator[tuple[str, str]]:
    """What was refused, field by field; "" for what is not about one."""
    detail: Any
    if isinstance(error, ApiError):
        detail = error.detail
    else:
        detail = error.message_dict if hasattr(error, "error_dict") else error.messages
    if isinstance(detail, Mapping):
        for name, words in detail.items():
            yield "" if name in _WHOLE else str(name), _flat(words)
    else:
        yield "", _flat(detail)


def _flat(detail: Any) -> str:
    """Of rows inside a field, which come as {position: …}, each by its number."""
    if isinstance(detail, Mapping):
        return " ".join(
            f"{f'number {name + 1}' if isinstance(name, int) else name}: {_flat(one)}"
            for name, one in detail.items()
        )
    if isinstance(detail, list):
        return " ".join(_flat(one) for one in detail)
    return str(detail)
