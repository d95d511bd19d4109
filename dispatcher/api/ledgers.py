"""Events and deliveries: what happened, what was sent, and sending it again (spec section 6)."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher import services
from dispatcher.api import filters, representation, shapes
from dispatcher.api.openapi import filter_parameters
from dispatcher.api.pagination import KeysetPagination
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.views import READ_OWN, RESEND_OWN, ApiViewSet
from dispatcher.console import noting
from dispatcher.documents import Members
from dispatcher.models import Delivery, Event
from dispatcher.services.bulk_resending import MOST_AT_ONCE, resend_matching

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ID = OpenApiParameter("id", UUID, OpenApiParameter.PATH)
_AS = ("sent", "current")
_BAD_AS = "Choose sent (the same request again) or current (by the present configuration)."


class AsShape(serializers.Serializer[Any]):
    """How to send again: the same bytes, or what the configuration gives today."""

    vars()["as"] = serializers.ChoiceField(choices=_AS, default="sent")


@lru_cache(maxsize=1)
def _filter_schema() -> dict[str, Any]:
    """The body of `deliveries/resend/`: what to send, and the filters by name."""
    properties: dict[str, Any] = {}
    for parameter in filter_parameters():
        kind = parameter.type
        schema = dict(kind) if isinstance(kind, dict) else {"type": "boolean"}
        properties[parameter.name] = schema | {"description": parameter.description}
    properties["as"] = {"type": "string", "enum": list(_AS), "default": "sent"}
    properties["cursor"] = {
        "type": ["string", "null"],
        "format": "uuid",
        "description": "Of the answer before.",
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "example": {"as": "sent", "state": "failed", "created_after": "2026-03-01T00:00:00Z"},
    }


@extend_schema(tags=["Ledgers"])
@extend_schema_view(
    list=extend_schema(
        summary="List events",
        parameters=filter_parameters(),
        responses=shapes.EventShape(many=True),
    ),
    retrieve=extend_schema(
        summary="Read an event", parameters=[_ID], responses=shapes.EventDetailShape
    ),
)
class EventViewSet(ApiViewSet):
    """What was emitted."""

    scopes = {"list": READ_OWN, "retrieve": READ_OWN}
    pagination_class = KeysetPagination
    key = "id"
    lookup_value_regex = _UUID
    lookup_url_kwarg = "id"
    serializer_class = shapes.EventShape

    def get_queryset(self) -> QuerySet[Event]:
        owner = self.caller.restricted_to
        return Event.objects.filter(owner=owner) if owner else Event.objects.all()

    def list(self, request: Request) -> Response:
        condition = filters.events(
            filters.from_query(request.query_params),
            is_restricted=bool(self.caller.restricted_to),
            visible=_visible(self.caller.restricted_to),
        )
        rows = self.paginate_queryset(self.get_queryset().filter(condition).defer("payload"))
        return self.get_paginated_response([representation.event(row) for row in rows or ()])

    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        row = get_object_or_404(self.get_queryset(), pk=id)
        mine = _visible(self.caller.restricted_to)
        deliveries = row.deliveries.filter(mine).order_by("id")
        skips = row.skips.filter(mine).order_by("id")
        answer = representation.event_detail(
            row,
            deliveries.values_list("uid", "rule_id", "state"),
            skips.values_list("rule_id", "reason"),
            hidden=filters.hidden_from(self.caller.restricted_to),
        )
        return Response(answer)


def _visible(owner: str) -> Q:
    """What a token restricted to this owner sees of an event's deliveries and skips.

    Others' rules for the same event (an operator's own address, say) are not its business.
    """
    return Q(rule__owner=owner) if owner else Q()


@extend_schema(tags=["Ledgers"])
@extend_schema_view(
    list=extend_schema(
        summary="List deliveries",
        parameters=filter_parameters(),
        responses=shapes.DeliveryShape(many=True),
    ),
    retrieve=extend_schema(
        summary="Read a delivery", parameters=[_ID], responses=shapes.DeliveryDetailShape
    ),
)
class DeliveryViewSet(ApiViewSet):
    """What was sent, is being sent, or waits."""

    scopes = {
        "list": READ_OWN,
        "retrieve": READ_OWN,
        "resend": RESEND_OWN,
        "resend_many": RESEND_OWN,
    }
    pagination_class = KeysetPagination
    key = "uid"
    lookup_value_regex = _UUID
    lookup_url_kwarg = "id"
    serializer_class = shapes.DeliveryShape

    def get_queryset(self) -> QuerySet[Delivery]:
        owner = self.caller.restricted_to
        return (
            Delivery.objects.filter(_visible(owner), owner=owner)
            if owner
            else (Delivery.objects.all())
        )

    def list(self, request: Request) -> Response:
        found = self._matching(filters.from_query(request.query_params))
        rows = self.paginate_queryset(representation.with_relations(found))
        return self.get_paginated_response(representation.deliveries(rows or []))

    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        return Response(self._detail(self._find(id)))

    @extend_schema(
        operation_id="deliveries_resend",
        summary="Send a delivery again",
        parameters=[_ID],
        request=AsShape,
        responses={202: shapes.SentAgainShape},
    )
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """As sent: the same id, URL and body. As current: a new delivery with a new id.

        409 while it still waits, and when its rule was deleted. The answer holds the whole delivery
        for a token that may read it, else its id and state.
        """
        body = _object(request.data)
        _refuse_unknown(body, {"as"})
        delivery = self._find(id)
        verb = services.resend if _is_as_sent(body) else services.resend_current
        with transaction.atomic():
            sent = verb(delivery)
            noting.note(request.user, [sent], "Sent again over the API")
        return Response(self._sent_again(_load(sent.uid)), status=202)

    @extend_schema(
        operation_id="deliveries_resend_many",
        summary="Send many deliveries again",
        request={"application/json": _filter_schema()},
        responses={202: shapes.ResentShape},
    )
    @action(detail=False, methods=["post"], url_path="resend", url_name="resend-many")
    def resend_many(self, request: Request) -> Response:
        """Send again what matches the filter, oldest first; at most 10,000 in one call.

        At least one filter is needed; without `state` only failed ones are taken, and without
        `is_test` no test runs. While `more` is true, send the same body with the `cursor` of the
        answer.
        """
        body = dict(_object(request.data))
        as_sent = _is_as_sent(body)
        after = _read_cursor(body.pop("cursor", None))
        body.pop("as", None)
        if not body:
            message = f"Give at least one filter. Filters are {', '.join(filters.NAMES)}."
            raise Problem.of_field("", message)
        body.setdefault("state", Delivery.State.FAILED.value)
        body.setdefault("is_test", False)
        found = self._matching(body)
        with transaction.atomic():
            resent = resend_matching(found, as_sent=as_sent, after=after, most=MOST_AT_ONCE)
            if resent.taken:
                did = f"Sent again over the API, by {', '.join(sorted(body))}"
                noting.note_many(request.user, Delivery, f"{resent.taken:,} deliveries", did)
        following = resent.continue_after
        answer = {
            "taken": resent.taken,
            "more": following is not None,
            "cursor": str(following) if following else None,
        }
        return Response(answer, status=202)

    def _matching(self, values: dict[str, Any]) -> QuerySet[Delivery]:
        restricted = bool(self.caller.restricted_to)
        return self.get_queryset().filter(filters.deliveries(values, is_restricted=restricted))

    def _detail(self, row: Delivery) -> dict[str, Any]:
        return _shown(row, self.caller.restricted_to)

    def _sent_again(self, row: Delivery) -> dict[str, Any]:
        if READ_OWN().has_permission(self.request, self):
            return self._detail(row)
        return {"id": str(row.uid), "state": row.state}

    def _find(self, uid: str) -> Delivery:
        found = self.get_queryset().select_related("event", "rule__route", "destination", "route")
        return get_object_or_404(found.select_related("resend_of"), uid=uid)


def _load(uid: UUID) -> Delivery:
    relations = ("event", "rule", "destination", "route", "resend_of")
    return Delivery.objects.select_related(*relations).get(uid=uid)


def delivery_by_id(uid: UUID, owner: str = "") -> dict[str, Any]:
    """A delivery as `GET deliveries/{id}/` shows it to a token restricted to this owner, if any."""
    return _shown(_load(uid), owner)


def _shown(row: Delivery, owner: str) -> dict[str, Any]:
    return representation.delivery_detail(row, _visible(owner), is_owners=bool(owner))


def _object(data: Any) -> Members | dict[str, Any]:
    if not isinstance(data, dict):
        raise Problem.of_field("", "Send a JSON object, as {…}.")
    return data


def _refuse_unknown(body: dict[str, Any], known: set[str]) -> None:
    unknown = [
        FieldError(field=name[:80], message=unknown_field(name, known))
        for name in body
        if name not in known
    ]
    if unknown:
        raise Problem(400, errors=unknown)


def unknown_field(name: str, known: set[str]) -> str:
    """What to say about a member that no call knows, with the nearest one that is known."""
    near = get_close_matches(name[:80], sorted(known), n=1, cutoff=0.8)
    hint = f"Did you mean {near[0]}?" if near else f"Fields are {', '.join(sorted(known))}."
    return f"There is no such field. {hint}"


def _is_as_sent(body: dict[str, Any]) -> bool:
    how = body.get("as", "sent")
    if how not in _AS:
        raise Problem.of_field("as", _BAD_AS)
    return bool(how == "sent")


def _read_cursor(value: Any) -> UUID | None:
    if value is None:
        return None
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        message = "This is no cursor of ours. Take it from the answer before."
        raise Problem.of_field("cursor", message) from None
