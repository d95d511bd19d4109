"""Doing something to every delivery that matches: started here, done by workers in small batches.

Each batch is committed together with how far the job has come: a killed worker loses nothing and
does nothing twice, another goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, QuerySet, When

from dispatcher import queue
from dispatcher.models import BulkJob, Delivery
from dispatcher.selecting import is_cut, matching, read
from dispatcher.selecting.times import parse_span, span_text
from dispatcher.services.bulk_resending import again, anew
from dispatcher.sql import now

BATCH = 500
RELEASED_AT_ONCE = 2_000
MOST_COUNTED = 10_000
MOST_FAILURES = 5
ASKED_FOR = (BulkJob.Verb.RESEND, BulkJob.Verb.CURRENT, BulkJob.Verb.CANCEL)
"""What somebody chose for all that match; the others let a rule go on and are never given up."""


def count(selection: Mapping[str, str]) -> tuple[int, bool]:
    """How many deliveries match, 10,000 at most, and whether there are more.

    There are more, too, where the search finds more than it takes; these are not meant.
    """
    found = matching(selection).values("pk")[: MOST_COUNTED + 1].count()
    return min(found, MOST_COUNTED), found > MOST_COUNTED or is_cut(selection.get("q", ""))


def start(*, verb: str, selection: Mapping[str, str], by: Any = None) -> BulkJob:
    """Begin to do this to all that match now; what is created later is not meant.

    Raises FilterError for a filter that means nothing: what it was to leave out is not touched.
    """
    chosen = _fixed(read(selection))
    total, is_capped = count(chosen)
    return BulkJob.objects.create(
        verb=verb, selection=chosen, total=total, is_capped=is_capped, up_to=_newest(),
        created_at=now(), created_by=by,
    )  # fmt: skip


def _fixed(selection: dict[str, str]) -> dict[str, str]:
    """What is called the last hour is the one before the job was started, however long it takes."""
    moment = now() + timedelta(seconds=1)
    spans = {name: parse_span(selection.get(name, "")) for name in ("created", "ended")}
    return selection | {
        name: span_text(span[0], span[1] or moment) for name, span in spans.items() if span
    }


def stop(job: BulkJob) -> bool:
    """Do no more; what was done stays. False when it had ended."""
    running = BulkJob.objects.filter(pk=job.pk, state=BulkJob.State.RUNNING)
    return bool(running.update(state=BulkJob.State.STOPPED, finished_at=now()))


def step() -> bool:
    """Do one batch of the next job; False when there is none, or somebody is at it.

    What lets a rule go on is before what somebody asked for, and what fails is behind all others.
    Raises what a batch raised; after MOST_FAILURES in a row what somebody asked for is given up.
    """
    job: BulkJob | None = None
    try:
        with transaction.atomic():
            job = _next()
            if job is not None:
                _do_batch(job)
    except Exception as error:
        if job is not None:
            _note_failure(job.pk, error)
        raise
    return job is not None


def _next() -> BulkJob | None:
    running = BulkJob.objects.filter(state=BulkJob.State.RUNNING)
    is_asked_for = Case(When(verb__in=ASKED_FOR, then=1), default=0)
    in_turn = running.order_by("failures", is_asked_for, "pk")
    return in_turn.select_for_update(skip_locked=True).first()


def _do_batch(job: BulkJob) -> None:
    keys = list(_meant(job).order_by("pk").values_list("pk", flat=True)[:BATCH])
    done = _VERBS[job.verb](keys, job) if keys else 0
    job.done += done
    job.passed_over += len(keys) - done
    job.failures = 0
    if keys:
        job.after = keys[-1]
    if len(keys) < BATCH:
        job.state, job.finished_at = BulkJob.State.DONE, now()
    job.save(update_fields=["done", "passed_over", "failures", "after", "state", "finished_at"])
    if job.state == BulkJob.State.DONE and job.verb in _at_end:
        _at_end[job.verb](job.selection)
    if done:
        transaction.on_commit(queue.ring)


@transaction.atomic
def _note_failure(key: int, error: Exception) -> None:
    running = BulkJob.objects.filter(pk=key, state=BulkJob.State.RUNNING)
    running.filter(failures__lt=MOST_COUNTED).update(failures=F("failures") + 1)
    reason = (
        f"It failed {MOST_FAILURES} times in a row ({type(error).__name__}), so it was given up. "
        "What was done already stays. Start it again when the cause is found."
    )
    running.filter(failures__gte=MOST_FAILURES, verb__in=ASKED_FOR).update(
        state=BulkJob.State.STOPPED, finished_at=now(), reason=reason
    )


def _meant(job: BulkJob) -> QuerySet[Delivery]:
    pending = Delivery.objects.filter(state=Delivery.State.PENDING)
    if job.verb == BulkJob.Verb.RELEASE:
        found = pending.filter(is_parked=True, **job.selection)
    elif job.verb == BulkJob.Verb.DISCARD:
        found = pending.filter(**job.selection)
    else:
        found = matching(job.selection)
    return found.filter(pk__gt=job.after, pk__lte=job.up_to)


def _cancel(keys: Sequence[int], job: BulkJob) -> int:
    moment = now()
    waiting = Delivery.objects.filter(pk__in=keys, state=Delivery.State.PENDING)
    free = waiting.exclude(lease_until__gt=moment)
    return free.update(state=Delivery.State.CANCELED, finished_at=moment, job=job)


def _release(keys: Sequence[int]) -> int:
    return Delivery.objects.filter(pk__in=keys, is_parked=True).update(is_parked=False)


def _discard(keys: Sequence[int]) -> int:
    """Also what was being sent when the pause began: its attempt is kept, it is not repeated."""
    waiting = Delivery.objects.filter(pk__in=keys, state=Delivery.State.PENDING)
    return waiting.update(state=Delivery.State.CANCELED, finished_at=now())


_VERBS: Mapping[str, Callable[[Sequence[int], BulkJob], int]] = {
    BulkJob.Verb.RESEND: again,
    BulkJob.Verb.CURRENT: anew,
    BulkJob.Verb.CANCEL: _cancel,
    BulkJob.Verb.RELEASE: lambda keys, _: _release(keys),
    BulkJob.Verb.DISCARD: lambda keys, _: _discard(keys),
}
_at_end: dict[str, Callable[[Mapping[str, Any]], None]] = {}


def at_end(verb: str, follow: Callable[[Mapping[str, Any]], None]) -> None:
    """From now on, this is done with the selection of a job that ends, in its transaction."""
    _at_end[verb] = follow


def discard(*, rule_id: int) -> None:
    """Begin to cancel what waits for a rule that is paused; at the end it is let go on."""
    selection = {"rule_id": rule_id}
    BulkJob.objects.create(
        verb=BulkJob.Verb.DISCARD, selection=selection, up_to=_newest(), created_at=now()
    )


def stop_discarding(*, rule_id: int) -> None:
    """Somebody wants the rest to be sent after all."""
    running = BulkJob.objects.filter(verb=BulkJob.Verb.DISCARD, state=BulkJob.State.RUNNING)
    running.filter(selection__rule_id=rule_id).update(
        state=BulkJob.State.STOPPED, finished_at=now()
    )


def _newest() -> int:
    return Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def let_go(**whose: Any) -> None:
    """Let what was set aside be claimed again: some thousands now, the rest by a job."""
    held = Delivery.objects.filter(state=Delivery.State.PENDING, is_parked=True, **whose)
    keys = list(held.order_by("pk").values_list("pk", flat=True)[: RELEASED_AT_ONCE + 1])
    _release(keys[:RELEASED_AT_ONCE])
    if len(keys) > RELEASED_AT_ONCE:
        BulkJob.objects.create(
            verb=BulkJob.Verb.RELEASE, selection=whose, after=keys[RELEASED_AT_ONCE - 1],
            up_to=_newest(), created_at=now(),
        )  # fmt: skip
    transaction.on_commit(queue.ring)
