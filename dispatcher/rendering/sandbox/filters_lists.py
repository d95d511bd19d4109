"""Filters over lists and objects. Each item they touch counts as one round of a loop."""

from __future__ import annotations

import random as random_module
from collections.abc import Callable
from typing import Any

from .access import pick
from .faults import TemplateFault
from .formatting import as_width
from .methods import values_of
from .missing import Missing
from .problems import Place
from .registry import by_name, template_filter
from .state import state
from .values import text


def fields(values: Any, path: Any) -> list[Any]:
    """That field of each item."""
    return [pick(item, path) for item in values_of(values)]


def _key(path: Any, *, case_sensitive: bool = False) -> Callable[[Any], Any]:
    def key(item: Any) -> Any:
        value = item if path is None else pick(item, path)
        if isinstance(value, str):
            return value if case_sensitive else value.casefold()
        return "" if isinstance(value, Missing) or value is None else value

    return key


@template_filter("length", "number of items or characters", "{{ items | length }}")
def length(value: Any) -> int:
    """0 for null and missing."""
    if value is None:
        return 0
    if isinstance(value, (str, list, tuple, dict, range, Missing)):
        return len(value)
    raise TemplateFault("`length` needs a list, an object or text.")


template_filter("count", "the same as length", "{{ items | count }}")(length)


@template_filter("first", "the first item", "{{ items | first }}")
def first(value: Any) -> Any:
    """Missing when there is none."""
    found = list(value[:1]) if isinstance(value, (list, tuple, str)) else values_of(value)
    return found[0] if found else Missing(Place(None, None, "first item"), {}, None)


@template_filter("last", "the last item", "{{ items | last }}")
def last(value: Any) -> Any:
    """Missing when there is none."""
    found = list(value[-1:]) if isinstance(value, (list, tuple, str)) else values_of(value)
    return found[-1] if found else Missing(Place(None, None, "last item"), {}, None)


@template_filter("list", "as a list", '{{ "ab" | list }}')
def as_list(value: Any) -> list[Any]:
    """Items of a list, keys of an object, characters of a text."""
    return values_of(value)


@template_filter("reverse", "backwards", "{{ items | reverse }}")
def reverse(value: Any) -> Any:
    """Text or list."""
    return text(value)[::-1] if isinstance(value, str) else values_of(value)[::-1]


@template_filter("sort", "in order", '{{ items | sort(attribute="sku") }}')
def sort(
    value: Any,
    reverse: bool = False,  # noqa: FBT001, FBT002 - Jinja's
    case_sensitive: bool = False,  # noqa: FBT001, FBT002 - Jinja's
    attribute: Any = None,
) -> list[Any]:
    """By the items themselves or one of their fields."""
    key = _key(attribute, case_sensitive=case_sensitive)
    return sorted(values_of(value), key=key, reverse=bool(reverse))


@template_filter("unique", "without repetitions", '{{ items | unique(attribute="sku") }}')
def unique(value: Any, case_sensitive: bool = False, attribute: Any = None) -> list[Any]:  # noqa: FBT001, FBT002 - Jinja's
    """The first of each."""
    key = _key(attribute, case_sensitive=case_sensitive)
    seen: dict[str, Any] = {}
    for item in values_of(value):
        mark = key(item)
        seen.setdefault(f"{type(mark).__name__}:{text(mark)}", item)
    return list(seen.values())


@template_filter("min", "the smallest", '{{ items | min(attribute="price") }}')
def minimum(value: Any, case_sensitive: bool = False, attribute: Any = None) -> Any:  # noqa: FBT001, FBT002 - Jinja's
    """Missing when there are no items."""
    return first(sort(value, case_sensitive=case_sensitive, attribute=attribute))


@template_filter("max", "the largest", '{{ items | max(attribute="price") }}')
def maximum(value: Any, case_sensitive: bool = False, attribute: Any = None) -> Any:  # noqa: FBT001, FBT002 - Jinja's
    """Missing when there are no items."""
    return last(sort(value, case_sensitive=case_sensitive, attribute=attribute))


@template_filter("groupby", "groups with the same field", '{% for c, g in items | groupby("c") %}')
def groupby(value: Any, attribute: Any, default: Any = "") -> list[tuple[Any, list[Any]]]:
    """Pairs of the field's value and the items that have it, in order of the value."""
    groups: dict[str, tuple[Any, list[Any]]] = {}
    for item in values_of(value):
        found = pick(item, attribute)
        found = default if isinstance(found, Missing) else found
        groups.setdefault(f"{type(found).__name__}:{text(found)}", (found, []))[1].append(item)
    return sorted(groups.values(), key=lambda group: _key(None)(group[0]))


