"""The operators' pages of the dispatcher. Other apps build theirs on `base`."""

from django.contrib import admin

from dispatcher.admin.deliveries import DeliveryAdmin
from dispatcher.admin.destinations import DestinationAdmin
from dispatcher.admin.events import EventAdmin
from dispatcher.admin.rules import RuleAdmin
from dispatcher.admin.storage import StorageAdmin
from dispatcher.admin.tokens import ApiTokenAdmin

__all__ = [
    "ApiTokenAdmin",
    "DeliveryAdmin",
    "DestinationAdmin",
    "EventAdmin",
    "RuleAdmin",
    "StorageAdmin",
]

admin.site.index_title = "Overview"
