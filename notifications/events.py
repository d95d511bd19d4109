"""The events that channels are attached to (spec section 4), and where they come from."""

from __future__ import annotations

from django.db.models import TextChoices


class EventType(TextChoices):
    """The types of `POST /api/v1/system-events/`, in the order of the spec's table."""

    ORDER_COMPLETED = "order_completed", "Order completed"
    CONTACT_CREATED = "contact_created", "Contact created"
    TRACKING_UPDATED = "tracking_updated", "Shipping tracking info updated"
    PRODUCT_CONFLICT = "product_conflict", "Product conflict"
    TRANSACTION_DECLINED = "transaction_declined", "Transaction declined"
    REFUND_APPLIED = "refund_applied", "Refund applied"
    SUBSCRIPTION_CANCELED = "subscription_canceled", "Subscription canceled"
    CUSTOMER_CREATED = "customer_created", "Customer created"
    TRANSACTION_APPROVED = "transaction_approved", "Approved transaction"
    SURVEY_COMPLETED = "survey_completed", "Survey completed"


class OperationalType(TextChoices):
    """What this service itself has to tell its operators; nobody else can emit these."""

    DESTINATION_PAUSED = "destination_paused", "Destination paused"
    DESTINATION_RESUMED = "destination_resumed", "Destination resumed"
    DELIVERIES_FAILED = "deliveries_failed", "Deliveries failed for good"
    BACKLOG_GROWING = "backlog_growing", "Backlog growing"
    WORKERS_SILENT = "workers_silent", "Workers silent"


class Source(TextChoices):
    """Which of an operator's systems something belongs to."""

    ADMIN = "admin", "Admin"
    SHOP = "shop", "Shop"
    FUNNEL = "funnel", "Funnel"


EVERY_TYPE: list[tuple[str, str]] = [*EventType.choices, *OperationalType.choices]

POSTBACK_ONLY = frozenset({EventType.CUSTOMER_CREATED.value, EventType.SURVEY_COMPLETED.value})
"""Nothing but a postback may be attached to these."""

RETRIED_BY_HAND = frozenset(
    {
        EventType.ORDER_COMPLETED.value,
        EventType.TRANSACTION_APPROVED.value,
        EventType.TRANSACTION_DECLINED.value,
        EventType.REFUND_APPLIED.value,
    }
)
"""Whose failed deliveries may be retried on the Orders page."""

FIRES_WHEN: dict[str, str] = {
    EventType.ORDER_COMPLETED: "The purchase of an admin or shop order succeeds. A funnel order: "
    "when its thank-you page is reached, or some time (30 minutes) after its first purchase, "
    "whichever comes first. Once per order.",
    EventType.CONTACT_CREATED: "A lead is created; also when the data of a known contact arrives "
    "again from shop or funnel.",
    EventType.TRACKING_UPDATED: "The tracking information of an order changes.",
    EventType.PRODUCT_CONFLICT: "A customer buys a digital product that they own already.",
    EventType.TRANSACTION_DECLINED: "A purchase transaction is rejected: each one, so there may "
    "be several for a funnel order.",
    EventType.REFUND_APPLIED: "A purchase is refunded or voided.",
    EventType.SUBSCRIPTION_CANCELED: "A subscription is canceled.",
    EventType.CUSTOMER_CREATED: "A lead's first purchase succeeds. Once per contact.",
    EventType.TRANSACTION_APPROVED: "A purchase transaction succeeds: each one, so there may be "
    "several for a funnel order.",
    EventType.SURVEY_COMPLETED: "A survey is finished.",
    OperationalType.DESTINATION_PAUSED: "A destination keeps failing and rests, or somebody "
    "paused it.",
    OperationalType.DESTINATION_RESUMED: "A paused destination works again.",
    OperationalType.DELIVERIES_FAILED: "Deliveries failed and are not tried again; told together, "
    "not one by one.",
    OperationalType.BACKLOG_GROWING: "What is due to be sent is not being sent.",
    OperationalType.WORKERS_SILENT: "Worker processes were there and give no sign of life.",
}
"""A sentence for each event, for the Events page."""
