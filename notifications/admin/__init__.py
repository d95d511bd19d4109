"""The operators' pages of system notifications."""

from notifications.admin import naming
from notifications.admin.channels import ChannelAdmin
from notifications.admin.events import SystemEventAdmin
from notifications.admin.orders import OrderAdmin

__all__ = ["ChannelAdmin", "OrderAdmin", "SystemEventAdmin"]

naming.register()
