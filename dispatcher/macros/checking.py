"""What is refused when a text with macros is saved."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from dispatcher.macros.language import REST, Fault, Macro, macros_in, parse
from dispatcher.macros.times import check_format

_BEFORE_PATH = re.compile(r"[^/?#]*:/{0,2}[^/?#]*|[^/?#]*")
MAX_MACROS = 100


@dataclass(frozen=True, slots=True)
class Known:
    """A macro that can be used: of what type its value is, and what values there are if few."""

    type: Literal["text", "number", "time"] = "text"
    choices: tuple[str, ...] = ()


Vocabulary = Mapping[str, Known]
"""The macros that can be used, by name."""


def check(text: str, vocabulary: Vocabulary) -> list[Fault]:
    """Everything that is wrong with the macros of this text, from left to right."""
    parsed, faults = parse(text)
    macros = list(macros_in(parsed))
    if len(macros) > MAX_MACROS:
        message = f"there are more than {MAX_MACROS} macros. Remove some."
        return [Fault(macros[MAX_MACROS].column, message)]
    found = [*faults, *(fault for macro in macros for fault in _check_macro(macro, vocabulary))]
    return sorted(found, key=lambda fault: fault.column)


def check_url(url: str, vocabulary: Vocabulary) -> list[Fault]:
    """As `check`; a macro that could change where the request goes is refused as well."""
    faults = check(url, vocabulary)
    before = _BEFORE_PATH.match(url)
    end = before.end() if before else 0
    message = (
        "a macro cannot stand in the scheme, host or port of a URL. Write them out; "
        "macros may follow the first slash or question mark after the host."
    )
    early = {macro.column for macro in macros_in(parse(url)[0]) if macro.column <= end}
    faults = [fault for fault in faults if fault.column not in early]
    faults += [Fault(column, message) for column in early]
    return sorted(faults, key=lambda fault: fault.column)


def nearest(name: str, names: Iterable[str]) -> str:
    """The one of these names that is most likely meant; "" when none is like it."""
    known = list(names)
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    if wanted in known:
        return wanted
    squeezed = {one.replace("_", ""): one for one in known}
    exact = squeezed.get(wanted.replace("_", ""))
    close = difflib.get_close_matches(wanted[:64], known, n=1, cutoff=0.6)
    return exact or (close[0] if close else "")


def _check_macro(macro: Macro, vocabulary: Vocabulary) -> Iterator[Fault]:
    known = vocabulary.get(macro.name)
    if known is None:
        like = nearest(macro.name, vocabulary)
        mark = "_" if macro.is_raw else ""
        advice = (
            f"Did you mean {{{mark}{like}}}?" if like else "Choose one from the list of macros."
        )
        shown = macro.name[:40] + ("…" if len(macro.name) > 40 else "")
        yield Fault(macro.column, f"there is no macro {{{mark}{shown}}}. {advice}")
    elif macro.mapping is not None:
        yield from _check_mapping(macro, known)
    elif macro.format:
        problem = check_format(macro.format) if known.type == "time" else _not_a_time(macro)
        if problem:
            yield Fault(macro.column, f"in {{{macro.name}:…}} {problem}")


def _check_mapping(macro: Macro, known: Known) -> Iterator[Fault]:
    if known.type == "time":
        message = f"{{{macro.name}}} is a time. Give a format, as {{{macro.name}:%Y-%m-%d}}."
        yield Fault(macro.column, message)
    elif known.choices:
        allowed = {*known.choices, REST, ""}
        for value in (macro.mapping or {}).keys() - allowed:
            message = f"{macro.name} is never “{value[:40]}”. It is {_list(known.choices)}."
            yield Fault(macro.column, message)


def _not_a_time(macro: Macro) -> str:
    return (
        f"“{macro.format[:40]}” maps nothing, and {macro.name} is no time. "
        "To map values write value=replacement."
    )


def _list(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
