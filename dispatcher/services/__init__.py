"""The dispatcher's front door: what domain apps may call."""

from dispatcher.services import (
    jobs,
)
from dispatcher.services.about import (
    DeliveryNote,
    EventNote,
    Failure,
    SkipNote,
    events_about,
    failures,
    has_delivery,
    keys_with,
    retry_failed,
    states_about,
)
from dispatcher.services.emission import (
    emit,
    emit_many,
    emitted_earlier,
)
from dispatcher.services.failing import (
    failed_in_a_row,
    rules_of_failures,
)
from dispatcher.services.owned import (
    OwnFigures,
    deliveries_of,
    delivery_of,
    figures_of,
    resend_of,
)
from dispatcher.services.owned_rows import (
    PLAIN_ERRORS,
    OwnDelivery,
    OwnDeliveryDetail,
)
from dispatcher.services.past import (
    PastEvent,
    past_event,
    past_events,
)
from dispatcher.services.previewing import (
    MASK,
    PreviewedRequest,
    PreviewError,
    preview_callback,
)
from dispatcher.services.resending import (
    cancel,
    resend,
    resend_current,
)
from dispatcher.services.results import (
    DeliveryResult,
    result_of_test,
)
from dispatcher.services.rule_health import (
    RuleHealth,
    TestRun,
    last_test,
    rules_health,
)
from dispatcher.services.rules import (
    archive_rule,
    cancel_owner,
    create_rule,
    destination_for,
    destination_key,
    discard_held,
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
    waiting_for,
)
from dispatcher.services.tokens import (
    OwnToken,
    make_token,
    revoke_token,
    revoke_tokens,
    tokens_of,
)
from dispatcher.services.told import (
    emitted,
    known_keys,
    last_events,
)

__all__ = [
    "MASK",
    "PLAIN_ERRORS",
    "DeliveryNote",
    "DeliveryResult",
    "EventNote",
    "Failure",
    "OwnDelivery",
    "OwnDeliveryDetail",
    "OwnFigures",
    "OwnToken",
    "PastEvent",
    "PreviewError",
    "PreviewedRequest",
    "RuleHealth",
    "SkipNote",
    "TestRun",
    "archive_rule",
    "cancel",
    "cancel_owner",
    "create_rule",
    "deliveries_of",
    "delivery_of",
    "destination_for",
    "destination_key",
    "discard_held",
    "emit",
    "emit_many",
    "emitted",
    "emitted_earlier",
    "events_about",
    "failed_in_a_row",
    "failures",
    "figures_of",
    "has_delivery",
    "hold_owner",
    "jobs",
    "keys_with",
    "known_keys",
    "last_events",
    "last_test",
    "make_token",
    "past_event",
    "past_events",
    "pause_destination",
    "pause_rule",
    "preview_callback",
    "release_owner",
    "resend",
    "resend_current",
    "resend_of",
    "result_of_test",
    "resume_destination",
    "resume_rule",
    "retry_failed",
    "revoke_token",
    "revoke_tokens",
    "rule_for_tests",
    "rules_health",
    "rules_of_failures",
    "save_credentials",
    "save_route",
    "states_about",
    "tokens_of",
    "update_rule",
    "waiting_for",
]
