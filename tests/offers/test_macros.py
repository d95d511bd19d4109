"""The macros of conversions, and the table of them in docs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatcher.macros import check, fill, read_values
from offers.macros import MACROS, VOCABULARY, as_markdown, groups, sample_payload

DOCS = Path(__file__).parents[2] / "docs" / "macros.md"


def test_the_table_in_docs_is_the_one_made_of_the_code():
    assert as_markdown() in DOCS.read_text(encoding="utf-8")


def test_every_macro_is_in_the_picker_once_and_can_be_used():
    shown = [macro.name for macros in groups().values() for macro in macros]

    assert shown == [macro.name for macro in MACROS]
    assert len(set(shown)) == len(shown)
    for name in shown:
        assert check(f"{{{name}}}", VOCABULARY) == []


def test_the_sample_is_an_event_like_a_real_one():
    payload = sample_payload(status="rejected")

    assert json.loads(payload)["status"] == "rejected"
    assert fill("{payout} {created:%Y} {sub_id5}|", read_values(payload)) == "12.50 2026 |"


@pytest.mark.parametrize("name", [macro.name for macro in MACROS if macro.type == "time"])
def test_times_can_be_written_in_every_way(name):
    assert check(f"{{{name}:unix}}{{{name}:iso}}{{{name}:%d.%m.%Y}}", VOCABULARY) == []
