"""How the fields of a postback are called and explained, and what the macro picker offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dispatcher.console.rows import HeaderRows, ParamRows, RowsField
from offers.macros import groups

LABELS: Mapping[str, str] = {
    "url": "URL",
    "http_type": "HTTP type",
    "auth_kind": "Basic Auth",
    "auth_login": "Login",
    "params": "Request params",
    "headers": "Request headers",
    "delay": "Delay",
    "is_active": "Active",
    "is_ordered": "In order",
    "only_if_nothing_more_specific": "Only if nothing more specific matched",
}

HELP_TEXTS: Mapping[str, str] = {
    "affiliate": "Whose conversions it is for. Empty: of all affiliates.",
    "offer": "Empty: all offers of the affiliate.",
    "goal": "Empty: any goal.",
    "conversion_status": "It fires for a new conversion with this status, and when one changes "
    "to it.",
    "url": "Macros such as {click_id} are filled in for each conversion. They may stand anywhere "
    "behind the host.",
    "http_type": "Where the params go: into the URL, into a form, or into a JSON object.",
    "auth_kind": "Stored encrypted and never shown again.",
    "params": "Sent beside what the URL has already; encoding is done for you.",
    "headers": "A secret value is stored encrypted, sent as it is and never shown again.",
    "delay": "In seconds: how long after the conversion it is sent. Usually 0.",
    "is_active": "While it is not, nothing is sent.",
    "is_ordered": "The next status of a conversion waits until the one before was delivered or has "
    "failed for good, so that “rejected” never overtakes “done”.",
    "only_if_nothing_more_specific": "Sent only where no postback of a narrower level is: one "
    "affiliate on one offer comes before one affiliate on all offers, and that before all "
    "affiliates on one offer.",
}


def rows_field(name: str) -> RowsField:
    """The field for `params` or `headers`."""
    widget = ParamRows() if name == "params" else HeaderRows()
    label, text = LABELS[name], HELP_TEXTS[name]
    return RowsField(required=False, label=label, help_text=text, widget=widget)


def picker(*, hidden: Collection[str] = ()) -> list[dict[str, Any]]:
    """The macros by group, as templates/offers/parts/picker.html shows them."""
    return [
        {"title": title, "macros": [macro for macro in macros if macro.name not in hidden]}
        for title, macros in groups().items()
    ]
