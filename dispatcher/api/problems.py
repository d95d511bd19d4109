"""Errors as `application/problem+json` (RFC 9457): which field, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypedDict

import structlog
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import OperationalError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_framework_handler

from dispatcher.types import IdempotencyConflictError, NotResendableError

logger = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
CONFLICTS = frozenset({"conflict", "in_use"})
"""Codes of a ValidationError that speak of the state of things, not of what was sent: 409."""

_RETRY_SECONDS = 5

DETAILS: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "The request could not be understood. Correct it.",
    HTTPStatus.UNAUTHORIZED: "Send a valid token in the header “Authorization: Bearer <token>”.",
    HTTPStatus.FORBIDDEN: "This token may not do that. Use one with the right scope.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address. Check the path and the id.",
    HTTPStatus.CONFLICT: "This does not fit what is stored. Read it again, then decide.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 1 MiB. Send less at once.",
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something went wrong here; it was logged. Try again, with the same idempotency key."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "The database is not available just now. Try again, with the same idempotency key."
    ),
}
"""What to say where nobody knows better."""


class FieldError(TypedDict):
    """What is wrong with one field; `field` is a path such as `payload.items`, "" for the whole."""

    field: str
    message: str


class Problem(exceptions.APIException):
    """Raise it anywhere under a view to answer with this problem."""

    def __init__(self, status: int, detail: str = "", errors: Iterable[FieldError] = ()) -> None:
        self.status_code = status
        self.errors = list(errors)
        self.sentence = detail
        super().__init__(detail)

    @classmethod
    def of_field(cls, field: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> Problem:
        """One field is wrong."""
        return cls(status, errors=[FieldError(field=field, message=message)])


def body(status: int, detail: str = "", errors: Sequence[FieldError] = ()) -> dict[str, Any]:
    """A problem document. Without a `detail` it is made from the errors, or from the status."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail or _summary(errors) or DETAILS.get(status, HTTPStatus(status).description),
        "errors": list(errors),
    }


def describe(error: Exception) -> dict[str, Any] | None:
    """The problem document of an expected error; None for one that nobody expected."""
    if isinstance(error, Problem):
        return body(error.status_code, error.sentence, error.errors)
    if isinstance(error, ValidationError):
        is_conflict = CONFLICTS.intersection(_codes(error))
        status = HTTPStatus.CONFLICT if is_conflict else HTTPStatus.BAD_REQUEST
        return body(status, errors=_django_errors(error))
    if isinstance(error, IdempotencyConflictError):
        message = "This key came with another body before. Use a new key for a new event."
        return body(HTTPStatus.CONFLICT, errors=[FieldError(field="id", message=message)])
    if isinstance(error, NotResendableError):
        return body(HTTPStatus.CONFLICT, str(error))
    if isinstance(error, exceptions.ValidationError):
        return body(error.status_code, errors=list(_rest_errors(error.detail)))
    return None


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """What Django REST framework calls for each exception; None lets Django log it as a 500."""
    if isinstance(error, OperationalError):
        logger.error("api_database_unavailable", exc_info=error)
        retry = {"Retry-After": str(_RETRY_SECONDS)}
        return respond(body(HTTPStatus.SERVICE_UNAVAILABLE), headers=retry)
    document = describe(error)
    if document is not None:
        return respond(document)
    response = rest_framework_handler(error, dict(context))
    if response is None:
        return None
    document = body(response.status_code, _sentence(error, response, context))
    return respond(document, headers=dict(response.headers))


def respond(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries a problem document."""
    kept = {name: value for name, value in (headers or {}).items() if name != "Content-Type"}
    return Response(
        document, status=document["status"], headers=kept or None, content_type=CONTENT_TYPE
    )


def _sentence(error: Exception, response: Response, context: Mapping[str, Any]) -> str:
    """Words of an error of Django REST framework; ours where they do not say what to do."""
    if isinstance(error, exceptions.Throttled):
        return f"Too many requests. Try again in {response.headers.get('Retry-After', '1')} s."
    if isinstance(error, exceptions.MethodNotAllowed):
        known = [name for name in context["view"].allowed_methods if name != "OPTIONS"]
        return f"This address does not know that method. Use {' or '.join(known)}."
    if isinstance(error, exceptions.NotAcceptable):
        return "Answers are JSON. Send “Accept: application/json”, or no Accept header."
    if isinstance(error, exceptions.UnsupportedMediaType):
        return "Send JSON, with the header “Content-Type: application/json”."
    if isinstance(error, exceptions.NotAuthenticated) or response.status_code == 404:
        return DETAILS[response.status_code]
    return str(getattr(error, "detail", ""))


def _summary(errors: Sequence[FieldError]) -> str:
    if not errors:
        return ""
    first = errors[0]
    sentence = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    rest = len(errors) - 1
    return f"{sentence} (and {rest} more)" if rest else sentence


def _codes(error: ValidationError) -> set[str]:
    if hasattr(error, "error_dict"):
        return {str(one.code) for many in error.error_dict.values() for one in many}
    return {str(one.code) for one in error.error_list}


def _django_errors(error: ValidationError) -> list[FieldError]:
    if not hasattr(error, "error_dict"):
        return [FieldError(field="", message=message) for message in error.messages]
    return [
        FieldError(field="" if field == NON_FIELD_ERRORS else field, message=message)
        for field, messages in error.message_dict.items()
        for message in messages
    ]


def _join(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    name = "" if key == "non_field_errors" else key
    return ".".join(filter(None, (path, name)))


_WORDS = {
    "required": "This field is missing. Add it.",
    "null": "null is not allowed here. Give a value, or leave the field out.",
    "blank": "This must not be empty. Give a value.",
    "invalid_choice": "{} Choose one of those that the documentation lists.",
    "not_a_list": "Give a list here.",
}


def _rest_errors(detail: Any, path: str = "") -> Iterable[FieldError]:
    """The leaves of a tree of errors, each with its path."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from _rest_errors(value, _join(path, key))
    elif isinstance(detail, list):
        for number, value in enumerate(detail):
            is_leaf = isinstance(value, str)
            yield from _rest_errors(value, path if is_leaf else f"{path}[{number}]")
    else:
        words = _WORDS.get(getattr(detail, "code", ""), "{}")
        yield FieldError(field=path, message=words.format(detail))
