"""Rules, their routes and credentials; pausing and resuming what waits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from dispatcher import signals
from dispatcher.models import (
    BulkJob,
    Delivery,
    Destination,
    OwnerHold,
    Route,
    Rule,
    Transition,
)
from dispatcher.services import jobs
from dispatcher.sql import now

MOST_CANCELED = 10_000  # in one statement

Credentials = Mapping[str, Any]
"""What is added to each attempt and stored encrypted:

`headers` a list of [name, value] pairs; `authorization` a header value; `signing` a list of
`{"secret": "whsec_…", "until": ISO time or null}`, newest first; `secrets` the parts of a chat
channel's address that nobody may read, by their name in it.
"""


def create_rule(*, kind: str, name: str, owner: str = "", link: str = "") -> Rule:
    """The identity of a new trigger, postback or channel."""
    return Rule.objects.create(kind=kind, name=name, owner=owner, link=link)


def rule_for_tests(*, kind: str, name: str, link: str) -> Rule:
    """The rule that tests of what has no rule of its own are sent by, ready to send.

    One per kind and link; a pause after failed tests ends, so that a test never waits for it.
    """
    rule = Rule.objects.filter(kind=kind, link=link).order_by("pk").first()
    if rule is None:
        return create_rule(kind=kind, name=name, link=link)
    Rule.objects.filter(pk=rule.pk).update(
        name=name, state=Rule.State.ACTIVE, state_reason="", **_closed_breaker()
    )
    return rule


def update_rule(rule_id: int, *, name: str, owner: str, link: str) -> None:
    """Keep what the ledgers show of a rule as its owning app has it."""
    _keep(rule_id, name=name, owner=owner, link=link)


def _keep(rule_id: int, **values: Any) -> None:
    """Write what is not so yet: a configuration saved as it was writes nothing here."""
    if not Rule.objects.filter(pk=rule_id, **values).exists():
        Rule.objects.filter(pk=rule_id).update(**values)


def destination_for(key: str) -> Destination:
    """The destination of this scheme, host and port (or mail server), made when it is new."""
    return Destination.objects.get_or_create(key=key)[0]


def destination_key(destination_id: int) -> str:
    """As https://example.com:443; empty for one that there is not."""
    found = Destination.objects.filter(pk=destination_id).values_list("key", flat=True)
    return found.first() or ""


@transaction.atomic
def save_route(
    *,
    rule: Rule,
    transport: str,
    destination: str,
    spec: Mapping[str, Any],
    retry_policy: Mapping[str, Any],
    is_ordered: bool = False,
    delay: int = 0,
    made_from: str = "",
    by: Any = None,
    is_current: bool = True,
) -> Route:
    """The rule's current route from now on: a new revision, or an earlier one with this content.

    `destination` is an origin such as `https://example.com:443`. Deliveries made before keep
    the route they were made with. Not `is_current`: only for what names it, such as a test.
    """
    content = [transport, destination, spec, retry_policy, is_ordered, delay, made_from]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    route, _ = Route.objects.get_or_create(
        rule=rule,
        digest=digest,
        defaults={
            "transport": transport,
            "destination": destination_for(destination) if destination else None,
            "spec": spec,
            "retry_policy": retry_policy,
            "is_ordered": is_ordered,
            "delay": delay,
            "made_from": made_from,
            "created_by": by,
        },
    )
    if is_current:
        _keep(rule.pk, route=route)
        rule.route = route
    return route


def save_credentials(rule: Rule, credentials: Credentials) -> None:
    """Replace the rule's credentials; attempts that start from now on use the new ones."""
    rule.credentials = dict(credentials)
    Rule.objects.filter(pk=rule.pk).update(credentials=rule.credentials, version=F("version") + 1)


def pause_rule(rule_id: int, *, reason: str, is_gone: bool = False) -> bool:
    """Hold everything of this rule, also what is already waiting. False if it was not active.

    `is_gone`: because its receiver wants no more.
    """
    was_active = Rule.objects.filter(pk=rule_id, state=Rule.State.ACTIVE)
    if not was_active.update(state=Rule.State.PAUSED, state_reason=reason[:255]):
        return False
    _note(Transition.Kind.PAUSED, reason, rule_id=rule_id)
    news = partial(
        signals.rule_paused.send_robust, Rule, rule_id=rule_id, reason=reason, is_gone=is_gone
    )
    _tell(news)
    return True


@transaction.atomic
def resume_rule(rule_id: int) -> None:
    """Send what was held, and what comes; a pause by failures ends as well."""
    jobs.stop_discarding(rule_id=rule_id)  # first, as jobs lock: no deadlock with one that ends
    Rule.objects.filter(pk=rule_id).update(
        state=Rule.State.ACTIVE, state_reason="", **_closed_breaker()
    )
    _note(Transition.Kind.RESUMED, rule_id=rule_id)
    jobs.let_go(rule_id=rule_id)
    _tell(partial(signals.rule_resumed.send_robust, Rule, rule_id=rule_id))


