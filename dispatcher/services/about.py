"""Everything that was sent, or was not, because of what happened to one thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Substr

from dispatcher import queue
from dispatcher.console.wording import Standing, delivery_standing
from dispatcher.models import Delivery, Event, OwnerHold, Rule, Skip
from dispatcher.sql import now

MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """A delivery as a timeline shows it."""

    id: UUID
    rule: int
    rule_name: str
    rule_kind: str
    rule_owner: str
    rule_link: str
    state: str
    standing: Standing
    outcome: str
    destination: str
    attempts_made: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    is_test: bool
    is_resend: bool
    can_be_resent: bool


@dataclass(frozen=True, slots=True)
class SkipNote:
    """A rule that sent nothing, and why."""

    rule: int
    rule_name: str
    rule_kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class EventNote:
    """An event with what it caused."""

    id: UUID
    type: str
    source: str
    owner: str
    subject: str
    occurred_at: datetime
    received_at: datetime
    is_test: bool
    deliveries: list[DeliveryNote] = field(default_factory=list)
    skips: list[SkipNote] = field(default_factory=list)


def events_about(subjects: Collection[str], *, most: int = MOST_EVENTS) -> list[EventNote]:
    """The newest events about any of these subjects (`order:PO-1001`), oldest first.

    Four queries, whatever their number.
    """
    found = Event.objects.filter(subject__in=subjects).exclude(subject="")  # as the index is
    rows = found.defer("payload").order_by("-id")[:most]
    notes = {row.pk: _event_note(row) for row in reversed(rows)}
    if not notes:
        return []
    for event_id, delivery in _deliveries_of(list(notes)):
        notes[event_id].deliveries.append(delivery)
    skips = Skip.objects.filter(event__in=list(notes)).select_related("rule").order_by("id")
    for skip in skips:
        rule = skip.rule
        note = SkipNote(rule.pk, rule.name, rule.kind, skip.reason)
        notes[skip.event_id].skips.append(note)
    return list(notes.values())


def _event_note(row: Event) -> EventNote:
    return EventNote(
        id=row.pk,
        type=row.type,
        source=row.source,
        owner=row.owner,
        subject=row.subject,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        is_test=row.is_test,
    )


def _deliveries_of(events: Sequence[UUID]) -> list[tuple[UUID, DeliveryNote]]:
    found = Delivery.objects.filter(event__in=events)
    found = found.select_related("event", "rule", "destination")
    has_payload = ExpressionWrapper(~Q(event__payload=""), BooleanField())
    found = found.annotate(has_payload=has_payload).defer("rule__credentials", "event__payload")
    rows = list(found.order_by("id"))
    owners = {row.owner for row in rows if row.owner and row.state == Delivery.State.PENDING}
    holds: dict[str, str] = {}
    if owners:
        holds = dict(OwnerHold.objects.filter(pk__in=owners).values_list("owner", "reason"))
    moment = now()
    return [(row.event_id, _delivery_note(row, holds, moment)) for row in rows]


def _delivery_note(row: Any, holds: Mapping[str, str], moment: datetime) -> DeliveryNote:
    return DeliveryNote(
        id=row.uid,
        rule=row.rule_id,
        rule_name=row.rule.name,
        rule_kind=row.rule.kind,
        rule_owner=row.rule.owner,
        rule_link=row.rule.link,
        state=row.state,
        standing=delivery_standing(row, owner_holds=holds, moment=moment),
        outcome=row.outcome,
        destination=row.destination.key if row.destination else "",
        attempts_made=row.attempts_made,
        created_at=row.created_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
        is_test=row.is_test,
        is_resend=row.resend_of_id is not None,
        can_be_resent=row.state != Delivery.State.PENDING
        and row.rule.state != Rule.State.ARCHIVED
        and row.event.erased_at is None
        and row.has_payload,  # what was erased long ago has no erased_at
    )


def states_about(
    subjects: Collection[str], *, types: Collection[str] = ()
) -> dict[str, dict[str, int]]:
    """How many deliveries of each state there are, by subject; without test runs. One query."""
    found = _about(subjects).filter(is_test=False)
    if types:
        found = found.filter(event__type__in=types)
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    rows = found.values_list("event__subject", "state").annotate(count=Count("pk"))
    for subject, state, count in rows.order_by():
        counted[subject][state] = count
    return dict(counted)


def _about(subjects: Collection[str]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(event__subject__in=subjects).exclude(event__subject="")


def has_delivery(*, subject: Any, state: str, types: Collection[str]) -> Exists:
    """A condition: there is a delivery in this state about what this expression names.

    `subject` is an expression such as `Concat(Value("order:"), OuterRef("reference"))`. For
    states that many have; `keys_with` is for those that few have.
    """
    found = Delivery.objects.filter(
        event__subject=subject, event__type__in=types, state=state, is_test=False
    )
    return Exists(found.exclude(event__subject=""))


def keys_with(*, kind: str, state: str, types: Collection[str]) -> QuerySet[Delivery, str]:
    """What stands behind `order:` (this kind) in the subjects of deliveries in this state.

    Read from the small indexes of what waits and what failed.
    """
    found = Delivery.objects.filter(
        state=state, is_test=False, event__type__in=types, event__subject__startswith=f"{kind}:"
    )
    key = Substr("event__subject", len(kind) + 2)
    return found.annotate(subject_key=key).values_list("subject_key", flat=True)


@transaction.atomic
def retry_failed(
    *,
    subjects: Collection[str],
    types: Collection[str],
    rule_kind: str,
    only: Collection[UUID] | None = None,
) -> int:
    """Send again, as it was sent, what failed of these types about these subjects; how many.

    `only` names the deliveries that are meant. Left out: test runs, rules that were deleted, what
    was erased, and what somebody else was faster with. Never more than was failed, however often
    it is asked for.
    """
    failed = (
        _about(subjects)
        .filter(
            state=Delivery.State.FAILED,
            event__type__in=types,
            rule__kind=rule_kind,
            is_test=False,
        )
        .exclude(rule__state=Rule.State.ARCHIVED)
        .exclude(event__payload="")  # erased
    )
    if only is not None:
        failed = failed.filter(uid__in=only)
    keys = list(failed.values_list("pk", flat=True))
    moved = Delivery.objects.filter(pk__in=keys, state=Delivery.State.FAILED).update(
        state=Delivery.State.PENDING,
        due_at=now(),
        round_start=F("attempts_made"),
        claims=0,
        is_parked=False,
        finished_at=None,
    )
    if moved:
        transaction.on_commit(queue.ring)
    return moved


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that failed for good."""

    id: UUID
    event_type: str
    rule_name: str
    destination: str
    outcome: str
    is_test: bool


def failures(delivery_ids: Collection[int]) -> list[Failure]:
    """What is known of these deliveries, as the signal `delivery_failed` names them; one query."""
    found = Delivery.objects.filter(pk__in=delivery_ids)
    rows = found.values_list(
        "uid", "event__type", "rule__name", "destination__key", "outcome", "is_test"
    )
    return [Failure(*row) for row in rows]
