"""The front door of system notifications: what the admin, the API and the demo call."""

from notifications.services.attachments import (
    attach,
    check_attachable,
    detach,
    resume,
    save_sources,
)
from notifications.services.channels import (
    delete_channel,
    save_channel,
    set_channel_active,
    why_channel_stays,
)
from notifications.services.completion import waiting_orders
from notifications.services.emission import (
    NewSystemEvent,
    emit_system_event,
    emit_system_events,
)
from notifications.services.facts import Reported, report_fact
from notifications.services.messages import (
    past_messages,
    preview_message,
    reset_message,
    restore_message,
    save_message,
    written_message,
)
from notifications.services.orders import (
    is_retryable,
    notification_states,
    order_timeline,
    retry_delivery,
    retry_order,
    retry_orders,
    with_notification_state,
)
from notifications.services.reports import PARTS, FactKind, NewFact
from notifications.services.subscriptions import subscribe, unsubscribe
from notifications.services.switches import EventRow, event_rows, event_switch, switch_event
from notifications.services.testing import test_channel

__all__ = [
    "PARTS",
    "EventRow",
    "FactKind",
    "NewFact",
    "NewSystemEvent",
    "Reported",
    "attach",
    "check_attachable",
    "delete_channel",
    "detach",
    "emit_system_event",
    "emit_system_events",
    "event_rows",
    "event_switch",
    "is_retryable",
    "notification_states",
    "order_timeline",
    "past_messages",
    "preview_message",
    "report_fact",
    "reset_message",
    "restore_message",
    "resume",
    "retry_delivery",
    "retry_order",
    "retry_orders",
    "save_channel",
    "save_message",
    "save_sources",
    "set_channel_active",
    "subscribe",
    "switch_event",
    "test_channel",
    "unsubscribe",
    "waiting_orders",
    "why_channel_stays",
    "with_notification_state",
    "written_message",
]
