"""What the front door refuses: each a ValidationError, so that forms and the API show its words."""

from __future__ import annotations

from django.core.exceptions import ValidationError


class ChangedMeanwhileError(ValidationError):
    """Somebody else changed the row since it was read; nothing was saved (409 at the API)."""

    def __init__(self, what: str) -> None:
        message = f"Somebody else changed this {what} meanwhile. Load it again, then change it."
        super().__init__(message, code="conflict")


class InUseError(ValidationError):
    """What is in use cannot be deleted; the message says by what, and what to do (409)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="in_use")
