"""What the objects of a fact look like: one JSON Schema each, for checking and for the API's pages.

Each takes more members than it names; they are passed on in the events' documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry

from notifications.models import Transaction
from notifications.seen import MAX_REFERENCE

Schema = dict[str, Any]

_REFERENCE: Schema = {
    "type": ["string", "integer"],
    "minLength": 1,
    "maxLength": MAX_REFERENCE,
    "description": "How your systems name it.",
}
_TEXT: Schema = {"type": ["string", "null"]}
_AMOUNT: Schema = {
    "type": ["string", "number", "null"],
    "description": "Best as text, which keeps its digits: 49.90.",
}
_CURRENCY: Schema = {"type": ["string", "null"], "description": "Its three letters, as EUR."}
_ITEMS: Schema = {"type": ["array", "null"], "items": {"type": "object"}}


def _part(description: str, members: Mapping[str, Schema], *needed: str) -> Schema:
    shape: Schema = {
        "type": "object",
        "description": description,
        "properties": dict(members),
        "additionalProperties": True,
    }
    return {**shape, "required": list(needed)} if needed else shape


SHAPES: Mapping[str, Schema] = {
    "contact": _part(
        "Who it is: a reference or an e-mail address, or both.",
        {
            "reference": {**_REFERENCE, "type": ["string", "integer", "null"]},
            "email": _TEXT,
            "name": _TEXT,
        },
    ),
    "order": _part(
        "The order, by its reference; what else is given is kept and told.",
        {"reference": _REFERENCE, "number": {"type": ["string", "integer", "null"]},
         "items": _ITEMS},
        "reference",
    ),
    "transaction": _part(
        "The result of a purchase transaction.",
        {
            "reference": _REFERENCE,
            "status": {"enum": list(Transaction.Status.values)},
            "amount": _AMOUNT,
            "currency": _CURRENCY,
        },
        "reference",
        "status",
    ),
    "refund": _part(
        "A refund or void.",
        {
            "reference": _REFERENCE,
            "type": {"enum": ["refund", "void"]},
            "amount": _AMOUNT,
            "currency": _CURRENCY,
        },
        "reference",
    ),
    "tracking": _part(
        "How the order is on its way; what is not given stays as it was.",
        {"tracking_number": _TEXT, "tracking_url": _TEXT, "carrier": _TEXT, "status": _TEXT},
    ),
    "product": _part("The digital product that is owned already.", {"name": _TEXT}),
    "subscription": _part(
        "The subscription that was canceled.",
        {"reference": _REFERENCE, "name": _TEXT, "reason": _TEXT},
        "reference",
    ),
    "survey": _part("The survey that was finished.", {"name": _TEXT}),
    "shipping": _part("How the order is shipped.", {"method": _TEXT}),
    "funnel": _part("The funnel that the order came through.", {"name": _TEXT}),
}  # fmt: skip

_validators = {
    name: Draft202012Validator(shape, registry=Registry()) for name, shape in SHAPES.items()
}
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def problems(name: str, part: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with this object: the path of each wrong member, and what to do."""
    for error in _validators[name].iter_errors(part):
        path = [name, *error.absolute_path]
        if error.validator == "required":
            for member in error.validator_value:
                if member not in error.instance:
                    yield _path([*path, member]), "This field is missing. Add it."
        else:
            yield _path(path), _words(error.validator, error.validator_value)


def _path(parts: list[Any]) -> str:
    text = ""
    for one in parts:
        text += f"[{one}]" if isinstance(one, int) else f".{one}" if text else str(one)
    return text


def _words(validator: str, wanted: Any) -> str:
    if validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"Give {' or '.join(_TYPES[kind] for kind in kinds)} here."
    if validator == "enum":
        return f"Choose one of {', '.join(wanted)}."
    return f"Give a text of 1 to {MAX_REFERENCE} characters."
