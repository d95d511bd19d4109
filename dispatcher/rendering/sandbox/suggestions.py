"""The nearest name to one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=2048)
def _closest(name: str, candidates: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, seldom needed

    folded = {candidate.casefold(): candidate for candidate in candidates}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def closest(name: str, candidates: Iterable[object]) -> str | None:
    """The candidate most like `name`, or None when nothing is near.

    Remembered by name and candidates: a field that is missing in every delivery of a busy
    template must not cost a search each time.
    """
    names = tuple(c for c in candidates if type(c) is str and len(c) < 80)[:200]
    return _closest(name[:80], names)
