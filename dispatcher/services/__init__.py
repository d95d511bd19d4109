"""The dispatcher's front door: what domain apps may call."""

from dispatcher.services.emission import emit, emit_many
from dispatcher.services.past import PastEvent, past_event, past_events
from dispatcher.services.resending import cancel, resend, resend_current
from dispatcher.services.rules import (
    archive_rule,
    cancel_owner,
    create_rule,
    destination_for,
    hold_owner,
    pause_destination,
    pause_rule,
    release_owner,
    resume_destination,
    resume_rule,
    rule_for_tests,
    save_credentials,
    save_route,
    update_rule,
)

__all__ = [
    "PastEvent",
    "archive_rule",
    "cancel",
    "cancel_owner",
    "create_rule",
    "destination_for",
    "emit",
    "emit_many",
    "hold_owner",
    "past_event",
    "past_events",
    "pause_destination",
    "pause_rule",
    "release_owner",
    "resend",
    "resend_current",
    "resume_destination",
    "resume_rule",
    "rule_for_tests",
    "save_credentials",
    "save_route",
    "update_rule",
]