@template_filter("batch", "rows of so many", "{% for row in items | batch(3) %}")
def batch(value: Any, linecount: int, fill_with: Any = None) -> list[list[Any]]:
    """The last row filled up if a filling is given."""
    items, size = values_of(value), max(1, as_width(linecount))
    rows = [items[start : start + size] for start in range(0, len(items), size)]
    if rows and fill_with is not None:
        rows[-1] += [fill_with] * (size - len(rows[-1]))
    return rows


@template_filter("slice", "so many columns", "{% for column in items | slice(2) %}")
def columns(value: Any, slices: int, fill_with: Any = None) -> list[list[Any]]:
    """Columns as equal as possible, the longer ones first."""
    items, count = values_of(value), max(1, as_width(slices))
    each, more = divmod(len(items), count)
    result, start = [], 0
    for number in range(count):
        end = start + each + (number < more)
        filling = [fill_with] if fill_with is not None and more and number >= more else []
        result.append(items[start:end] + filling)
        start = end
    return result


@template_filter("items", "pairs of key and value", "{% for key, value in metadata | items %}")
def items(value: Any) -> list[tuple[Any, Any]]:
    """Of an object; none of null and missing."""
    if isinstance(value, dict):
        state.charge_iterations(len(value))
        return list(value.items())
    return [pair for pair in values_of(value) if isinstance(pair, tuple)]


@template_filter("dictsort", "pairs of key and value, sorted", "{{ metadata | dictsort }}")
def dictsort(
    value: Any,
    case_sensitive: bool = False,  # noqa: FBT001, FBT002 - Jinja's
    by: str = "key",
    reverse: bool = False,  # noqa: FBT001, FBT002 - Jinja's
) -> list[tuple[Any, Any]]:
    """By key, or by value."""
    key = _key(None, case_sensitive=case_sensitive)
    position = 1 if by == "value" else 0
    return sorted(items(value), key=lambda pair: key(pair[position]), reverse=bool(reverse))


@template_filter("map", "a field or filter of each item", '{{ items | map(attribute="sku") }}')
def map_items(
    value: Any, name: str | None = None, *arguments: Any, attribute: Any = None, default: Any = None
) -> list[Any]:
    """`map("upper")` applies a filter, `map(attribute="a.b")` takes a field."""
    if attribute is not None:
        found = fields(value, attribute)
        return [default if isinstance(f, Missing) and default is not None else f for f in found]
    function = _named("filter", name)
    return [function(item, *arguments) for item in values_of(value)]


def _named(kind: str, name: Any) -> Callable[..., Any]:
    found: Callable[..., Any] | None = by_name(kind).get(text(name))
    if found is None:
        raise TemplateFault(f"There is no {kind} `{text(name)[:50]}`.")
    return found


def _chosen(value: Any, path: Any, arguments: tuple[Any, ...], *, keep: bool) -> list[Any]:
    test = _named("test", arguments[0]) if arguments else bool
    return [
        item
        for item in values_of(value)
        if bool(test(item if path is None else pick(item, path), *arguments[1:])) is keep
    ]


@template_filter("select", "items that pass a test", '{{ numbers | select("odd") }}')
def select(value: Any, *arguments: Any) -> list[Any]:
    """Without a test, those that are not empty."""
    return _chosen(value, None, arguments, keep=True)


@template_filter("reject", "items that fail a test", '{{ numbers | reject("odd") }}')
def reject(value: Any, *arguments: Any) -> list[Any]:
    """Without a test, those that are empty."""
    return _chosen(value, None, arguments, keep=False)


@template_filter(
    "selectattr", "items whose field passes a test", '{{ items | selectattr("kind", "eq", "box") }}'
)
def selectattr(value: Any, path: Any, *arguments: Any) -> list[Any]:
    """Without a test, those where it is not empty."""
    return _chosen(value, path, arguments, keep=True)


@template_filter("rejectattr", "items whose field fails a test", '{{ items | rejectattr("done") }}')
def rejectattr(value: Any, path: Any, *arguments: Any) -> list[Any]:
    """Without a test, those where it is empty."""
    return _chosen(value, path, arguments, keep=False)


@template_filter("random", "any one item", "{{ items | random }}")
def random(value: Any) -> Any:
    """Missing when there are no items."""
    found = values_of(value)
    return random_module.choice(found) if found else first(found)  # noqa: S311 - not a secret


@template_filter("attr", "a field by its name", '{{ item | attr("sku") }}')
def attr(value: Any, name: Any) -> Any:
    """The same as `item[name]`."""
    return pick(value, text(name))
