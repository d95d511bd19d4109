"""What the OpenAPI document says about every call: the bearer token, and problems."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from dispatcher.api import problems
from dispatcher.api.filters import MAX_VALUE, NAMES, known_types
from dispatcher.models import Delivery

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457), in which field, and what to do.",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
    "example": problems.body(
        400,
        errors=[
            problems.FieldError(
                field="customer",
                message="No customer has the reference ID “studio-nrod”. "
                "Create the customer first, or correct the reference.",
            )
        ],
    ),
}
_EVERYWHERE = (400, 401, 403, 405, 406, 429, 500, 503)
_WITH_BODY = (409, 413, 415)
_WORDS = {
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not know that method.",
    HTTPStatus.NOT_ACCEPTABLE: "Answers are JSON.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Bodies are JSON.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; Retry-After says when to go on.",
}


_VERBS = {
    "list": "List {}",
    "retrieve": "Read one of the {}",
    "create": "Add to the {}",
    "update": "Replace one of the {}",
    "partial_update": "Change one of the {}",
    "destroy": "Delete one of the {}",
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "dispatcher.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        description = "An API token; operators make them in admin."
        return {"type": "http", "scheme": "bearer", "description": description}


class Schema(AutoSchema):
    """Calls shapes by what they are of, so that generated clients read well."""

    def get_filter_backends(self) -> list[Any]:
        return []

    def get_summary(self) -> str | None:
        """What the view says, or by its action: “List customers”."""
        given: str | None = super().get_summary()
        verb = _VERBS.get(getattr(self.view, "action", ""))
        noun = self.get_tags()[0].lower()
        return given or (verb and verb.format(noun))

    def _get_serializer_name(self, *args: Any, **kwargs: Any) -> str:
        name: str = super()._get_serializer_name(*args, **kwargs)
        return name.replace("Shape", "")


def complete(
    result: dict[str, Any],
    generator: Any,  # noqa: ARG001 - the hook's signature
    request: Any,  # noqa: ARG001
    public: bool,  # noqa: ARG001, FBT001
) -> dict[str, Any]:
    """Give every operation the problems it may answer with, and the filter its event types."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["responses"] = {
        f"Problem{status}": _response(status)
        for status in (*_EVERYWHERE, *_WITH_BODY, HTTPStatus.NOT_FOUND)
    }
    for name, schema in components["schemas"].items():
        if name.endswith("Request") and schema.get("type") == "object":
            schema["additionalProperties"] = False  # StrictSerializer
    for path, item in result["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                _add_to(operation, has_id="{" in path, writes=method != "get")
                _list_types(operation)
    return result


def _add_to(operation: dict[str, Any], *, has_id: bool, writes: bool) -> None:
    statuses = [*_EVERYWHERE]
    statuses += _WITH_BODY if writes else ()
    statuses += [404] if has_id else []
    for status in sorted(statuses):
        name = f"#/components/responses/Problem{status}"
        operation["responses"].setdefault(str(status), {"$ref": name})


def _list_types(operation: dict[str, Any]) -> None:
    """Known only once every app has registered its own."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "type":
            parameter["schema"] = {"type": "string", "enum": known_types()}


def _response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    words = _WORDS.get(HTTPStatus(status)) or problems.DETAILS[status]
    return {"description": words, "content": {problems.CONTENT_TYPE: {"schema": schema}}}


def filter_parameters() -> list[OpenApiParameter]:
    """The ledgers' filters, as the document lists them."""
    kinds: dict[str, Any] = {
        "state": {"type": "string", "enum": list(Delivery.State.values)},
        "rule": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1},
        "is_test": bool,
        "created_after": {"type": "string", "format": "date-time"},
        "created_before": {"type": "string", "format": "date-time"},
    }
    words = {
        "type": "The event's type.",
        "state": "Of the delivery; for events: of any of its deliveries.",
        "customer": "The customer's reference ID.",
        "affiliate": "The affiliate's reference ID.",
        "channel": "The channel's ID.",
        "subject": "What the event is about: order:PO-1001, or PO-1001.",
        "rule": "The rule's ID, as in “rule” of a delivery.",
        "destination": "Scheme, host and port (or any URL there): https://example.com:443.",
        "created_after": "From this time on. With its zone: 2026-03-01T09:30:00Z.",
        "created_before": "Before this time.",
        "is_test": "Test runs only, or none of them.",
    }
    return [
        OpenApiParameter(
            name=name,
            type=kinds.get(name, {"type": "string", "minLength": 1, "maxLength": MAX_VALUE}),
            description=words[name],
        )
        for name in NAMES
    ]
