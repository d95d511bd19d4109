"""News about the service itself, told to channels as events are (spec section 4's companions).

What happens is noted first and told by whoever watches due work, so that a thing that happens a
thousand times is told once, with its number, and not again before NOTIFICATIONS_QUIET is over.
It cannot loop: deliveries of this news are never news themselves, and what is said about a
destination is not sent there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.services import Failure
from dispatcher.types import Match, NewEvent, Plan, SkipMatch
from notifications.events import OperationalType
from notifications.models import Attachment, Notice
from notifications.routing import match
from notifications.seen import moment_text
from notifications.services.telling import SYSTEM

ENDPOINT = "operations"
GATHER = timedelta(seconds=5)
"""Failures are told together: this long after the first."""
BATCH = 20
MOST_NAMED = 20
MAX_ABOUT = 300
_OPERATIONAL = frozenset(OperationalType.values)
_OWN = "It would be sent to the destination that this is about"


def note_destination(*, destination_id: int, is_paused: bool) -> None:
    """A destination was paused, or goes on."""
    key = dispatcher.destination_key(destination_id)
    kinds = OperationalType
    event = kinds.DESTINATION_PAUSED if is_paused else kinds.DESTINATION_RESUMED
    if key and _is_anybody_told(event):
        _note(event, key, data={"destination": key, "destination_id": destination_id})


def note_failures(*, delivery_ids: Collection[int]) -> None:
    """Deliveries failed for good; those of operational news and test runs do not count."""
    if not _is_anybody_told(OperationalType.DELIVERIES_FAILED):
        return
    failures = [
        one
        for one in dispatcher.failures(delivery_ids)
        if one.event_type not in _OPERATIONAL and not one.is_test
    ]
    if failures:
        _note_failures(failures)


def _note_failures(failures: Sequence[Failure]) -> None:
    def add(old: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "rules": _counted(old.get("rules"), (one.rule_name for one in failures)),
            "destinations": _counted(
                old.get("destinations"), (one.destination for one in failures)
            ),
            "types": _counted(old.get("types"), (one.event_type for one in failures)),
        }

    _note(OperationalType.DELIVERIES_FAILED, "", count=len(failures), change=add, wait=GATHER)


def _counted(old: Any, names: Any) -> dict[str, int]:
    counted = Counter(old or {})
    counted.update(name for name in names if name)
    return dict(counted.most_common(MOST_NAMED))


def note_backlog(*, overdue_seconds: float) -> None:
    """Told when what is due begins to wait too long, and not again until that was over."""
    is_growing = overdue_seconds > settings.OVERDUE_SECONDS
    _note_state(
        OperationalType.BACKLOG_GROWING, "", is_on=is_growing,
        data={"overdue_seconds": round(overdue_seconds)},
    )  # fmt: skip


def note_silence(*, hosts: Mapping[str, datetime], alive: Collection[str]) -> None:
    """Told when the workers of a host fell silent (when each gave its last sign of life)."""
    for host, beat_at in hosts.items():
        data = {"host": host, "last_sign_of_life": moment_text(beat_at)}
        _note_state(OperationalType.WORKERS_SILENT, host, is_on=True, data=data)
    for host in alive:
        _note_state(OperationalType.WORKERS_SILENT, host, is_on=False, data={})


def _note_state(event: str, about: str, *, is_on: bool, data: Mapping[str, Any]) -> None:
    """Note the change of a state to `is_on`; by compare-and-set, so that one notes it."""
    about = about[:MAX_ABOUT]
    if not is_on:
        lasting = Notice.objects.filter(event=event, about=about, is_on=True)
        if lasting.exists():  # nothing is written while all is well
            lasting.update(is_on=False)
        return
    if not _is_anybody_told(event):
        return
    Notice.objects.get_or_create(event=event, about=about)
    if Notice.objects.filter(event=event, about=about, is_on=False).update(is_on=True):
        _note(event, about, data=data)


def _is_anybody_told(event: str) -> bool:
    return Attachment.objects.filter(event=event).exists()


@transaction.atomic
def _note(
    event: str,
    about: str,
    *,
    count: int = 1,
    data: Mapping[str, Any] | None = None,
    change: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
    wait: timedelta = timedelta(0),
) -> None:
    """Count it; it is told after `wait`, or when the quiet time after the last telling is over."""
    about = about[:MAX_ABOUT]
    moment = timezone.now()
    Notice.objects.get_or_create(event=event, about=about)
    notice = Notice.objects.select_for_update().get(event=event, about=about)
    quiet_until = notice.told_at and notice.told_at + timedelta(
        seconds=settings.NOTIFICATIONS_QUIET
    )
    due_at = max(moment + wait, quiet_until or moment)
    notice.due_at = min(notice.due_at or due_at, due_at)
    notice.since = notice.since or moment
    notice.untold = F("untold") + count
    notice.data = change(notice.data) if change else dict(data or {})
    notice.save()


def next_due() -> datetime | None:
    """When the next noted news is to be told."""
    waiting = Notice.objects.filter(due_at__isnull=False).order_by("due_at")
    return waiting.values_list("due_at", flat=True).first()


def run_due() -> int:
    """Tell what is due, each in a transaction of its own; how much that was."""
    waiting = Notice.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    keys = list(waiting.values_list("pk", flat=True)[:BATCH])
    for key in keys:
        _tell(key)
    return len(keys)


@transaction.atomic
def _tell(key: int) -> None:
    moment = timezone.now()
    due = Notice.objects.select_for_update().filter(pk=key, due_at__lte=moment)
    notice = due.first()
    if notice is None:
        return  # another process was faster
    document = _document(notice, moment)
    new = NewEvent(
        type=notice.event,
        payload=json.dumps(document, ensure_ascii=False),
        emitter=SYSTEM,
        endpoint=ENDPOINT,
        subject=f"destination:{notice.about}"[:255] if "destination" in notice.data else "",
        occurred_at=notice.since or moment,
    )
    avoided = notice.data.get("destination_id")
    dispatcher.emit(new, partial(_match_elsewhere, avoided=avoided))
    notice.told_at, notice.due_at, notice.since = moment, None, None
    notice.untold, notice.data = 0, {}
    notice.save()


def _match_elsewhere(events: Sequence[NewEvent], *, avoided: int | None) -> list[Plan]:
    """The usual channels, but for those at the destination that the news is about."""
    return [
        Plan(
            matches=[one for one in plan.matches if not _is_at(one, avoided)],
            skips=[
                *plan.skips,
                *(SkipMatch(one.rule_id, _OWN) for one in plan.matches if _is_at(one, avoided)),
            ],
        )
        for plan in match(events)
    ]


def _is_at(found: Match, destination_id: int | None) -> bool:
    return destination_id is not None and found.destination_id == destination_id


@dataclass(frozen=True, slots=True)
class _Words:
    one: str
    many: str


_WORDS: Mapping[str, _Words] = {
    OperationalType.DESTINATION_PAUSED: _Words(
        "{about} keeps failing or was paused by hand: what is to be sent there waits.",
        "{about} was paused {count} times: what is to be sent there waits.",
    ),
    OperationalType.DESTINATION_RESUMED: _Words(
        "{about} works again: what waited is being sent.",
        "{about} works again, after {count} pauses: what waited is being sent.",
    ),
    OperationalType.DELIVERIES_FAILED: _Words(
        "A delivery failed and is not tried again.",
        "{count} deliveries failed and are not tried again.",
    ),
    OperationalType.BACKLOG_GROWING: _Words(
        "What is due to be sent is not being sent. Check that the workers are running.",
        "What is due to be sent is not being sent, for the {count}th time. Check the workers.",
    ),
    OperationalType.WORKERS_SILENT: _Words(
        "The workers on {about} give no sign of life. Check that they are running.",
        "The workers on {about} fell silent {count} times. Check that they are running.",
    ),
}


_PAGES: Mapping[str, str] = {
    OperationalType.DESTINATION_PAUSED: "dispatcher/destination/",
    OperationalType.DESTINATION_RESUMED: "dispatcher/destination/",
    OperationalType.DELIVERIES_FAILED: "dispatcher/delivery/",
}


def _document(notice: Notice, moment: datetime) -> dict[str, Any]:
    """What is sent: every member is there."""
    words = _WORDS[notice.event]
    sentence = words.one if notice.untold == 1 else words.many
    details = {name: value for name, value in notice.data.items() if name != "destination_id"}
    return {
        "event": notice.event,
        "occurred_at": moment_text(moment),
        "about": notice.about or None,
        "message": sentence.format(about=notice.about, count=notice.untold),
        "count": notice.untold,
        "since": moment_text(notice.since) if notice.since else None,
        "url": settings.BASE_URL + reverse("admin:index") + _PAGES.get(notice.event, ""),
        "details": details,
    }
