"""`conversions/`: what affiliates brought about. Bodies are read by hand, as events are."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import emitting, problems
from dispatcher.api.pagination import PARAMETERS, KeysetPagination
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.views import EMIT, READ_OWN, ApiViewSet
from dispatcher.keys import as_key, find_row
from offers import services
from offers.api import conversion_shapes as shapes
from offers.api.access import Access
from offers.api.ledger_names import find_affiliate
from offers.models import Conversion, Offer
from offers.services import Changed, Created, NewConversion
from offers.values import AMOUNTS, CHANGEABLE

ORIGIN = "API"
MAX_FILE_NAME = 200
_OF_NEW = ("offer", "affiliate", "goal", "status", "transaction_id")
_NULLABLE = frozenset({"goal", *CHANGEABLE})
_ID = OpenApiParameter("id", int, OpenApiParameter.PATH)


@extend_schema(tags=["Conversions"])
@extend_schema_view(
    list=extend_schema(
        summary="List conversions",
        parameters=shapes.filter_parameters(),
        responses=shapes.ConversionShape(many=True),
    ),
    retrieve=extend_schema(parameters=[_ID], responses=shapes.ConversionShape),
)
class ConversionViewSet(ApiViewSet):
    """Results of affiliates' promotion; each status, new or changed, is an event."""

    scopes = {
        "list": READ_OWN,
        "retrieve": READ_OWN,
        "create": EMIT,
        "partial_update": EMIT,
        "batch": EMIT,
        "import_statuses": EMIT,
    }
    pagination_class = KeysetPagination
    key = "pk"
    lookup_value_regex = "[0-9]{1,18}"
    lookup_url_kwarg = "id"
    queryset = Conversion.objects.all()
    serializer_class = shapes.ConversionShape

    def get_queryset(self) -> QuerySet[Conversion]:
        rows = Conversion.objects.select_related("offer", "affiliate", "goal")
        mine = Access(self.caller).affiliate
        return rows.filter(affiliate=mine) if mine else rows

    def list(self, request: Request) -> Response:
        restricted = bool(self.caller.restricted_to)
        found = self.get_queryset().filter(_filters(request, is_restricted=restricted))
        rows = self.paginate_queryset(found) or []
        return self.get_paginated_response(
            [shapes.conversion(row, is_restricted=restricted) for row in rows]
        )

    def retrieve(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        restricted = bool(self.caller.restricted_to)
        return Response(shapes.conversion(self._find(id), is_restricted=restricted))

    @extend_schema(
        summary="Add a conversion",
        request=shapes.NewConversionShape,
        responses={201: shapes.ConversionWithEventShape, 200: shapes.ConversionWithEventShape},
        examples=[shapes.EXAMPLE],
    )
    def create(self, request: Request) -> Response:
        """Stored with its event when this answers 201. The same again: 200; with another body 409.

        The transaction ID is the idempotency key: once per offer and goal.
        """
        created = services.create_conversion(item=read_item(request.data), **self._who())
        status = HTTPStatus.CREATED if created.is_new else HTTPStatus.OK
        return Response(shapes.with_event(created.conversion, created.emitted), status=status)

    @extend_schema(
        summary="Change a conversion",
        parameters=[_ID],
        request=shapes.ConversionPatchShape,
        responses=shapes.ConversionWithEventShape,
    )
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """A changed status is an event; the same status again, or other fields, are none."""
        conversion = self._find(id)
        values = read_changes(request.data)
        updated = services.update_conversion(conversion=conversion, values=values, **self._who())
        return Response(shapes.with_event(updated.conversion, updated.emitted))

    @extend_schema(
        operation_id="conversions_batch",
        summary="Add up to 1,000 conversions",
        request={"application/json": shapes.BATCH_REQUEST},
        responses={202: shapes.BATCH_ANSWER},
    )
    @action(detail=False, methods=["post"])
    def batch(self, request: Request) -> Response:
        """A result for each, in order; one that is refused does not keep the others out."""
        results = emitting.stored_or_problems(
            emitting.batch(request, noun="conversions"),
            read=read_item,
            store=lambda items: services.create_conversions(items=items, **self._who()),
        )
        return Response([_result(one) for one in results], status=HTTPStatus.ACCEPTED)

    @extend_schema(
        operation_id="conversions_import",
        summary="Import statuses from a CSV file",
        request=shapes.ImportShape,
        responses={200: shapes.ImportedShape},
    )
    @action(detail=False, methods=["post"], url_path="import", url_name="import")
    def import_statuses(self, request: Request) -> Response:
        """Transaction IDs and their statuses, as at month's end; the same file again does nothing.

        With a bad or unknown line nothing is changed (400), unless `skip_bad` leaves it out.
        """
        given = _read_import(request.data)
        file = {"content": given["csv"].encode()}
        if given["dry_run"]:
            done, summary = Changed(), services.preview_statuses(**file)
        else:
            done, summary = services.import_statuses(
                **file,
                file_name=given["file_name"],
                skip_bad=given["skip_bad"],
                by=self.request.user,
            )
        bad = [{"line": number, "message": message} for number, message in summary["bad"]]
        counts = {name: summary[name] for name in ("changed", "unchanged", "unknown", "bad_count")}
        rest = {"bad": bad, "dry_run": given["dry_run"], "deliveries": done.deliveries}
        return Response(counts | rest)

    def _find(self, key: str) -> Conversion:
        return get_object_or_404(self.get_queryset(), pk=int(key))

    def _who(self) -> dict[str, Any]:
        return {"by": self.request.user, "origin": ORIGIN, "emitter": self.caller.emitter}

    @property
    def rate(self) -> str:  # type: ignore[override] # by action
        return "READ_RATE" if self.action in {"list", "retrieve"} else "EMIT_RATE"


def _result(outcome: Created | Exception) -> dict[str, Any]:
    """An item of a batch call's answer, with the `status` that it alone would have had."""
    if isinstance(outcome, Created):
        status = HTTPStatus.CREATED if outcome.is_new else HTTPStatus.OK
        shown = shapes.with_event(outcome.conversion, outcome.emitted)
        return {"status": int(status), "conversion": shown}
    document = problems.describe(outcome)
    assert document is not None  # noqa: S101 - services return errors that are described
    return document


def read_item(data: Any) -> NewConversion:
    """The conversion of a request's body. Raises Problem naming every member that is wrong."""
    data = emitting.members(data)
    known = (*_OF_NEW, *CHANGEABLE)
    errors = emitting.wrong_names(
        data, known=known, required=("offer", "affiliate", "transaction_id")
    )
    errors += _wrong_references(data)
    errors += emitting.wrong_texts(data, ("status", "transaction_id"))
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    return NewConversion(
        offer=data["offer"],
        affiliate=data["affiliate"],
        goal=data.get("goal"),
        status=data.get("status", "pending"),
        transaction_id=data["transaction_id"],
        values=_values(data),
    )


def read_changes(data: Any) -> dict[str, Any]:
    """The changes that a request's body asks for."""
    data = emitting.members(data)
    errors = emitting.wrong_names(data, known=("status", *CHANGEABLE), required=())
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    status = {"status": data["status"]} if "status" in data else {}
    return status | _values(data)


def _wrong_references(data: Mapping[str, Any]) -> list[FieldError]:
    message = "Give a reference ID as text, or an id as number."
    return [
        FieldError(field=name, message=message)
        for name in ("offer", "affiliate", "goal")
        if not isinstance(data.get(name, ""), str | int) or isinstance(data.get(name), bool)
        if not (name == "goal" and data.get(name) is None)
    ]


def _values(data: Any) -> dict[str, Any]:
    """The other fields; an amount as the digits that were sent, whatever a float makes of them."""
    values = {name: data[name] for name in CHANGEABLE if name in data}
    for name in AMOUNTS:
        value = values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            values[name] = Decimal(data.text(name))
    return values


def _read_import(data: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"file_name": "", "dry_run": False, "skip_bad": False}
    given |= emitting.members(data)
    errors = emitting.wrong_names(
        given, known=("csv", "file_name", "dry_run", "skip_bad"), required=("csv",)
    )
    errors += emitting.wrong_texts(given, ("csv", "file_name"), nullable=("file_name",))
    errors += [
        FieldError(field=name, message="Give true or false.")
        for name in ("dry_run", "skip_bad")
        if not isinstance(given[name], bool)
    ]
    given["file_name"] = given["file_name"] or ""
    if not errors and len(given["file_name"]) > MAX_FILE_NAME:
        message = f"The name has more than {MAX_FILE_NAME} characters. Give a shorter one."
        errors.append(FieldError(field="file_name", message=message))
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    return given


def _filters(request: Request, *, is_restricted: bool) -> Q:
    """The condition of a list's query string. Raises Problem naming what is unknown."""
    condition, errors = Q(), []
    for name, values in request.query_params.lists():
        if name in PARAMETERS:
            continue
        try:
            condition &= _filter(name, values, is_restricted=is_restricted)
        except ValueError as error:
            errors.append(FieldError(field=name[:80], message=str(error)))
    if errors:
        raise Problem(HTTPStatus.BAD_REQUEST, errors=errors)
    return condition


def _filter(name: str, values: list[str], *, is_restricted: bool) -> Q:
    if name not in shapes.FILTERS:
        raise ValueError(f"There is no such filter. Filters are {', '.join(shapes.FILTERS)}.")
    text = values[0]
    if len(values) > 1 or not 0 < len(text) <= 255 or not text.isprintable():
        raise ValueError("Give one value, or leave the filter out.")
    if name in {"offer", "affiliate"}:
        key = _offer(text) if name == "offer" else _affiliate(text)
        if key is None and not is_restricted:
            raise ValueError(f"There is no such {name}. Give its reference ID or its id.")
        return Q(**{f"{name}_id": key or 0})
    if name == "goal":
        if (goal := as_key(text)) is None:
            raise ValueError("Give the goal's id, a number.")
        return Q(goal_id=goal)
    if name == "status" and text not in Conversion.Status.values:
        raise ValueError(f"Choose one of {', '.join(Conversion.Status.values)}.")
    return Q(**{name: text})


def _offer(text: str) -> int | None:
    offer = Offer.objects.filter(reference_id=text).only("pk").first()
    if offer is None:
        offer = find_row(Offer.objects.only("pk"), text)
    return offer.pk if offer else None


def _affiliate(text: str) -> int | None:
    owner = find_affiliate(text)
    return int(owner.partition(":")[2]) if owner else None
