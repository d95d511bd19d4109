"""Channels and what is sent to them, and what is known of orders and contacts (spec section 4)."""

from notifications.models.channels import Attachment, Channel, MessageTemplate, SystemEvent
from notifications.models.facts import Fact, Notice
from notifications.models.orders import Contact, Order, Subscription, Transaction

__all__ = [
    "Attachment",
    "Channel",
    "Contact",
    "Fact",
    "MessageTemplate",
    "Notice",
    "Order",
    "Subscription",
    "SystemEvent",
    "Transaction",
]
