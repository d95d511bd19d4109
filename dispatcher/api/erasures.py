"""`erasures/`: all that is kept of a person, or of whoever owns events, erased on demand."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import erasable
from dispatcher.api.pagination import KeysetPagination
from dispatcher.api.problems import Problem
from dispatcher.api.views import ERASE, READ, ApiViewSet
from dispatcher.console import noting
from dispatcher.models import Erasure
from dispatcher.retention import erase_owner


class ErasureShape(serializers.ModelSerializer[Erasure]):
    """How far an erasure has come."""

    class Meta:
        model = Erasure
        fields = ("id", "owner", "requested_at", "finished_at", "events")
        read_only_fields = fields


class ErasingShape(serializers.Serializer[Any]):
    """Of whom."""

    kind = serializers.CharField(
        max_length=32, help_text="contact, customer or affiliate.", default="contact"
    )
    name = serializers.CharField(
        max_length=254, help_text="A reference; of a contact also the e-mail address."
    )


@extend_schema(tags=["Ledgers"])
@extend_schema_view(
    list=extend_schema(summary="List erasures"),
    retrieve=extend_schema(summary="Read an erasure"),
)
class ErasureViewSet(ApiViewSet):
    """What was erased on demand, and how far that has come."""

    queryset = Erasure.objects.all()
    scopes = {"list": READ, "retrieve": READ, "create": ERASE}
    serializer_class = ErasureShape
    pagination_class = KeysetPagination
    lookup_value_regex = "[0-9]{1,18}"
    lookup_url_kwarg = "id"

    def list(self, request: Request) -> Response:
        """Newest first."""
        rows = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(ErasureShape(rows, many=True).data)

    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        return Response(ErasureShape(self.get_object()).data)

    @extend_schema(
        summary="Erase all that is kept of somebody",
        request=ErasingShape,
        responses={202: ErasureShape},
    )
    def create(self, request: Request) -> Response:
        """Payloads, requests, answers and what is known of a contact, for good; by the workers.

        What still waits is canceled. That it was sent, when and how it ended stays. Only with a
        token of an administrator.
        """
        asked = ErasingShape(data=request.data)
        asked.is_valid(raise_exception=True)
        owner = _find(asked.validated_data["kind"], asked.validated_data["name"].strip())
        by = get_user_model().objects.get(pk=self.caller.owner_id)
        with transaction.atomic():
            erasure = erase_owner(owner=owner, name=erasable.called(owner), by=by)
            noting.note(by, [erasure], f"{erasable.did(owner)}, over the API")
        return Response(ErasureShape(erasure).data, status=HTTPStatus.ACCEPTED)


def _find(kind: str, name: str) -> str:
    kinds = erasable.kinds()
    if kind not in kinds:
        raise Problem.of_field("kind", f"Choose one of {', '.join(kinds)}.")
    owner = erasable.find(kind, name)
    if owner is None:
        raise Problem.of_field("name", f"There is no {kind} of this name. Correct it.")
    return owner
