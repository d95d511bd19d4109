"""Firing a trigger by hand, to see what its receiver gets."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError

from dispatcher import services as dispatcher
from dispatcher.types import Match, NewEvent, Plan
from postbacks import payloads
from postbacks.events import sample_payload
from postbacks.models import Trigger
from postbacks.routing import compile_trigger
from postbacks.services.saving import Author

ENDPOINT = "trigger-test"


def test_trigger(  # a verb of ours, not one of pytest's tests
    *,
    trigger: Trigger,
    payload: str = "",  # noqa: PT028
    by: Author = None,  # noqa: PT028
) -> UUID:
    """Emit an event that this trigger alone sends, by its saved configuration; its delivery's id.

    `payload` is JSON text; empty means the template's own sample if it is of this event, else the
    event's. Drafts may be tested. Raises ValidationError: keyed by field for what is not complete,
    in words for a trigger or customer whose deliveries are held.
    """
    trigger = Trigger.objects.select_related("rule__route", "template", "customer").get(
        pk=trigger.pk
    )
    _check(trigger)
    text = payload or sample_for(trigger)
    event = NewEvent(
        type=trigger.event,
        payload=text,
        emitter=f"user:{by.pk}" if by and by.pk else "system",
        endpoint=ENDPOINT,
        subject=payloads.default_subject(payloads.parse_payload(text)),
        owner=trigger.customer.owner if trigger.customer else "",
        is_test=True,
    )
    payloads.check_subject(event.subject)
    plan = _plan(trigger)
    emitted = dispatcher.emit(event, lambda events: [plan for _ in events])
    return emitted.deliveries[0].id


def sample_for(trigger: Trigger) -> str:
    """The JSON text that this trigger is tried with."""
    template = trigger.template
    if template and template.sample and template.event in {"", trigger.event}:
        return template.sample
    return sample_payload(trigger.event)


def _check(trigger: Trigger) -> None:
    compile_trigger(trigger)  # says what is missing
    if trigger.status == Trigger.Status.PAUSED:
        message = "The trigger is paused, so a test would wait with the rest. Resume it first."
        raise ValidationError({"status": message})
    if trigger.customer and not trigger.customer.is_active:
        message = f"{trigger.customer} is inactive, so nothing of it is sent. Activate it first."
        raise ValidationError({"customer": message})


def _plan(trigger: Trigger) -> Plan:
    """Its route and no other; in no order, so that a test never waits for a real delivery."""
    route = trigger.rule.route
    assert route is not None  # noqa: S101 - a complete trigger was given its route when saved
    match = Match(rule_id=trigger.rule_id, route_id=route.pk, destination_id=route.destination_id)
    return Plan(matches=[match])
