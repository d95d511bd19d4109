"""Which channels an event goes to, and how an attached channel becomes what is sent."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from django.conf import settings
from django.db import connection

from dispatcher.types import Match, NewEvent, Outcome, Plan, SkipMatch
from notifications import kinds, messages
from notifications.contracts import Compiled
from notifications.models import Attachment

MOST_RETRIES = 3  # spec section 4
RETRIED = (Outcome.REJECTED, Outcome.NO_CONNECTION, Outcome.NAME_NOT_FOUND)
"""Never what took too long, nor what is wrong with certificate, address or message."""

_MATCH = """
    SELECT a.event, a.sources, c.is_active, s.is_on, a.rule_id, o.id, o.destination_id
    FROM notifications_attachment a
    JOIN notifications_channel c ON c.id = a.channel_id
    JOIN dispatcher_rule r ON r.id = a.rule_id
    LEFT JOIN dispatcher_route o ON o.id = r.route_id
    LEFT JOIN notifications_systemevent s ON s.event = a.event
    WHERE a.event IN ({events})
    ORDER BY a.id
"""


class RouteArguments(TypedDict):
    """The arguments of `dispatcher.services.save_route` that an attached channel decides."""

    transport: str
    destination: str
    spec: dict[str, Any]
    retry_policy: dict[str, Any]
    made_from: str


def compile_attachment(attachment: Attachment) -> tuple[RouteArguments, Mapping[str, Any]]:
    """What is sent to this channel for this event, and the rule's credentials for it.

    For delivery, Test and preview alike. Only the credentials hold secrets.
    """
    channel = attachment.channel
    compiled = kinds.kind(channel.kind).compile(
        channel.config,
        channel.secret,
        event=attachment.event,
        message=messages.message_for(attachment.event),
    )
    return _arguments(compiled), compiled.credentials


def _arguments(compiled: Compiled) -> RouteArguments:
    return {
        "transport": compiled.transport,
        "destination": compiled.destination,
        "spec": {**compiled.spec, "deadline": settings.NOTIFICATIONS_DEADLINE},
        "retry_policy": retry_policy(compiled.retried_statuses),
        "made_from": compiled.made_from,
    }


def retry_policy(statuses: Sequence[int] | None = None) -> dict[str, Any]:
    """At most three retries, and only after the listed statuses or where nobody could answer."""
    listed = settings.NOTIFICATIONS_RETRY_STATUSES if statuses is None else statuses
    return {
        "delays": list(settings.NOTIFICATIONS_RETRY_DELAYS)[:MOST_RETRIES],
        "statuses": sorted(listed),
        "outcomes": [outcome.value for outcome in RETRIED],
    }


@dataclass(frozen=True, slots=True)
class _Found:
    """An attached channel, as one row of the query."""

    sources: frozenset[str]
    is_active: bool
    is_on: bool
    rule: int
    route: int | None
    destination: int | None


def match(events: Sequence[NewEvent]) -> list[Plan]:
    """What each event causes, in their order; one query for all of them."""
    found = _find({event.type for event in events})
    return [_plan(found.get(event.type, ()), event) for event in events]


def _find(types: set[str]) -> Mapping[str, Sequence[_Found]]:
    marks = ", ".join(["%s"] * len(types))
    found: dict[str, list[_Found]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_MATCH.format(events=marks), sorted(types))
        for event_type, sources, is_active, is_on, *ids in cursor.fetchall():
            known = json.loads(sources) if isinstance(sources, str) else sources
            switched = is_on is None or bool(is_on)
            one = _Found(frozenset(known), bool(is_active), switched, *ids)
            found[event_type].append(one)
    return found


def _plan(attached: Sequence[_Found], event: NewEvent) -> Plan:
    judged = [_judge(one, event.source) for one in attached]
    return Plan(
        matches=[one for one in judged if isinstance(one, Match)],
        skips=[one for one in judged if isinstance(one, SkipMatch)],
    )


def _judge(one: _Found, source: str) -> Match | SkipMatch:
    if not one.is_on:
        return SkipMatch(one.rule, "The event is switched off")
    if one.sources and source and source not in one.sources:
        names = ", ".join(sorted(one.sources))
        return SkipMatch(one.rule, f"Source filtered out: the channel is attached for {names}")
    if not one.is_active:
        return SkipMatch(one.rule, "Channel is inactive")
    if one.route is None:
        return SkipMatch(one.rule, "Channel is not complete")
    return Match(one.rule, one.route, one.destination)
