"""What became of the deliveries that a job sent again, made or canceled: as they stand now."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from dispatcher import sql
from dispatcher.admin.waiting import MOST
from dispatcher.models import BulkJob
from dispatcher.selecting.holds import DESTINATION_HOLDS, HOLDERS, OWNER_HOLDS, RULE_HOLDS

DONE_WORDS = {
    BulkJob.Verb.RESEND: "handed over to be sent again",
    BulkJob.Verb.CURRENT: "handed over to be sent again, as new deliveries",
    BulkJob.Verb.CANCEL: "canceled",
}
_STATES = (("delivered", "Delivered"), ("failed", "Failed"), ("pending", "Waiting"),
           ("held", "Held, among those that wait"), ("canceled", "Canceled"))  # fmt: skip
_NOW = f"""
    SELECT those.state, amount, {RULE_HOLDS} OR {DESTINATION_HOLDS} OR {OWNER_HOLDS} FROM (
        SELECT state, rule_id, destination_id, owner, count(*) AS amount FROM (
            SELECT state, rule_id, destination_id, owner FROM dispatcher_delivery
            WHERE job_id = %s LIMIT %s) AS looked_at
        GROUP BY state, rule_id, destination_id, owner) AS those
    {HOLDERS}
"""  # noqa: S608 - no input


def results(job: BulkJob) -> dict[str, Any]:
    """How many of its deliveries are in which state, each with its list; bounded."""
    states = _states(job)
    found = sum(count for state, count in states.items() if state != "held")
    plus = "+" if found > MOST else ""
    lost = job.done - found
    return {
        "done_words": DONE_WORDS.get(BulkJob.Verb(job.verb), "done"),
        "untouched": _untouched(job),
        "held": _held(states["held"], plus),
        "is_waiting": bool(states["pending"]),
        "became": [
            (label, f"{min(states[state], MOST):,}{plus}", _list(job, state))
            for state, label in _STATES
            if states[state]
        ],
        "lost": lost if lost > 0 and not plus else 0,
        "its_url": _list(job) if found else "",
    }


def _states(job: BulkJob) -> Counter[str]:
    found: Counter[str] = Counter()
    for state, count, is_held in sql.fetch(_NOW, [job.pk, MOST + 1]):
        found[state] += count
        if state == "pending" and is_held:
            found["held"] += count
    return found


def _held(count: int, plus: str) -> str:
    words = f"{min(count, MOST):,}{plus}"
    verb = "is" if words == "1" else "are"
    return f"{words} of them {verb} held at this moment." if count else ""


def _untouched(job: BulkJob) -> str:
    """How many a job that was stopped did not come to."""
    if job.state != BulkJob.State.STOPPED or job.verb not in DONE_WORDS:
        return ""
    if job.is_capped:
        return "The others were not touched."
    left = max(0, job.total - job.done - job.passed_over)
    words = "1 was" if left == 1 else f"{left:,} were"
    return f"{words} not touched." if left else ""


def _list(job: BulkJob, state: str = "") -> str:
    query = {"job": job.pk, **({"state": state} if state else {})}
    return f"{reverse('admin:dispatcher_delivery_changelist')}?{urlencode(query)}"
