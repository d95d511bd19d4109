"""How the API's document and its page are made (drf-spectacular)."""

from __future__ import annotations

from typing import Any

API_DOCUMENT: dict[str, Any] = {
    "TITLE": "Postbacks",
    "DESCRIPTION": "Emit events; each receiver is told in the form it wants.",
    "VERSION": "1.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # The validator would send the document's address to somebody else.
    "SWAGGER_UI_SETTINGS": {"validatorUrl": None, "persistAuthorization": False},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "dispatcher.api.openapi.complete",
        "notifications.documents.openapi.add_documents",
    ],
}