@transaction.atomic
def archive_rule(rule_id: int, *, reason: str = "The rule was deleted.") -> int:
    """End a rule for good; what waits is canceled. Returns how many deliveries that were."""
    Rule.objects.filter(pk=rule_id).update(
        state=Rule.State.ARCHIVED, state_reason=reason[:255], **_closed_breaker()
    )
    return _cancel(rule_id=rule_id)


@transaction.atomic
def discard_held(rule_id: int) -> int:
    """Give up what a paused rule has held, then let it go on; returns how many are canceled.

    Some thousands at once; with more, it stays paused until a job has canceled the others, so that
    none is sent. Counting stops at `MOST_COUNTED` of the jobs.
    """
    canceled = _cancel(rule_id=rule_id)
    others = waiting_for(rule_id, most=jobs.MOST_COUNTED)
    if not others:
        resume_rule(rule_id)
        return canceled
    reason = "What was held is being canceled. Then it goes on by itself."
    Rule.objects.filter(pk=rule_id).update(state_reason=reason)
    jobs.discard(rule_id=rule_id)
    return canceled + others


def _go_on(selection: Mapping[str, Any]) -> None:
    """After a discard: unless somebody has resumed or deleted it meanwhile."""
    paused = Rule.objects.select_for_update().filter(state=Rule.State.PAUSED)
    rule = paused.filter(pk=selection["rule_id"]).defer("credentials").first()
    if rule is not None:
        resume_rule(rule.pk)


jobs.at_end(BulkJob.Verb.DISCARD, _go_on)


def waiting_for(rule_id: int, *, most: int = 10_000) -> int:
    """How many deliveries wait for this rule; counting stops at `most`."""
    pending = Delivery.objects.filter(state=Delivery.State.PENDING, rule_id=rule_id)
    return pending.values("pk")[:most].count()


def hold_owner(owner: str, *, reason: str) -> None:
    """Hold everything that belongs to this owner, by whatever rule."""
    OwnerHold.objects.update_or_create(owner=owner, defaults={"reason": reason[:255]})


@transaction.atomic
def release_owner(owner: str) -> None:
    """Send what was held because of its owner."""
    OwnerHold.objects.filter(pk=owner).delete()
    jobs.let_go(owner=owner)


@transaction.atomic
def cancel_owner(owner: str, *, reason: str) -> int:
    """Give up everything that waits for this owner, or ever comes; how many are canceled at once.

    A final hold stays: nothing is sent, and the sweep cancels what is left and what comes late.
    """
    OwnerHold.objects.update_or_create(
        owner=owner, defaults={"reason": reason[:255], "is_final": True}
    )
    return _cancel(owner=owner)


def pause_destination(destination_id: int, *, by: Any = None) -> None:
    """Hold everything that goes to this destination, until it is resumed by hand."""
    Destination.objects.filter(pk=destination_id).update(state=Destination.State.PAUSED)
    _note(Transition.Kind.PAUSED, destination_id=destination_id, by=by)
    _tell(
        partial(signals.destination_paused.send_robust, Destination, destination_id=destination_id)
    )


@transaction.atomic
def resume_destination(destination_id: int, *, by: Any = None) -> None:
    """Send what was held for this destination."""
    Destination.objects.filter(pk=destination_id).update(
        state=Destination.State.ACTIVE, **_closed_breaker()
    )
    _note(Transition.Kind.RESUMED, destination_id=destination_id, by=by)
    jobs.let_go(destination_id=destination_id)
    _tell(
        partial(signals.destination_resumed.send_robust, Destination, destination_id=destination_id)
    )


def _note(kind: str, reason: str = "", *, by: Any = None, **whose: int) -> None:
    """Keep it in the history that operators see."""
    Transition.objects.create(kind=kind, reason=reason[:255], at=now(), by=by, **whose)


def _cancel(**whose: Any) -> int:
    """At most some thousands here; the others are parked and canceled by the sweep, or a job."""
    pending = Delivery.objects.filter(state=Delivery.State.PENDING, **whose)
    first = list(pending.order_by("pk").values_list("pk", flat=True)[:MOST_CANCELED])
    return pending.filter(pk__in=first).update(state=Delivery.State.CANCELED, finished_at=now())


def _tell(send: Callable[[], Any]) -> None:
    transaction.on_commit(send, robust=True)


def _closed_breaker() -> dict[str, Any]:
    return {
        "breaker": Rule.BreakerState.CLOSED,
        "breaker_since": None,
        "breaker_until": None,
        "breaker_pause": 0,
        "window_started_at": None,
        "window_failures": 0,
        "window_successes": 0,
    }
