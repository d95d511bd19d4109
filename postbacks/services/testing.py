"""Sending by hand, to see what a receiver gets: a trigger as saved, or a template being written."""

from __future__ import annotations

from copy import copy
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.urls import reverse

from dispatcher import checks, http, mail
from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from dispatcher.types import Match, NewEvent, Plan
from postbacks.events import sample_payload
from postbacks.models import Template, Trigger
from postbacks.routing import compile_trigger
from postbacks.subjects import default_subject

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
        subject=default_subject(checks.parse_payload(text)),
        owner=trigger.customer.owner if trigger.customer else "",
        is_test=True,
    )
    checks.check_subject(event.subject)
    plan = _plan(trigger)
    emitted = dispatcher.emit(event, lambda events: [plan for _ in events])
    return emitted.deliveries[0].id


def test_template(
    *,
    template: Template,
    payload: str,
    target: Trigger,
    by: Author = None,  # noqa: PT028
) -> UUID:
    """Send a template as it is in memory, saved or not, once; the id of the delivery.

    `target` is a saved trigger, whose addresses, headers and secrets are used, or an unsaved one
    with nothing but `event`, `customer` and where to: `url` and `http_method`, or for an e-mail
    `method_kind` and `to`. What it sends otherwise does not change.
    Raises ValidationError, keyed by field.
    """
    _check_target(template, target)
    text = checks.parse_payload(payload)
    written = copy(template)
    written.pk = template.pk or 0
    sender = copy(target)
    sender.template, sender.format, sender.retry_on_failure = written, template.format, False
    arguments = compile_trigger(sender)
    if not _is_saved(template):
        arguments["made_from"] = ""
    rule = target.rule if target.pk else _rule_for(template)
    route = dispatcher.save_route(
        rule=rule, by=saving.known(by), is_current=target.pk is None, **arguments
    )
    customer = target.customer or template.customer
    event = NewEvent(
        type=target.event,
        payload=payload,
        emitter=f"user:{by.pk}" if by and by.pk else "system",
        endpoint=ENDPOINT,
        subject=default_subject(text),
        owner=customer.owner if customer else "",
        is_test=True,
    )
    checks.check_subject(event.subject)
    match = Match(rule_id=rule.pk, route_id=route.pk, destination_id=route.destination_id)
    return dispatcher.emit(event, lambda _: [Plan(matches=[match])]).deliveries[0].id


def _check_target(template: Template, target: Trigger) -> None:
    is_email = template.kind == Template.Kind.EMAIL
    if target.is_email != is_email:
        message = "This trigger sends something else. Choose another one, or give an address."
        raise ValidationError({"method_kind": message})
    if is_email:
        _check_email(template, target)
    else:
        _check_document(template, target)
    if target.pk:
        _check_not_held(target)


def _check_document(template: Template, target: Trigger) -> None:
    problem = http.validate_url(target.url) if target.url else "Give the address to send it to."
    if problem:
        raise ValidationError({"url": problem})
    if not template.body.strip():
        raise ValidationError({"body": "The template is empty. Write it first."})


def _check_email(template: Template, target: Trigger) -> None:
    addresses = mail.split_addresses(target.to)
    if not addresses:
        raise ValidationError({"to": "Give the e-mail address to send it to."})
    problems = [problem for one in addresses if (problem := mail.check_address(one))]
    if problems:
        raise ValidationError({"to": problems[0]})
    if not template.subject.strip():
        raise ValidationError({"subject": "The subject is empty. Write it first."})
    if not (template.text.strip() or template.html.strip()):
        raise ValidationError({"text": "Write the text, the HTML or both first."})


def _is_saved(template: Template) -> bool:
    """Whether the current version holds exactly this text."""
    same = {name: getattr(template, name) for name in Template.RENDERING}
    return bool(template.pk) and Template.objects.filter(pk=template.pk, **same).exists()


def _rule_for(template: Template) -> Any:
    link = reverse("admin:index") + "postbacks/template/"
    link += f"{template.pk}/change/" if template.pk else "add/"
    name = f"Tests of {template.name or 'a new template'}"[:255]
    return dispatcher.rule_for_tests(kind="template", name=name, link=link)


def sample_for(trigger: Trigger) -> str:
    """The JSON text that this trigger is tried with."""
    template = trigger.template
    if template and template.sample and template.event in {"", trigger.event}:
        return template.sample
    return sample_payload(trigger.event)


def _check(trigger: Trigger) -> None:
    compile_trigger(trigger)  # says what is missing
    _check_not_held(trigger)


def _check_not_held(trigger: Trigger) -> None:
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
