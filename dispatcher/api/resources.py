"""What operators configure, over the API: list, read, create, change, delete.

A resource says which model, serializer and services it has; everything else is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api.ledgers import unknown_field
from dispatcher.api.pagination import PARAMETERS, KeysetPagination
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.views import CONFIGURE, READ_CONFIGURATION, ApiViewSet

CRUD = {
    "list": READ_CONFIGURATION,
    "retrieve": READ_CONFIGURATION,
    "create": CONFIGURE,
    "update": CONFIGURE,
    "partial_update": CONFIGURE,
    "destroy": CONFIGURE,
}


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members that it does not know; those that are only read are let by.

    So what was read can be changed and sent back, and a misspelt name is not lost in silence.
    """

    def to_internal_value(self, data: Any) -> Any:
        unknown: dict[Any, Any] = {}
        if isinstance(data, Mapping):
            known = set(self.fields)
            unknown = {
                name: [unknown_field(str(name), known)] for name in data if name not in known
            }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise serializers.ValidationError({**unknown, **error.detail}) from None
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


class ResourceViewSet(ApiViewSet):
    """Translates between JSON and the domain's services; decides nothing.

    Implement `save` (given a new or changed row) and `delete`.
    """

    scopes = CRUD
    pagination_class = KeysetPagination
    key = "pk"
    lookup_value_regex = "[0-9]{1,18}"
    lookup_url_kwarg = "id"

    def save(self, row: Any, values: Mapping[str, Any]) -> Model:
        """Save this row through the domain's service; `values` are what is not a field of it."""
        raise NotImplementedError

    def delete_row(self, row: Any) -> None:
        """Delete this row through the domain's service."""
        raise NotImplementedError

    def list(self, request: Request) -> Response:
        _refuse_parameters(request)
        rows = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        return Response(self.get_serializer(self.find(id)).data)

    def create(self, request: Request) -> Response:
        row = self.write(self.get_queryset().model(), request.data)
        return Response(self.get_serializer(row).data, status=201)

    def update(self, request: Request, id: str) -> Response:  # noqa: A002
        return Response(self.get_serializer(self._change(request, id, is_partial=False)).data)

    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        return Response(self.get_serializer(self._change(request, id, is_partial=True)).data)

    def destroy(self, request: Request, id: str) -> Response:  # noqa: A002
        self.delete_row(self.find(id))
        return Response(status=204)

    def find(self, key: str) -> Any:
        """The row of this id, or 404."""
        return get_object_or_404(self.get_queryset(), pk=int(key))

    def _change(self, request: Request, key: str, *, is_partial: bool) -> Model:
        return self.write(self.find(key), request.data, is_partial=is_partial)

    def write(self, row: Model, data: Any, *, is_partial: bool = False) -> Model:
        """Check this document and save the row as it says; the row as it is then.

        Raises ValidationError, of the serializer or of the service, keyed by field.
        """
        serializer: Any = self.get_serializer(row, data=data, partial=is_partial)
        serializer.is_valid(raise_exception=True)
        names = {field.name for field in row._meta.concrete_fields}  # noqa: SLF001 - Django's API
        rest: dict[str, Any] = {}
        for name, value in serializer.validated_data.items():
            if name in names:
                setattr(row, name, value)
            else:
                rest[name] = value
        return self.save(row, rest)

    def author(self) -> Any:
        """Whom the history names: the token's owner."""
        return get_user_model().objects.get(pk=self.caller.owner_id)


def _refuse_parameters(request: Request) -> None:
    message = f"There is no such parameter. There are {', '.join(sorted(PARAMETERS))}."
    errors = [
        FieldError(field=name[:80], message=message)
        for name in request.query_params
        if name not in PARAMETERS
    ]
    if errors:
        raise Problem(400, errors=errors)
