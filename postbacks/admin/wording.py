"""States of triggers and templates in an operator's words."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatcher.console import display
from dispatcher.console.wording import Standing, rule_standing
from dispatcher.models import Rule
from dispatcher.models.rules import Breaker
from dispatcher.services import RuleHealth
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


def health_words(health: RuleHealth) -> SafeString:
    """When it last sent, how that ended, and how much of its newest hundred arrived."""
    if health.last_at is None:
        return format_html('<span class="pb-quiet">{}</span>', "nothing sent yet")
    return format_html(
        '<div class="pb-two"><span class="pb-badge pb-{}">{}</span>'
        '<span class="pb-quiet">{} · {}</span></div>',
        _TONES.get(health.last_state, "idle"),
        last_word(health),
        display.moment(health.last_at),
        success_words(health),
    )


def success_words(health: RuleHealth) -> str:
    """Such as "98 of 100 arrived": of those of the newest hundred that have ended."""
    ended = health.delivered + health.failed
    if ended:
        return f"{health.delivered} of {ended} arrived"
    if health.is_whole:
        return "none has ended yet"
    return f"none of the newest {health.looked_at} has ended"


def last_word(health: RuleHealth) -> str:
    """How its newest delivery ended, or that it has not."""
    return _LAST.get(health.last_state, health.last_state)


_TONES = {"delivered": "good", "failed": "bad", "pending": "info", "canceled": "idle"}
_LAST = {"delivered": "Delivered", "failed": "Failed", "pending": "Waiting", "canceled": "Canceled"}
