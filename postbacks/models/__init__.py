"""What an operator configures to be sent for orders (spec section 2)."""

from postbacks.models.customers import Customer
from postbacks.models.lookups import LookupImport, LookupRow, LookupTable
from postbacks.models.servers import OutgoingServer
from postbacks.models.templates import Template, TemplateVersion
from postbacks.models.triggers import Trigger

__all__ = [
    "Customer",
    "LookupImport",
    "LookupRow",
    "LookupTable",
    "OutgoingServer",
    "Template",
    "TemplateVersion",
    "Trigger",
]
