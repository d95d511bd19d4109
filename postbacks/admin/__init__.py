"""The operators' pages of order postbacks."""

from postbacks.admin import naming
from postbacks.admin.customers import CustomerAdmin
from postbacks.admin.lookups import LookupTableAdmin
from postbacks.admin.servers import OutgoingServerAdmin
from postbacks.admin.templates import TemplateAdmin
from postbacks.admin.triggers import TriggerAdmin

__all__ = [
    "CustomerAdmin",
    "LookupTableAdmin",
    "OutgoingServerAdmin",
    "TemplateAdmin",
    "TriggerAdmin",
]

naming.register()
