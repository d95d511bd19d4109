"""The front door of affiliate offers: what the admin, the site, the API and the demo call."""

from offers.reconciliation import reconcile
from offers.services.affiliates import (
    add_user,
    delete_affiliate,
    remove_user,
    save_affiliate,
    set_affiliate_status,
    why_affiliate_stays,
)
from offers.services.approval import (
    Submitted,
    approve_postback,
    preview_edit,
    reject_postback,
    submit_postback,
    waiting_for_approval,
    waiting_since,
    withdraw_edit,
)
from offers.services.changes import (
    Changed,
    Updated,
    change_status,
    change_statuses,
    history,
    update_conversion,
)
from offers.services.imports import (
    apply_import,
    export_conversions,
    import_statuses,
    preview_import,
    preview_statuses,
)
from offers.services.intake import (
    Created,
    NewConversion,
    TransactionConflictError,
    create_conversion,
    create_conversions,
)
from offers.services.offers import (
    delete_goal,
    delete_offer,
    save_goal,
    save_offer,
    why_goal_stays,
    why_offer_stays,
)
from offers.services.postbacks import (
    delete_postback,
    has_authorization,
    save_postback,
    set_postback_active,
)
from offers.services.resuming import held_count, is_paused, pause_postback, resume_postback
from offers.services.testing import preview_request, test_postback, test_result

__all__ = [
    "Changed",
    "Created",
    "NewConversion",
    "Submitted",
    "TransactionConflictError",
    "Updated",
    "add_user",
    "apply_import",
    "approve_postback",
    "change_status",
    "change_statuses",
    "create_conversion",
    "create_conversions",
    "delete_affiliate",
    "delete_goal",
    "delete_offer",
    "delete_postback",
    "export_conversions",
    "has_authorization",
    "held_count",
    "history",
    "import_statuses",
    "is_paused",
    "pause_postback",
    "preview_edit",
    "preview_import",
    "preview_request",
    "preview_statuses",
    "reconcile",
    "reject_postback",
    "remove_user",
    "resume_postback",
    "save_affiliate",
    "save_goal",
    "save_offer",
    "save_postback",
    "set_affiliate_status",
    "set_postback_active",
    "submit_postback",
    "test_postback",
    "test_result",
    "update_conversion",
    "waiting_for_approval",
    "waiting_since",
    "why_affiliate_stays",
    "why_goal_stays",
    "why_offer_stays",
    "withdraw_edit",
]
