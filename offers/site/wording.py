"""Where postbacks and deliveries stand, in the words of somebody who promotes offers."""

from __future__ import annotations

from collections.abc import Mapping

from dispatcher.console.wording import Standing
from dispatcher.services import PLAIN_ERRORS, OwnDelivery
from dispatcher.types import Outcome
from offers.models import Conversion, Postback, PostbackEdit
from offers.services import is_paused

OUTCOMES: Mapping[str, str] = {
    Outcome.DELIVERED: "Your server accepted it.",
    Outcome.REJECTED: "Your server answered, but did not accept it.",
    Outcome.REDIRECTED: (
        "Your server answered with another address. Redirects are not followed: enter the final "
        "address in the postback."
    ),
    Outcome.TIMED_OUT: "Your server did not answer in time.",
    Outcome.NO_CONNECTION: "No connection to your server could be made. It may be down.",
    Outcome.NAME_NOT_FOUND: "The host name in the URL does not exist. Check its spelling.",
    Outcome.TLS_FAILED: "The certificate of your server is not valid, so nothing was sent.",
    Outcome.BAD_ANSWER: "What your server answered is not valid HTTP.",
    Outcome.TEMPLATE_ERROR: "The request could not be written. Check the postback's macros.",
    Outcome.CONFIGURATION_ERROR: "The request could not be written. Check the postback.",
    **PLAIN_ERRORS,
}

_CONVERSION_TONES = {"pending": "info", "done": "good", "rejected": "bad"}
_LIVE = Standing("good", "Live", "Conversions that meet its conditions are sent as they come.")


def conversion_standing(status: str) -> Standing:
    """A conversion's status as a badge."""
    label = dict(Conversion.Status.choices).get(status, status)
    return Standing(_CONVERSION_TONES.get(status, "idle"), str(label))


def postback_standing(postback: Postback) -> Standing:
    """Whether the postback is live, and if not, why; its `rule` must have been selected."""
    if postback.approval == Postback.Approval.PENDING:
        return Standing(
            "warn",
            "Waiting for approval",
            "Nothing is sent to it before your network has approved it.",
        )
    if postback.approval == Postback.Approval.REJECTED:
        return Standing(
            "bad", "Not approved", "Change what is wrong and save it: it is submitted again."
        )
    if not postback.is_active:
        return Standing("idle", "Switched off", "Nothing is sent for new conversions.")
    if is_paused(postback):
        reason = postback.rule.state_reason or "It was paused."
        return Standing("warn", "Paused", f"{reason} What comes for it is held, nothing is lost.")
    if postback.rule.breaker == "open":
        return Standing(
            "warn", "Resting", "It failed repeatedly; it is tried again by itself in a while."
        )
    return _LIVE


def edit_standing(edit: PostbackEdit | None) -> Standing | None:
    """What became of the last edit, while that is not live."""
    if edit is None:
        return None
    if edit.state == PostbackEdit.State.PENDING:
        return Standing(
            "warn", "Edit waits for approval", "Your earlier version stays live meanwhile."
        )
    return Standing("bad", "Edit not approved", "Your earlier version stays live.")


def edit_of(postback: Postback) -> PostbackEdit | None:
    """The edit that is not live; select it with the postback."""
    return getattr(postback, "edit", None)


def delivery_standing(delivery: OwnDelivery) -> Standing:
    """The state of a delivery."""
    if delivery.state == "pending":
        return _pending(delivery)
    if delivery.state == "delivered":
        return Standing("good", "Delivered", OUTCOMES[Outcome.DELIVERED])
    if delivery.state == "failed":
        return Standing("bad", "Failed", OUTCOMES.get(delivery.outcome, ""))
    return Standing("idle", "Canceled", "It was canceled and is not sent.")


def _pending(delivery: OwnDelivery) -> Standing:
    if delivery.is_sending:
        return Standing("info", "Sending now", "It is being sent at this moment.")
    if delivery.held:
        return Standing("warn", "Held", f"{delivery.held} It is sent afterwards.")
    if delivery.will_retry:
        last = OUTCOMES.get(delivery.outcome, "")
        return Standing("warn", "Will be tried again", f"The last attempt failed. {last}")
    return Standing("info", "Waiting", "It is sent as soon as it is its turn.")


def outcome_label(outcome: str) -> str:
    """How an attempt ended, in a few words."""
    labels: Mapping[str, str] = {str(value): str(label) for value, label in Outcome.choices}
    return labels.get(outcome, "Unknown").replace("the receiver", "your server")
