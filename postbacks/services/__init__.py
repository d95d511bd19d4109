"""The front door of order postbacks: what the admin, the API and the demo call."""

from postbacks.services.customers import (
    activate_customer,
    deactivate_customer,
    delete_customer,
    save_customer,
    why_customer_stays,
)
from postbacks.services.duplicates import Duplicate, duplicate_trigger
from postbacks.services.emission import (
    NewOrderEvent,
    emit_order_event,
    emit_order_events,
)
from postbacks.services.lookup_imports import (
    apply_import,
    cancel_import,
    change_rows,
    export_rows,
    preview_import,
    preview_rows,
    refresh_preview,
)
from postbacks.services.lookups import delete_row, delete_table, save_table, set_row
from postbacks.services.overview import activation_notes, trigger_health
from postbacks.services.past import Tried, Verdict, try_on_past
from postbacks.services.rendering import render_template
from postbacks.services.secrets import (
    has_signing_secret,
    remove_signing_secret,
    rotate_signing_secret,
)
from postbacks.services.servers import (
    delete_outgoing_server,
    save_outgoing_server,
    test_outgoing_server,
)
from postbacks.services.templates import (
    delete_template,
    restore_template_version,
    save_template,
    set_template_status,
    why_template_stays,
)
from postbacks.services.testing import test_template, test_trigger
from postbacks.services.triggers import delete_trigger, save_trigger, set_trigger_status

__all__ = [
    "Duplicate",
    "NewOrderEvent",
    "Tried",
    "Verdict",
    "activate_customer",
    "activation_notes",
    "apply_import",
    "cancel_import",
    "change_rows",
    "deactivate_customer",
    "delete_customer",
    "delete_outgoing_server",
    "delete_row",
    "delete_table",
    "delete_template",
    "delete_trigger",
    "duplicate_trigger",
    "emit_order_event",
    "emit_order_events",
    "export_rows",
    "has_signing_secret",
    "preview_import",
    "preview_rows",
    "refresh_preview",
    "remove_signing_secret",
    "render_template",
    "restore_template_version",
    "rotate_signing_secret",
    "save_customer",
    "save_outgoing_server",
    "save_table",
    "save_template",
    "save_trigger",
    "set_row",
    "set_template_status",
    "set_trigger_status",
    "test_outgoing_server",
    "test_template",
    "test_trigger",
    "trigger_health",
    "try_on_past",
    "why_customer_stays",
    "why_template_stays",
]
