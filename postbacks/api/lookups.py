"""`lookups/`: tables that templates look values up in, and their rows in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dispatcher.api import fields
from dispatcher.api.pagination import PARAMETERS
from dispatcher.api.problems import FieldError, Problem
from dispatcher.api.resources import CRUD, ResourceViewSet, StrictSerializer
from dispatcher.api.shapes import text
from dispatcher.api.views import CONFIGURE, READ_CONFIGURATION
from dispatcher.configuration.errors import ChangedMeanwhileError
from postbacks import services
from postbacks.api.customers import MAX_ID, CustomerField
from postbacks.lookups.values import clean, flaws
from postbacks.models import LookupRow, LookupTable
from postbacks.models.lookups import MAX_FIELD, MAX_KEY, MAX_VALUE

_MEMBERS = frozenset({"key", "value"})
_KEY = OpenApiParameter(
    "key",
    {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
    description="Only the row of this key.",
)

_OVER_THE_API = "Rows changed over the API"


class LookupTableSerializer(StrictSerializer):
    """A table that templates ask by its field, as `lookups({"sku": item.sku})`."""

    id = serializers.IntegerField(read_only=True)
    name = fields.Text(max_length=255)
    customer = CustomerField(required=False, allow_null=True, default=None)
    description = fields.Text(required=False, allow_blank=True, default="")
    field = fields.Text(
        max_length=MAX_FIELD, help_text="How templates name it: sku and {{sku}} mean the same."
    )
    revision = serializers.IntegerField(
        read_only=True, help_text="Grows with each change of the table or its rows."
    )
    row_count = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class LookupRowShape(serializers.Serializer[Any]):
    """A key and what it stands for."""

    key = text()
    value = text()


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["key", "value"],
            "properties": {"key": {"type": "string"}, "value": {"type": "string"}},
            "additionalProperties": False,
        },
        "description": f"Keys of 1 to {MAX_KEY} characters, each once; values of up to "
        f"{MAX_VALUE:,}. Spaces around them are taken off.",
        "example": [{"key": "dhl_express", "value": "DHL Express"}],
    }
)
class RowsField(serializers.Field[Any, Any, Any, Any]):
    """Pairs of texts; read by hand, since a serializer for each of 10,000 takes seconds."""

    def to_internal_value(self, data: Any) -> list[tuple[str, str]]:
        if not isinstance(data, list):
            raise serializers.ValidationError('Give a list of rows, as [{"key": …, "value": …}].')
        wrong = {number: words for number, row in enumerate(data) if (words := _misshapen(row))}
        if wrong:
            raise serializers.ValidationError(wrong)  # type: ignore[arg-type] # numbers are keys
        return [(row["key"], row["value"]) for row in data]

    def to_representation(self, value: Any) -> Any:
        return value


def _misshapen(row: Any) -> str:
    if not isinstance(row, Mapping):
        return 'A row is an object, as {"key": "dhl", "value": "DHL"}.'
    if row.keys() != _MEMBERS:
        return "A row has a “key” and a “value”, and nothing else."
    if not (isinstance(row["key"], str) and isinstance(row["value"], str)):
        return "Key and value are texts, in double quotes."
    return ""


class ReplaceRowsSerializer(StrictSerializer):
    """All rows that the table is to have."""

    rows = RowsField()
    revision = fields.WholeNumber(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=MAX_ID,
        help_text="Do it only while the table is at this revision; 409 otherwise.",
    )
    dry_run = fields.Flag(
        required=False, default=False, help_text="Say what would change, and change nothing."
    )
    skip_bad = fields.Flag(
        required=False, default=False, help_text="Leave bad rows out; otherwise they are a 400."
    )


class MergeRowsSerializer(ReplaceRowsSerializer):
    """Rows to add or change, and keys to remove."""

    rows = RowsField(required=False, default=list)
    remove = serializers.ListField(
        child=fields.Text(allow_blank=True, trim_whitespace=False),
        required=False,
        default=list,
        help_text="Keys of rows to remove; those that are not there are let by.",
    )


class BadRowShape(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="Its place in “rows”, counted from 0.")
    key = text()
    message = text()


class ChangedRowsShape(serializers.Serializer[Any]):
    """What was changed, or would be."""

    dry_run = serializers.BooleanField()
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    removed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    bad = BadRowShape(many=True)
    revision = serializers.IntegerField(help_text="Of the table, after this.")
    row_count = serializers.IntegerField()


@extend_schema(tags=["Lookups"])
class LookupViewSet(ResourceViewSet):
    """Tables that templates look values up in."""

    queryset = LookupTable.objects.select_related("customer")
    serializer_class = LookupTableSerializer
    scopes = {
        **CRUD,
        "rows": READ_CONFIGURATION,
        "replace_rows": CONFIGURE,
        "merge_rows": CONFIGURE,
    }

    def save(self, row: LookupTable, values: Mapping[str, Any]) -> LookupTable:
        return services.save_table(table=row, by=self.author())

    def delete_row(self, row: LookupTable) -> None:
        services.delete_table(table=row, by=self.author())

    @extend_schema(
        operation_id="lookups_rows_list",
        summary="List a lookup table's rows",
        parameters=[_KEY],
        responses=LookupRowShape(many=True),
    )
    @action(detail=True, methods=["get"])
    def rows(self, request: Request, id: str) -> Response:  # noqa: A002 - its name in the path
        """Newest first; with `key`, the one row that has it."""
        found = LookupRow.objects.filter(table_id=self.find(id).pk)
        key = _read_key(request)
        if key is not None:
            found = found.filter(key=key)
        page = self.paginate_queryset(found) or []
        rows = [{"key": row.key, "value": row.value} for row in page]
        return self.get_paginated_response(rows)

    @extend_schema(
        operation_id="lookups_rows_replace",
        summary="Replace a lookup table's rows",
        request=ReplaceRowsSerializer,
        responses={200: ChangedRowsShape},
    )
    @rows.mapping.put
    def replace_rows(self, request: Request, id: str) -> Response:  # noqa: A002
        """All or nothing; rows that are not among these are removed."""
        return self._change_rows(request, id, ReplaceRowsSerializer, keeps_missing=False)

    @extend_schema(
        operation_id="lookups_rows_merge",
        summary="Add, change and remove rows of a lookup table",
        request=MergeRowsSerializer,
        responses={200: ChangedRowsShape},
    )
    @rows.mapping.patch
    def merge_rows(self, request: Request, id: str) -> Response:  # noqa: A002
        """All or nothing; rows that are not named stay. A large table is sent in parts so."""
        return self._change_rows(request, id, MergeRowsSerializer, keeps_missing=True)

    def _change_rows(
        self,
        request: Request,
        key: str,
        serializer_class: type[ReplaceRowsSerializer],
        *,
        keeps_missing: bool,
    ) -> Response:
        table: LookupTable = self.find(key)
        serializer = serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        rows, bad = _sort(given["rows"])
        if bad and not (given["dry_run"] or given["skip_bad"]):
            raise Problem(400, errors=[_error(one) for one in bad])
        wanted: dict[str, Any] = {
            "table": table,
            "rows": rows,
            "keeps_missing": keeps_missing,
            "removed": [one.strip() for one in given.get("remove", ())],
        }
        if given["dry_run"]:
            if given["revision"] not in {None, table.revision}:
                raise ChangedMeanwhileError("lookup table")
            changes = services.preview_rows(**wanted)
        else:
            changes = services.change_rows(
                **wanted, revision=given["revision"], by=self.author(), what=_OVER_THE_API
            )
        answer = {
            "dry_run": given["dry_run"],
            "added": len(changes.added),
            "changed": len(changes.changed),
            "removed": len(changes.removed),
            "unchanged": changes.unchanged,
            "bad": bad,
            "revision": table.revision,
            "row_count": table.row_count,
        }
        return Response(answer)


def _sort(given: Sequence[tuple[str, str]]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The good rows by their key, and the bad ones with their place."""
    rows: dict[str, str] = {}
    bad: list[dict[str, Any]] = []
    for number, pair in enumerate(given):
        key, value = clean(*pair)
        wrong = flaws(key, value)
        if not wrong and key in rows:
            wrong = {"key": "This key comes twice. Send it once."}
        if wrong:
            message = " ".join(wrong.values())
            bad.append({"row": number, "key": key[:MAX_KEY], "message": message})
        else:
            rows[key] = value
    return rows, bad


def _error(bad: Mapping[str, Any]) -> FieldError:
    return FieldError(field=f"rows[{bad['row']}]", message=bad["message"])


def _read_key(request: Request) -> str | None:
    known = PARAMETERS | {"key"}
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        message = f"There is no such parameter. There are {', '.join(sorted(known))}."
        raise Problem(
            400, errors=[FieldError(field=name[:80], message=message) for name in unknown]
        )
    key = request.query_params.get("key")
    if key is not None and (not 0 < len(key) <= MAX_KEY or "\x00" in key):
        raise Problem.of_field("key", f"Give a key of 1 to {MAX_KEY} characters.")
    return key
