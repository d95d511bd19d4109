"""How much waits: counted in the database, and never further than a page needs to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from dispatcher import sql
from dispatcher.models import Delivery

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


def waiting_now() -> tuple[int, int]:
    """How many wait, and how many of them were tried before; both stop one above `MOST`."""
    pending = Delivery.objects.filter(state=Delivery.State.PENDING, is_test=False)
    rows = list(pending.values_list("attempts_made", "round_start")[: MOST + 1])
    return len(rows), sum(made > start for made, start in rows)


def count_words(count: int, most: int, *, none: str = "0") -> str:
    """1,000 as "1,000", more than that as "1,000+" where it was not counted further."""
    if count > most:
        return f"{most:,}+"
    return f"{count:,}" if count else none
