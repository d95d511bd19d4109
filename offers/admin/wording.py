"""States of affiliates, offers, postbacks and conversions in an operator's words."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatcher.console import display
from dispatcher.console.wording import Standing, rule_standing
from dispatcher.models import Rule
from dispatcher.models.rules import Breaker
from offers.models import Affiliate, Conversion, Goal, Offer, Postback, PostbackEdit

_AFFILIATES = {
    Affiliate.Status.ACTIVE: Standing("good", "Active", "Its postbacks are sent."),
    Affiliate.Status.PENDING: Standing(
        "warn", "Pending", "Nothing of it is sent until somebody activates it."
    ),
    Affiliate.Status.BLOCKED: Standing(
        "bad", "Blocked", "Nothing of it is sent; what waits is held."
    ),
}
_OFFERS = {
    Offer.Status.ACTIVE: Standing("good", "Active", "Its conversions make postbacks fire."),
    Offer.Status.PAUSED: Standing("warn", "Paused", "Conversions are counted, nothing is sent."),
    Offer.Status.DISABLED: Standing(
        "idle", "Disabled", "Conversions are counted, nothing is sent."
    ),
}
_CONVERSIONS = {
    Conversion.Status.DONE: Standing("good", "Done"),
    Conversion.Status.PENDING: Standing("info", "Pending"),
    Conversion.Status.REJECTED: Standing("bad", "Rejected"),
}


def affiliate_standing(affiliate: Affiliate) -> Standing:
    """Whether anything of this affiliate is sent."""
    return _AFFILIATES[Affiliate.Status(affiliate.status)]


def offer_standing(offer: Offer) -> Standing:
    """Whether conversions of this offer make postbacks fire."""
    return _OFFERS[Offer.Status(offer.status)]


def status_badge(status: str) -> SafeString | str:
    """The status of a conversion as a badge."""
    known = _CONVERSIONS.get(Conversion.Status(status)) if status else None
    return display.badge(known) if known else display.NOTHING


def postback_standing(postback: Postback) -> Standing:
    """What a postback does at present; `rule` must have been selected, `edit` if there is one."""
    if postback.approval == Postback.Approval.PENDING:
        return Standing("warn", "Waiting for approval", "It sends nothing until it is approved.")
    if postback.approval == Postback.Approval.REJECTED:
        return Standing("bad", "Not approved", postback.approval_note or "It sends nothing.")
    if not postback.is_active:
        return Standing("idle", "Not active", "It sends nothing. What waited is held.")
    if postback.rule.state == Rule.State.PAUSED:
        reason = postback.rule.state_reason or "Somebody paused it."
        return Standing("warn", "Paused", f"{reason} What comes for it is held.")
    if postback.rule.breaker != Breaker.BreakerState.CLOSED:
        return rule_standing(postback.rule)
    return Standing("good", "Active", "It is sent each time its conditions are met.")


def waiting_edit(postback: Postback) -> PostbackEdit | None:
    """The affiliate's edit that an operator has to decide on."""
    edit: PostbackEdit | None = getattr(postback, "edit", None)
    return edit if edit and edit.state == PostbackEdit.State.PENDING else None


def goal_label(goal: Goal | None, nothing: str) -> SafeString | str:
    """A goal by name, the default one with a mark."""
    if goal is None:
        return nothing
    if goal.is_default:
        return format_html('{} <span class="pb-chip">{}</span>', goal.name, "Default")
    return goal.name
