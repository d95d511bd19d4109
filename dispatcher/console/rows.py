"""Rows of name and value in a form, some of them secret: headers, request parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict

MAX_ROWS = 60


class NameValueRows(forms.Widget):
    """Rows that a page adds and removes (console.js). `word` is what a row is called."""

    template_name = "console/rows.html"
    word: ClassVar[str] = "row"
    example: ClassVar[str] = ""
    may_be_secret: ClassVar[bool] = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = value if isinstance(value, list) else []
        context["widget"] |= {
            "rows": [self._shown(row) for row in rows if isinstance(row, Mapping)],
            "word": self.word,
            "example": self.example,
            "may_be_secret": self.may_be_secret,
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        if not isinstance(data, MultiValueDict):
            return list(data.get(name) or [])
        names = data.getlist(f"{name}-name")[:MAX_ROWS]
        values = data.getlist(f"{name}-value")
        marks = data.getlist(f"{name}-secret") if self.may_be_secret else [""] * len(names)
        rows = [
            {"name": title.strip(), "value": value} | self._mark(mark)
            for title, value, mark in zip(names, values, marks, strict=False)
        ]
        return [row for row in rows if row["name"] or row["value"]]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-present" not in data

    def id_for_label(self, id_: str) -> str:
        return ""

    def _mark(self, mark: str) -> dict[str, Any]:
        return {"is_secret": mark == "yes"} if self.may_be_secret else {}

    def _shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row as the page holds it: without the value where that is secret."""
        is_secret = self.may_be_secret and bool(row.get("is_secret"))
        value = "" if is_secret else str(row.get("value", ""))
        return {"name": str(row.get("name", "")), "value": value, "is_secret": is_secret}


class ParamRows(NameValueRows):
    """Request parameters."""

    word = "parameter"
    example = "Name, as click"


class HeaderRows(NameValueRows):
    """Request headers; a stored secret comes as a mark, never as its value."""

    word = "header"
    example = "Name, as X-Api-Key"
    may_be_secret = True


class RowsField(forms.Field):
    """Its value is the list of rows."""

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        return value if isinstance(value, list) else []

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != (data or []))
