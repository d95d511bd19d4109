"""How much waits: counted in the database, and never further than a page needs to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from dispatcher import sql
from dispatcher.selecting.holds import DESTINATION_HOLDS, HOLDERS, OWNER_HOLDS, RULE_HOLDS

MOST = 10_000
MOST_EACH = 1_000


def waiting_by_destination(ids: Collection[int], most: int = MOST_EACH) -> Counter[int]:
    """What waits for each of these, test runs left out; one above `most` means more."""
    if not ids:
        return Counter()
    rows = sql.fetch(
        "SELECT d.id, (SELECT count(*) FROM (SELECT 1 FROM dispatcher_delivery w"  # noqa: S608
        " WHERE w.destination_id = d.id AND w.state = 'pending' AND NOT w.is_test"
        f" LIMIT {most + 1}) AS those)"
        f" FROM dispatcher_destination d WHERE d.id IN ({sql.placeholders(len(ids))})",
        list(ids),
    )
    return Counter(dict(rows))


@dataclass(slots=True)
class Waiting:
    """What waits, by what holds it; `is_cut` where more waits than was looked at.

    `by_rule` and `owners` are those that are on hold themselves.
    """

    total: int = 0
    retrying: int = 0
    held: int = 0
    by_rule: Counter[int] = field(default_factory=Counter)
    owners: set[str] = field(default_factory=set)

    @property
    def is_cut(self) -> bool:
        return self.total > MOST

    def words(self, count: int) -> str:
        """A part of what waits: "12", or "12+" where not all was looked at."""
        return f"{min(count, MOST):,}{'+' if count and self.is_cut else ''}"


def waiting_now(*, destination: int | None = None) -> Waiting:
    """How much waits (for a destination), and how much of it is held; stops one above `MOST`."""
    found = Waiting()
    for rule, owner, is_retried, count, by_rule, by_place, by_owner in _grouped(destination):
        found.total += count
        found.retrying += count * bool(is_retried)
        found.held += count * bool(by_rule or by_place or by_owner)
        if by_rule:
            found.by_rule[rule] += count
        if by_owner:
            found.owners.add(owner)
    return found


def _grouped(destination: int | None) -> list[tuple[Any, ...]]:
    """Counted first, so that what holds it is looked up once for each group."""
    only = "" if destination is None else " AND destination_id = %s"
    return sql.fetch(
        "SELECT those.rule_id, those.owner, is_retried, waits,"  # noqa: S608 - no input
        f" {RULE_HOLDS}, {DESTINATION_HOLDS}, {OWNER_HOLDS} FROM ("
        "SELECT rule_id, destination_id, owner, is_retried, count(*) AS waits FROM ("
        "SELECT rule_id, destination_id, owner, attempts_made > round_start AS is_retried"
        f" FROM dispatcher_delivery WHERE state = 'pending' AND NOT is_test{only}"
        f" LIMIT {MOST + 1}) AS looked_at GROUP BY rule_id, destination_id, owner, is_retried"
        f") AS those {HOLDERS}",
        [] if destination is None else [destination],
    )


def count_words(count: int, most: int, *, none: str = "0") -> str:
    """1,000 as "1,000", more than that as "1,000+" where it was not counted further."""
    if count > most:
        return f"{most:,}+"
    return f"{count:,}" if count else none
