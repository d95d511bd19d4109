"""States of channels in an operator's words."""

from __future__ import annotations

from collections.abc import Iterable

from dispatcher.console import display
from dispatcher.console.wording import Standing, destination_standing, rule_standing
from dispatcher.models import Rule
from notifications.models import Channel, Order

GOOD = Standing("good", "Active", "It is sent to whenever one of its events happens.")


def waiting_standing(order: Order) -> Standing:
    """What an order waits for that has not been told to be completed; its due time must be set."""
    when = display.until(order.complete_due_at) if order.complete_due_at else "now"
    return Standing(
        "info",
        "Waiting for the thank-you page",
        f"“Order completed” fires when it is reached, or else {when}.",
    )


def channel_standing(channel: Channel, rules: Iterable[Rule]) -> Standing:
    """What a channel does at present, by the rules that it is attached by.

    `route__destination` of the rules must have been selected.
    """
    rules = list(rules)
    if not channel.is_active:
        return Standing("idle", "Inactive", "Nothing is sent to it until somebody activates it.")
    if not rules:
        return Standing("info", "Not attached", "Attach it to an event: then it is sent to.")
    troubled = [one for one in map(health, rules) if one.tone != "good"]
    if not troubled:
        return GOOD
    return min(troubled, key=lambda one: one.tone != "bad")


def health(rule: Rule) -> Standing:
    """The state of one rule, or else of the destination that it sends to."""
    standing = rule_standing(rule)
    destination = rule.route.destination if rule.route else None
    if standing.tone == "good" and destination is not None:
        return destination_standing(destination)
    return standing
