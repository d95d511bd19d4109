"""The macros of affiliate postbacks: what each stands for. Their table in docs is made of this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from dispatcher.macros import DIRECTIVES, NAMED_FORMATS, Known, Vocabulary

STATUSES = ("pending", "done", "rejected")


@dataclass(frozen=True, slots=True)
class MacroInfo:
    """One macro: its meaning for whoever writes a postback, and a realistic value."""

    name: str
    meaning: str
    sample: Any
    type: Literal["text", "number", "time"] = "text"
    choices: tuple[str, ...] = ()


MACROS = (
    MacroInfo("conversion_id", "Number of the conversion here", 48213, "number"),
    MacroInfo("transaction_id", "Transaction ID, as it was reported", "ORD-20931"),
    MacroInfo("click_id", "Click ID that the affiliate sent along", "c5f8b1e2-90ab&x=1"),
    MacroInfo("status", "Status of the conversion", "done", choices=STATUSES),
    MacroInfo(
        "previous_status",
        "Status before this change; empty for a new conversion",
        "pending",
        choices=STATUSES,
    ),
    MacroInfo("payout", "What the affiliate earns", Decimal("12.50"), "number"),
    MacroInfo("revenue", "What the network earns", Decimal("20.00"), "number"),
    MacroInfo("sale_amount", "What the customer paid", Decimal("149.90"), "number"),
    MacroInfo("currency", "Currency of the amounts", "EUR"),
    MacroInfo("goal", "Name of the goal", "First purchase"),
    MacroInfo("goal_id", "Number of the goal here", 3, "number"),
    MacroInfo("goal_reference", "Reference ID of the goal", "first-purchase"),
    MacroInfo("offer", "Name of the offer", "Café Crème & Co"),
    MacroInfo("offer_id", "Number of the offer here", 12, "number"),
    MacroInfo("offer_reference", "Reference ID of the offer", "cafe-creme"),
    MacroInfo("affiliate", "Name of the affiliate", "Nordlicht Media"),
    MacroInfo("affiliate_id", "Number of the affiliate here", 7, "number"),
    MacroInfo("affiliate_reference", "Reference ID of the affiliate", "nordlicht"),
    MacroInfo("sub_id1", "First sub ID", "newsletter"),
    MacroInfo("sub_id2", "Second sub ID", "banner 300x250"),
    MacroInfo("sub_id3", "Third sub ID", "de"),
    MacroInfo("sub_id4", "Fourth sub ID", ""),
    MacroInfo("sub_id5", "Fifth sub ID", ""),
    MacroInfo("source", "Traffic source", "search"),
    MacroInfo("country", "Country of the customer, two letters", "DE"),
    MacroInfo("ip", "IP address of the customer", "203.0.113.24"),
    MacroInfo("created", "When the conversion was reported", "2026-11-21T13:30:00Z", "time"),
    MacroInfo("updated", "When its status last changed", "2026-11-22T08:05:09Z", "time"),
)

VOCABULARY: Vocabulary = {one.name: Known(one.type, one.choices) for one in MACROS}


def sample_payload(**changes: Any) -> str:
    """The payload of a made-up conversion, with these values changed."""
    values = {one.name: one.sample for one in MACROS} | changes
    return "{" + ", ".join(f"{json.dumps(name)}: {_json(v)}" for name, v in values.items()) + "}"


def _json(value: Any) -> str:
    """An amount as events have it: a number with its decimals."""
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def groups() -> Mapping[str, list[MacroInfo]]:
    """The macros as a picker shows them: by what they are about."""
    titles = {
        "Conversion": MACROS[:9],
        "Goal, offer, affiliate": MACROS[9:18],
        "Click": MACROS[18:26],
        "Times": MACROS[26:],
    }
    return {title: list(macros) for title, macros in titles.items()}


def as_markdown() -> str:
    """The tables of docs/macros.md."""
    rows = ["| macro | stands for | for example | type |", "| --- | --- | --- | --- |"]
    rows += [
        f"| `{{{one.name}}}` | {one.meaning} | {_example(one)} | {one.type} |" for one in MACROS
    ]
    rows += ["", "| in a time | stands for |", "| --- | --- |"]
    rows += [f"| `{name}` | {meaning} |" for name, (meaning, _) in DIRECTIVES.items()]
    rows += [f"| `{name}`, alone | {meaning} |" for name, (meaning, _) in NAMED_FORMATS.items()]
    return "\n".join(rows) + "\n"


def _example(macro: MacroInfo) -> str:
    return f"`{macro.sample}`" if macro.sample != "" else ""
