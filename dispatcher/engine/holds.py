"""What was claimed and meanwhile paused: looked up several times a second, in one statement."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dispatcher import sql
from dispatcher.work import Work


class Holds:
    """Rules, destinations and owners on hold among those of the works in hand."""

    def __init__(self, works: Collection[Work]) -> None:
        self._rules: set[int] = set()
        self._destinations: set[int] = set()
        self._owners: set[str] = set()
        targets = {"rule": self._rules, "destination": self._destinations, "owner": self._owners}
        for kind, id_, owner in _look(works):
            targets[kind].add(owner if kind == "owner" else id_)  # type: ignore[attr-defined]

    def __bool__(self) -> bool:
        return bool(self._rules or self._destinations or self._owners)

    def holds(self, work: Work) -> bool:
        """Whether this work must not be started; a probe goes out although its breaker is open."""
        return not work.probes and (
            work.rule_id in self._rules
            or work.destination_id in self._destinations
            or work.owner in self._owners
        )


def _look(works: Collection[Work]) -> list[tuple[Any, ...]]:
    rules = {work.rule_id for work in works}
    destinations = {work.destination_id for work in works if work.destination_id is not None}
    owners = {work.owner for work in works if work.owner}
    statement = f"""
        SELECT 'rule', r.id, '' FROM dispatcher_rule r
        WHERE (r.state <> 'active' OR r.breaker <> 'closed') AND {_among("r.id", rules)}
        UNION ALL
        SELECT 'destination', x.id, '' FROM dispatcher_destination x
        WHERE (x.state <> 'active' OR x.breaker <> 'closed') AND {_among("x.id", destinations)}
        UNION ALL
        SELECT 'owner', 0, h.owner FROM dispatcher_ownerhold h WHERE {_among("h.owner", owners)}
    """  # noqa: S608 - no input
    return sql.fetch(statement, [*rules, *destinations, *owners])


def _among(column: str, ids: Collection[int | str]) -> str:
    return f"{column} IN ({sql.placeholders(len(ids))})" if ids else "FALSE"
