"""Who may call what of the API, written by hand, as `rights` is for pages.

Each caller has a token of their own with every scope that their role may have; the affiliate's
is restricted to that affiliate.
"""

from __future__ import annotations

from rights import (
    ADMINISTRATOR,
    AFFILIATE,
    BUILDS,
    DEVELOPER,
    LOOKS,
    NOBODY,
    OPERATOR,
    RUNS,
    SUPERUSER,
    VIEWER,
    WORKS,
)

TOKENS = {
    VIEWER: {"read"},
    DEVELOPER: {"emit", "read"},
    OPERATOR: {"read", "configure"},
    ADMINISTRATOR: {"emit", "read", "configure"},
    SUPERUSER: {"emit", "read", "configure"},
}
"""The scopes that a token of somebody may be made with."""

EMITS = BUILDS
SENDS_AGAIN = EMITS | WORKS
"""By a token that emits as well: not once its owner may neither emit nor send again."""

OWN = frozenset({AFFILIATE})

RESOURCES = {
    "affiliate", "channel", "customer", "goal", "lookup", "offer", "outgoing-server", "postback",
    "subscription", "template", "trigger",
}  # fmt: skip
"""What is configured: whoever looks may read it, whoever works may change it."""

READ_BY_AFFILIATES = {"affiliate", "offer", "goal", "postback"}
CHANGED_BY_AFFILIATES = {"postback"}

CALLS = {
    "POST conversion-batch": EMITS,
    "GET conversion-detail": LOOKS | OWN,
    "PATCH conversion-detail": EMITS,
    "POST conversion-import": EMITS,
    "GET conversion-list": LOOKS | OWN,
    "POST conversion-list": EMITS,
    "GET delivery-detail": LOOKS,
    "GET delivery-list": LOOKS | OWN,
    "POST delivery-resend": SENDS_AGAIN,
    "POST delivery-resend-many": SENDS_AGAIN | OWN,
    "GET erasure-detail": LOOKS,
    "GET erasure-list": LOOKS,
    "POST erasure-list": RUNS,
    "GET event-detail": LOOKS,
    "GET event-list": LOOKS | OWN,
    "POST channel-test": WORKS,
    "POST fact-contact-saved": EMITS,
    "POST fact-product-conflict": EMITS,
    "POST fact-refund": EMITS,
    "POST fact-subscription-canceled": EMITS,
    "POST fact-survey-completed": EMITS,
    "POST fact-thank-you": EMITS,
    "POST fact-tracking": EMITS,
    "POST fact-transaction": EMITS,
    "GET lookup-rows": LOOKS,
    "PATCH lookup-rows": WORKS,
    "PUT lookup-rows": WORKS,
    "GET order-detail": LOOKS,
    "POST order-events": EMITS,
    "POST order-events-batch": EMITS,
    "GET order-list": LOOKS,
    "POST order-retry": SENDS_AGAIN,
    "POST outgoing-server-test": WORKS,
    "POST postback-approve": WORKS,
    "POST postback-reject": WORKS,
    "POST postback-resume": WORKS | OWN,
    "POST postback-test": WORKS | OWN,
    "GET system-event": LOOKS,
    "PATCH system-event": WORKS,
    "GET system-event-samples": LOOKS,
    "GET system-events": LOOKS,
    "POST system-events": EMITS,
    "POST system-events-batch": EMITS,
    "GET template-ready": LOOKS,
    "POST template-past": WORKS,
    "POST template-render-one": WORKS,
    "POST template-restore": WORKS,
    "POST template-test": WORKS,
    "GET template-versions": LOOKS,
    "POST trigger-duplicate": WORKS,
    "POST trigger-test": WORKS,
}
"""By method and name: every call that is not one of a resource's own five."""

BY_EMITTING = {"delivery-resend", "delivery-resend-many", "order-retry"}
"""Calls that a token with the scope `emit` alone makes, and whose owner is looked at each time."""


def may_call(method, name):
    """Who may; raises KeyError for a call that nobody has decided on."""
    basename, _, verb = name.rpartition("-")
    if verb not in {"list", "detail"} or basename not in RESOURCES:
        return CALLS[f"{method} {name}"]
    if method == "GET":
        return LOOKS | (OWN if basename in READ_BY_AFFILIATES else NOBODY)
    return WORKS | (OWN if basename in CHANGED_BY_AFFILIATES else NOBODY)
