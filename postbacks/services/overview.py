"""What an operator should see of triggers at a glance, and before one is activated."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError

from dispatcher import services as dispatcher
from dispatcher.services import RuleHealth
from postbacks.models import Template, Trigger
from postbacks.routing import compile_trigger


def trigger_health(triggers: Iterable[Trigger]) -> dict[int, RuleHealth]:
    """How each of these triggers has been doing, by its key; two statements for all of them."""
    rows = list(triggers)
    health = dispatcher.rules_health([row.rule_id for row in rows])
    return {row.pk: health.get(row.rule_id, RuleHealth()) for row in rows}


def activation_notes(trigger: Trigger) -> list[str]:
    """What is worth knowing before this trigger is activated, in words; nothing of it forbids to.

    What does forbid it is said by `set_trigger_status`. `trigger` may be unsaved.
    """
    notes = []
    template, customer = trigger.template, trigger.customer
    if template is not None and template.status != Template.Status.ACTIVE:
        notes.append(
            f"The template “{template}” is a draft, so nothing is sent until it is activated."
        )
    if customer is not None and not customer.is_active:
        notes.append(
            f"The customer “{customer}” is inactive, so nothing is sent until it is active."
        )
    return notes + _test_notes(trigger)


def _test_notes(trigger: Trigger) -> list[str]:
    try:
        spec = compile_trigger(trigger)["spec"]
    except ValidationError:  # not complete: there is nothing yet that could be tested
        return []
    test = dispatcher.last_test(trigger.rule_id, spec=spec) if trigger.pk else None
    if test is None:
        return ["It was not tested since it, or its template, was last changed. Press Test first."]
    if test.state == "pending":
        return ["Its last test is still on its way. See how it ends first."]
    if test.state != "delivered":
        why = f" ({test.explanation.lower()})" if test.explanation else ""
        return [f"Its last test failed{why}. See what was answered, and test it again."]
    return []
