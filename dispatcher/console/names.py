"""Names for what the dispatcher only knows by reference: `customer:12`, `template:5@3`.

The app that owns a kind registers how to name it; the ledgers then show the name and link to its
page without knowing what a customer or a template is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """What to call something, and where its page is ("" when it has none)."""

    label: str
    url: str = ""


Resolver = Callable[[Iterable[str]], Mapping[str, Name]]
"""Names of these keys (what stands behind the colon); unknown ones are left out."""

Finder = Callable[[str], Iterable[str]]
"""Keys of those whom somebody means who types this: a name, or what others call them."""

SubjectFinder = Callable[[Collection[str]], Iterable[str]]
"""Whole subjects (`order:PO-1`) that somebody means who types one of these spellings; few."""

_resolvers: dict[str, Resolver] = {}
_finders: dict[str, Finder] = {}
_subject_kinds: set[str] = set()
_subject_finders: dict[str, SubjectFinder] = {}
_sought: dict[str, Sequence[str]] = {}


def register(kind: str, resolver: Resolver) -> None:
    """From now on, references such as `<kind>:<key>` are named by this resolver."""
    _resolvers[kind] = resolver


def register_subject(kind: str) -> None:
    """From now on, a search for `X` also finds events about `<kind>:X`."""
    _subject_kinds.add(kind)


def register_subject_finder(kind: str, finder: SubjectFinder, *, sought: Sequence[str]) -> None:
    """From now on a search also finds events about each subject that `finder` gives.

    `sought` says what it looks for, as "a contact by its e-mail address".
    """
    _subject_finders[kind] = finder
    _sought[kind] = sought


def register_finder(kind: str, finder: Finder) -> None:
    """From now on the ledgers' filter "For" finds `<kind>:<key>` by what `finder` knows."""
    _finders[kind] = finder


def find(text: str) -> list[str]:
    """References of all who may be meant: `customer:12` as it is, a name by its finders."""
    kind, _, key = text.partition(":")
    if key and kind.isidentifier():
        return [text]
    return [f"{kind}:{key}" for kind, finder in _finders.items() for key in finder(text)]


def subjects(text: str) -> list[str]:
    """Every subject that somebody who types this may mean."""
    return list(dict.fromkeys([*written([text]), *known([text])]))


def written(texts: Iterable[str]) -> list[str]:
    """The subjects that may be written so, whether there is one or not."""
    kinds = sorted(_subject_kinds)
    return [f"{kind}:{one}" if kind else one for one in _as_called(texts) for kind in ("", *kinds)]


def known(texts: Iterable[str]) -> list[str]:
    """The subjects that an app knows by one of these spellings."""
    spellings = _as_called(texts)
    return [one for finder in _subject_finders.values() for one in finder(spellings)]


def sought() -> list[str]:
    """What `known` looks for, in words."""
    return [words for one in _sought.values() for words in one]


def _as_called(texts: Iterable[str]) -> list[str]:
    """These and, of what is typed as the pages call it ("Order PO-1"), what stands behind."""
    found = []
    for text in texts:
        kind, _, rest = text.partition(" ")
        found += [text, rest.strip()] if kind.lower() in _subject_kinds and rest else [text]
    return found


def label(reference: str) -> str:
    """What this one is called; empty for an empty reference."""
    return resolve([reference])[reference].label if reference else ""


def resolve(references: Iterable[str]) -> dict[str, Name]:
    """A name for each reference: one query per kind. An unknown one is named by itself."""
    wanted = {reference for reference in references if reference}
    by_kind: dict[str, set[str]] = defaultdict(set)
    for reference in wanted:
        kind, _, key = reference.partition(":")
        by_kind[kind].add(key)
    names = {reference: Name(readable(reference)) for reference in wanted}
    for kind, keys in by_kind.items():
        if kind in _resolvers:
            found = _resolvers[kind](keys)
            names |= {f"{kind}:{key}": name for key, name in found.items()}
    return names


def readable(reference: str) -> str:
    """`order:PO-1001` as "Order PO-1001"; anything else as it is."""
    kind, colon, key = reference.partition(":")
    if not colon or not kind.isidentifier():
        return reference
    return f"{kind.replace('_', ' ').capitalize()} {key}"
