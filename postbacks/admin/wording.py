"""States of triggers and templates in an operator's words."""

from __future__ import annotations

from dispatcher.console.wording import Standing, rule_standing
from dispatcher.models import Rule
from dispatcher.models.rules import Breaker
from postbacks.models import Template, Trigger


def trigger_standing(trigger: Trigger) -> Standing:
    """What a trigger does at present; `rule` must have been selected."""
    if trigger.status == Trigger.Status.DRAFT:
        return Standing("idle", "Draft", "It sends nothing yet. Activate it when it is complete.")
    if trigger.status == Trigger.Status.PAUSED:
        return Standing(
            "warn", "Paused", "Its deliveries are held; they are sent when you resume it."
        )
    if (
        trigger.rule.state == Rule.State.PAUSED
        or trigger.rule.breaker != Breaker.BreakerState.CLOSED
    ):
        return rule_standing(trigger.rule)
    return Standing("good", "Active", "It sends a delivery each time its event happens.")


def template_standing(template: Template) -> Standing:
    """Whether triggers may send by this template."""
    if template.status == Template.Status.ACTIVE:
        return Standing("good", "Active", "Triggers send by it.")
    return Standing("idle", "Draft", "Triggers that use it send nothing until it is active.")
