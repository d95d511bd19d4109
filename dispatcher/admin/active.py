"""What a list is filtered by, in words, and how to take each filter off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin import (
    BooleanFieldListFilter,
    ChoicesFieldListFilter,
    RelatedFieldListFilter,
    SimpleListFilter,
)
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, QueryDict

from dispatcher.keys import find_row

Words = tuple[str, str, str]
"""A filter's parameter, what it is called, and how its value reads."""

PLACE = ("p", "before", "after")
"""Where in the list a page is; with another filter it is another list."""


@dataclass(frozen=True, slots=True)
class Active:
    """A filter that is set: "State", "Failed", and the list's address without it."""

    label: str
    words: str
    url: str


class FilteredChangeList(ChangeList):
    """Tells `admin/active_filters.html` what it is filtered by.

    A ModelAdmin whose filters read otherwise has `filter_words`, which is given the list.
    """

    asked: QueryDict

    def get_results(self, request: HttpRequest) -> None:
        self.asked = request.GET
        super().get_results(request)

    def parameters(self) -> dict[str, str]:
        """What the list's address asks for."""
        return {name: str(value) for name, value in self.asked.items()}

    def active_filters(self) -> list[Active]:
        """What the list is filtered by, in words, and how to take each off."""
        say = getattr(self.model_admin, "filter_words", filter_words)
        return [Active(label, words, self._without(name)) for name, label, words in say(self)]

    def _without(self, name: str) -> str:
        parameters = self.asked.copy()
        for gone in (name, *PLACE):
            parameters.pop(gone, None)
        return f"?{parameters.urlencode()}"


def filter_words(changelist: ChangeList) -> list[Words]:
    """The filters that are set and mean something, and the search."""
    said = [words for spec in changelist.filter_specs for words in spec_words(spec)]
    return said + [("q", "Search", changelist.query)] * bool(changelist.query)


def spec_words(spec: Any) -> list[Words]:
    """One filter in words; none if it is not set, or set to what it does not know."""
    if hasattr(spec, "words"):
        said: list[Words] = spec.words()
        return said
    is_simple = isinstance(spec, SimpleListFilter)
    name = spec.parameter_name if is_simple else getattr(spec, "lookup_kwarg", "")
    values = spec.value() if is_simple else spec.lookup_val
    given = values if isinstance(values, list) else [values]  # Django's are lists, some are not
    words = [one for value in given if value and (one := _value_words(spec, str(value)))]
    return [(name, _capital(str(spec.title)), " or ".join(words))] if words else []


def _value_words(spec: Any, value: str) -> str:
    if isinstance(spec, SimpleListFilter):
        choices = getattr(spec, "lookup_choices", None)  # none where the value is typed
        known = {str(choice): str(words) for choice, words in choices or ()}
        return known.get(value, "") if choices is not None else value
    if isinstance(spec, ChoicesFieldListFilter):
        labels = {str(choice): str(words) for choice, words in spec.field.flatchoices}
        return labels.get(value, value)
    if isinstance(spec, BooleanFieldListFilter):
        return {"1": "Yes", "0": "No"}.get(value, value)
    if isinstance(spec, RelatedFieldListFilter):
        model: Any = spec.field.related_model
        row = find_row(model._default_manager.all(), value)  # noqa: SLF001 - Django's API
        return str(row) if row else f"one that was deleted (number {value})"
    return value


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
