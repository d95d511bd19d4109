"""`POST facts/…/`: plain facts, from which the rules derive the events."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import emitting, representation, shapes
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.views import EMIT, ApiView
from notifications import services
from notifications.fact_shapes import SHAPES
from notifications.services import PARTS, FactKind, NewFact, Reported
from notifications.services.sources import NAMES

_WORDS: Mapping[str, str] = {
    FactKind.CONTACT_SAVED: "A lead was saved. Tells “contact created” the first time, and again "
    "when the data of a known contact arrives from shop or funnel.",
    FactKind.TRANSACTION: "A purchase was approved or declined. Tells that, “customer created” at "
    "the contact's first approved purchase, and “order completed”: at once for admin and shop, "
    "for a funnel order later (see “scheduled”).",
    FactKind.THANK_YOU: "A funnel order's thank-you page was reached. Tells “order completed”, "
    "once.",
    FactKind.REFUND: "A refund or void was made. Tells “refund applied”, once for each.",
    FactKind.TRACKING: "Shipping information arrived. Tells “shipping tracking info updated” when "
    "it is another than before.",
    FactKind.PRODUCT_CONFLICT: "A customer bought a digital product that they own. Tells “product "
    "conflict”.",
    FactKind.SUBSCRIPTION_CANCELED: "A subscription was canceled. Tells that, once for each.",
    FactKind.SURVEY_COMPLETED: "A survey was finished. Tells that.",
}


class ScheduledShape(serializers.Serializer[Any]):
    """An event that is emitted at this time unless something emits it before."""

    type = shapes.text()
    subject = shapes.text()
    due_at = serializers.DateTimeField()


class ReportedShape(serializers.Serializer[Any]):
    """What a fact led to."""

    duplicate = serializers.BooleanField(help_text="This key was known: nothing was done again.")
    events = shapes.EmittedShape(
        many=True, help_text="An event that had been emitted before is a duplicate."
    )
    scheduled = ScheduledShape(many=True)


class FactView(ApiView):
    """Report a fact."""

    rate = "EMIT_RATE"
    scopes = {"post": EMIT}
    kind = ""

    def post(self, request: Request) -> Response:
        """Noted, with the events that follow from it, when this answers 202."""
        fact = read_fact(self.kind, request.data, request.headers.get("Idempotency-Key"))
        reported = services.report_fact(fact=fact, emitter=self.caller.emitter)
        return Response(_answer(reported), status=HTTPStatus.ACCEPTED)


def view_of(kind: FactKind) -> type[FactView]:
    """The view of this kind of fact, described in the API's document."""
    name = "".join(word.capitalize() for word in kind.value.split("-"))
    described = extend_schema(
        operation_id=f"facts_{kind.value.replace('-', '_')}",
        tags=["Facts"],
        summary=f"Report: {str(kind.label).lower()}",
        description=f"{_WORDS[kind]}\n\nWhat may be told once is told once, whatever arrives "
        "late, twice or in another order.",
        parameters=[emitting.KEY],
        request={"application/json": body_schema(kind)},
        responses={202: ReportedShape},
    )
    view = type(f"{name}View", (FactView,), {"kind": kind.value})
    return extend_schema_view(post=described)(view)


def body_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of this kind of fact's body."""
    parts = PARTS[kind]
    properties: dict[str, Any] = {
        "source": {
            "type": ["string", "null"],
            "enum": [*NAMES, None],
            "description": "Which of your systems it belongs to; a quote belongs to admin. May be "
            "left out where the order is known: an order keeps the source it came with.",
        },
        **{name: SHAPES[name] for name in parts.needed},
        **{name: _or_null(SHAPES[name]) for name in parts.optional},
        "id": {
            "type": ["string", "null"],
            "minLength": 1,
            "maxLength": 255,
            "description": "Idempotency key: a repeated one is answered as a duplicate.",
        },
        "occurred_at": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "With its zone. Now, when left out.",
        },
    }
    return {
        "type": "object",
        "required": list(parts.needed),
        "properties": properties,
        "additionalProperties": False,
        "example": _example(kind),
    }


def _or_null(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {**shape, "type": ["object", "null"]}


_EXAMPLES: Mapping[str, Any] = {
    "contact": {"reference": "C-2041", "email": "ann@example.com", "name": "Ann Lindqvist"},
    "order": {"reference": "PO-1001", "number": "1001"},
    "transaction": {
        "reference": "tx-88121",
        "status": "approved",
        "amount": "120.00",
        "currency": "EUR",
    },
    "refund": {"reference": "re-501", "type": "refund", "amount": "35.50", "currency": "EUR"},
    "tracking": {"carrier": "DHL", "tracking_number": "00340434161094042557"},
    "product": {"reference": "course-letterpress", "name": "Letterpress for beginners"},
    "subscription": {"reference": "S-77", "name": "Paper of the month", "reason": "Moved away"},
    "survey": {"name": "After the course", "answers": [{"question": "Again?", "answer": "Yes"}]},
    "funnel": {"reference": "spring-course", "name": "Spring course"},
}


def _example(kind: str) -> dict[str, Any]:
    parts = PARTS[kind]
    wanted = [*parts.needed, *(name for name in parts.optional if name == "contact")]
    return {"source": "funnel", **{name: _EXAMPLES[name] for name in wanted}}


def read_fact(kind: str, data: Any, key: str | None) -> NewFact:
    """The fact of a request's body. Raises Problem naming every field that is wrong."""
    data = emitting.members(data)
    parts = PARTS[kind]
    names = (*parts.needed, *parts.optional)
    known = {"source", "id", "occurred_at", *names}
    errors = emitting.wrong_names(data, known=known, required=parts.needed)
    errors += emitting.wrong_texts(data, ("source", "id"), nullable=("source", "id"))
    errors += emitting.wrong_key(data, key)
    errors += [_not_null(name) for name in parts.needed if name in data and data[name] is None]
    occurred_at = emitting.read_moment(data, errors)
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    return NewFact(
        kind=kind,
        source=data.get("source"),
        parts={name: data[name] for name in names if data.get(name) is not None},
        key=data.get("id") or key or None,
        occurred_at=occurred_at,
    )


def _not_null(name: str) -> FieldError:
    return FieldError(field=name, message="Give an object here, not null.")


def _answer(reported: Reported) -> dict[str, Any]:
    return {
        "duplicate": reported.is_duplicate,
        "events": [representation.emitted(one) for one in reported.events],
        "scheduled": [
            {"type": one.type, "subject": one.subject, "due_at": one.due_at}
            for one in reported.scheduled
        ],
    }
