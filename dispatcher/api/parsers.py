"""Request bodies: strict JSON and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from dispatcher import documents
from dispatcher.api.problems import FieldError, Problem


class StrictJSONParser(BaseParser):
    """Gives `documents.Members` for an object, a list for a list; refuses other documents."""

    media_type = "application/json"

    def parse(  # type: ignore[override] # a list is JSON, too
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> documents.Members | list[Any]:
        data = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(data) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            value = documents.read(data)
        except documents.DocumentError as error:
            errors = [FieldError(field=error.field, message=str(error))]
            raise Problem(HTTPStatus.BAD_REQUEST, errors=errors) from None
        if not isinstance(value, documents.Members | list):
            raise Problem.of_field("", "Send a JSON object, as {…}.")
        return value
