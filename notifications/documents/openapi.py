"""Puts the events' documents into the API's description."""

from __future__ import annotations

from typing import Any

from notifications.documents.samples import sample
from notifications.documents.schemas import SCHEMAS, component_name


def add_documents(
    result: dict[str, Any],
    generator: Any,  # noqa: ARG001 - the hook's signature
    request: Any,  # noqa: ARG001
    public: bool,  # noqa: ARG001, FBT001
) -> dict[str, Any]:
    """List them among the components: what a postback of each event sends."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(components())
    return result


def components() -> dict[str, dict[str, Any]]:
    """The schemas as components of an OpenAPI 3.1 document, each with its sample."""
    return {
        component_name(event): {
            **{name: value for name, value in one.items() if name != "$schema"},
            "examples": [sample(event)],
        }
        for event, one in SCHEMAS.items()
    }
