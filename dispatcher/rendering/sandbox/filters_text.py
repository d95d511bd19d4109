"""Filters over text."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from .formatting import as_width, percent
from .methods import TEXT_METHODS, joined, pieces_of, replaced
from .missing import Missing
from .registry import template_filter
from .state import state
from .values import Safe, text

template_filter("upper", "capital letters", '{{ "ab" | upper }} → AB')(TEXT_METHODS["upper"])
template_filter("lower", "small letters", '{{ "AB" | lower }} → ab')(TEXT_METHODS["lower"])
template_filter("title", "Each Word Capitalised", '{{ "a note" | title }} → A Note')(
    TEXT_METHODS["title"]
)
template_filter("capitalize", "first letter capital", '{{ "aB" | capitalize }} → Ab')(
    TEXT_METHODS["capitalize"]
)
template_filter("trim", "without white space (or given characters) at both ends", "{{ s | trim }}")(
    TEXT_METHODS["strip"]
)
template_filter("replace", "with one text replaced by another", '{{ s | replace("-", "") }}')(
    replaced
)
template_filter("split", "a list of the parts between separators", '{{ "a,b" | split(",") }}')(
    pieces_of
)
template_filter("center", "padded on both sides to a width", "{{ s | center(20) }}")(
    lambda value, width=80: TEXT_METHODS["center"](value, width)
)
template_filter("ljust", "padded on the right to a width", "{{ s | ljust(20) }}")(
    TEXT_METHODS["ljust"]
)
template_filter("rjust", "padded on the left to a width", "{{ s | rjust(20) }}")(
    TEXT_METHODS["rjust"]
)
template_filter("zfill", "zeros in front, to a width", "{{ 7 | zfill(3) }} → 007")(
    TEXT_METHODS["zfill"]
)


@template_filter("default", "another value when the field is missing", '{{ note | default("-") }}')
def default(value: Any, other: Any = "", boolean: bool = False) -> Any:  # noqa: FBT001, FBT002 - Jinja's
    """`other` for a missing field; with `true`, also for an empty one (null, "", 0, false)."""
    if isinstance(value, Missing):
        return other
    return other if boolean and not value else value


template_filter("d", "the same as default", '{{ note | d("-", true) }}')(default)


@template_filter("string", "any value as text", "{{ 5 | string }} → 5")
def string(value: Any) -> Any:
    """Text as it would be shown."""
    return value if isinstance(value, Safe) else text(value)


@template_filter("escape", "escaped for this template's format", "{{ s | escape }}")
def escape(value: Any) -> Any:
    """What happens anyway; doing it twice changes nothing."""
    return state.mark_safe(state.escape(value))


template_filter("e", "the same as escape", "{{ s | e }}")(escape)


@template_filter("forceescape", "escaped even if it already is", "{{ s | forceescape }}")
def forceescape(value: Any) -> Any:
    """Escape the escaped text once more."""
    return state.mark_safe(state.escape(str.__str__(value) if isinstance(value, str) else value))


@template_filter("safe", "changes nothing: values are always escaped", "{{ s | safe }}")
def safe(value: Any) -> Any:
    """Escaping cannot be switched off, since a value could then break out of the document."""
    if not isinstance(value, Safe):
        state.warn("`| safe` has no effect: values are always escaped. See `| tojson`.")
    return value


@template_filter("truncate", "cut to a length, with … at the end", "{{ s | truncate(40) }}")
def truncate(value: Any, length: int = 255, killwords: bool = False, end: str = "…") -> str:  # noqa: FBT001, FBT002 - Jinja's
    """At most `length` characters, ending between words unless `killwords` is true."""
    plain, limit, end = text(value), as_width(length, 1_000_000), text(end)
    if len(plain) <= limit:
        return plain
    cut = plain[: max(0, limit - len(end))]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


@template_filter("indent", "lines moved to the right", "{{ s | indent(2) }}")
def indent(value: Any, width: Any = 4, first: bool = False, blank: bool = False) -> Any:  # noqa: FBT001, FBT002 - Jinja's
    """All lines but the first, unless `first` is true."""
    source = str.__str__(value) if isinstance(value, Safe) else text(value)
    pad = text(width) if isinstance(width, str) else " " * as_width(width)
    lines = source.splitlines(keepends=True)
    state.charge_text(len(source) + len(pad) * len(lines))
    result = "".join(
        pad + line if (number or first) and (blank or line.strip()) else line
        for number, line in enumerate(lines)
    )
    return state.mark_safe(result) if isinstance(value, Safe) else result


@template_filter("wordwrap", "lines of a width", "{{ s | wordwrap(60) }}")
def wordwrap(value: Any, width: int = 79) -> str:
    """Broken between words."""
    plain = text(value)
    state.charge_iterations(len(plain) // 10)
    wide = max(1, as_width(width))
    return "\n".join("\n".join(textwrap.wrap(line, wide)) for line in plain.splitlines())


@template_filter("wordcount", "number of words", "{{ s | wordcount }}")
def wordcount(value: Any) -> int:
    """Words are what white space separates."""
    return len(pieces_of(value))


@template_filter("striptags", "without HTML tags", '{{ "<b>a</b>" | striptags }} → a')
def striptags(value: Any) -> str:
    """Everything between `<` and `>` left out, white space collapsed."""
    plain = text(value)
    state.charge_text(len(plain))
    return " ".join(re.sub(r"<[^<>]*>", "", plain).split())


@template_filter("format", "filled in as by printf", '{{ "%05.1f" | format(3) }} → 003.0')
def printf(value: Any, *arguments: Any, **named: Any) -> str:
    """Understands `%s`, `%d`, `%.2f` and the like."""
    return percent(text(value), named or arguments)


@template_filter("join", "texts of a list in one", '{{ items | join(", ", "sku") }}')
def join(value: Any, separator: Any = "", attribute: Any = None) -> Any:
    """With an attribute, that field of each item."""
    from .filters_lists import fields  # noqa: PLC0415 - the two modules need each other's words

    return joined(separator, value if attribute is None else fields(value, attribute))
