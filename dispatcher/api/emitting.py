"""What the calls that emit have in common: bodies read by hand, since a serializer would cost
more than the database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from dispatcher.api import problems, representation
from dispatcher.api.ledgers import unknown_field
from dispatcher.api.problems import FieldError, Problem
from dispatcher.checks import MAX_KEY
from dispatcher.documents import DocumentError, Members
from dispatcher.types import Emitted

Item = TypeVar("Item")
Stored = TypeVar("Stored")

MAX_BATCH = 1_000

MISSING = "This field is missing. Add it."
_TWO_KEYS = "The Idempotency-Key header and “id” differ. Send one of them, or the same in both."

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="The same key and body again is the same answer, with “duplicate”: true; "
    "with another body 409. The same as “id” in the body.",
)


def members(data: Any) -> Members:
    """The object that a request's body is. Raises Problem for anything else."""
    if isinstance(data, DocumentError):  # an item of a list
        raise Problem.of_field(data.field, str(data))
    if not isinstance(data, Members):
        raise Problem.of_field("", "Send a JSON object, as {…}.")
    return data


def wrong_names(
    data: Mapping[str, Any], *, known: Collection[str], required: Sequence[str]
) -> list[FieldError]:
    """An error for each member that there is not, and for each that is missing."""
    unknown = [
        FieldError(field=name[:80], message=unknown_field(name, set(known)))
        for name in data
        if name not in known
    ]
    missing = [FieldError(field=name, message=MISSING) for name in required if name not in data]
    return [*unknown, *missing]


def wrong_texts(
    data: Mapping[str, Any], names: Sequence[str], *, nullable: Collection[str] = ()
) -> list[FieldError]:
    """An error for each of these that is no text."""
    return [
        FieldError(field=name, message="Give a text here.")
        for name in names
        if not isinstance(data.get(name, ""), str)
        and not (data.get(name, "") is None and name in nullable)
    ]


def wrong_key(data: Mapping[str, Any], key: str | None) -> list[FieldError]:
    """What is wrong with the idempotency key: `id` of the body, `key` of the header."""
    own = data.get("id")
    if data.keys() >= {"id"} and own == "":
        return [FieldError(field="id", message="An id must not be empty. Leave it out instead.")]
    if key is None:
        return []
    if not key or len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        message = f"The key must be printable ASCII of {MAX_KEY} characters at most."
        return [FieldError(field="Idempotency-Key", message=message)]
    if own is not None and own != key:
        return [FieldError(field="id", message=_TWO_KEYS)]
    return []


def read_moment(
    data: Mapping[str, Any], errors: list[FieldError], *, field: str = "occurred_at"
) -> datetime | None:
    """The time in this field, None where there is none; what is wrong goes to `errors`."""
    value = data.get(field)
    if value is None:
        return None
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        message = "Give a time with its zone, as 2026-03-01T09:30:00Z."
        errors.append(FieldError(field=field, message=message))
    return moment


def batch(request: Request, *, noun: str) -> list[Any]:
    """The items of a batch call's body. Raises Problem for what is no list of at most 1,000."""
    if not isinstance(request.data, list):
        raise Problem.of_field("", f"Send a JSON list of {noun}, as [{{…}}, {{…}}].")
    if len(request.data) > MAX_BATCH:
        message = f"This list holds {len(request.data):,} {noun}. Send {MAX_BATCH:,} at most."
        raise Problem.of_field("", message)
    if "Idempotency-Key" in request.headers:
        message = "A list has no key of its own. Give each item an “id” instead."
        raise Problem.of_field("Idempotency-Key", message)
    return request.data


def stored_or_problems(
    bodies: Sequence[Any],
    *,
    read: Callable[[Any], Item],
    store: Callable[[list[Item]], Iterable[Stored]],
) -> list[Stored | Problem]:
    """What became of each item of a batch, in order.

    Those that `read` can read are handed to `store` together, which answers one by one in their
    order; a Problem that `read` raises stands in its item's place.
    """
    items: list[Item] = []
    problems_at: dict[int, Problem] = {}
    for place, body in enumerate(bodies):
        try:
            items.append(read(body))
        except Problem as problem:
            problems_at[place] = problem
    stored = iter(store(items) if items else ())
    return [
        problems_at[place] if place in problems_at else next(stored) for place in range(len(bodies))
    ]


def result(outcome: Emitted | Exception) -> dict[str, Any]:
    """An item of a batch call's answer, with its own `status`."""
    if isinstance(outcome, Emitted):
        return {"status": int(HTTPStatus.ACCEPTED), **representation.emitted(outcome)}
    document = problems.describe(outcome)
    assert document is not None  # noqa: S101 - emission returns errors that are described
    return document
