"""Answers: compact JSON, with stored JSON texts passed on as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder


class JSONText(str):
    """A member whose value is JSON text already; it is put into the answer as it stands."""

    __slots__ = ()


_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class JSONRenderer(BaseRenderer):
    """UTF-8 without escapes. A `JSONText` may stand as a member of the outermost object."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON is UTF-8; there is no such parameter (RFC 8259 section 11)

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        if isinstance(data, Mapping) and any(isinstance(v, JSONText) for v in data.values()):
            members = (
                f"{_encode(name)}:{value if isinstance(value, JSONText) else _encode(value)}"
                for name, value in data.items()
            )
            return f"{{{','.join(members)}}}".encode()
        return _encode(data).encode()
