"""Lookup tables as a person meets them."""

from __future__ import annotations

import factories
from django.urls import reverse

from postbacks.models import LookupRow

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def rows():
    return dict(LookupRow.objects.values_list("key", "value"))


def test_a_table_is_written_row_by_row(open_console):
    page = open_console()
    page.goto(reverse("admin:postbacks_lookuptable_add"))
    page.fill("[name=name]", "Carriers")
    page.fill("[name=field]", "{{ carrier }}")
    page.click("button[name=_continue]")
    page.wait_for_selector("text=No rows yet")

    page.fill("[aria-label='New key']", "dhl")
    page.fill("[aria-label='Value of the new key']", SCRIPT)
    page.click("button:has-text('Add')")
    page.wait_for_selector("text=Row “dhl” added")
    page.fill("[data-lookup-row] [name=value]", "DHL Express")
    page.click("[data-lookup-row].pb-edited [value=save]")
    page.wait_for_selector("text=Row “dhl” saved")

    assert rows() == {"dhl": "DHL Express"}


def test_a_typed_row_is_not_lost_whichever_button_is_pressed(open_console):
    table = factories.lookup_table({"old": "1"}, name="Carriers")
    page = open_console()
    page.goto(reverse("admin:postbacks_lookuptable_change", args=[table.pk]))

    page.fill("[aria-label='New key']", "dhl")
    page.fill("[aria-label='Value of the new key']", "DHL")
    page.click("button[name=_continue]:has-text('Save and continue editing')")
    page.wait_for_selector("text=Row “dhl” added")
    page.fill("[name=name]", "Renamed")
    page.fill("[aria-label='New key']", "ups")
    page.press("[aria-label='New key']", "Enter")
    page.wait_for_selector("text=Row “ups” added")
    page.fill("[aria-label='New key']", "dhl")
    page.click("button[name=_save]:visible")
    page.wait_for_selector("text=The table has this key already")

    assert page.input_value("[aria-label='New key']") == "dhl"
    assert rows() == {"old": "1", "dhl": "DHL", "ups": ""}
    table.refresh_from_db()
    assert table.name == "Renamed"


def test_enter_in_a_field_of_the_table_saves_it_and_says_so(open_console):
    table = factories.lookup_table({"old": "1"}, name="Carriers")
    page = open_console()
    page.goto(reverse("admin:postbacks_lookuptable_change", args=[table.pk]))

    page.fill("[name=name]", "Renamed")
    page.press("[name=name]", "Enter")
    page.wait_for_selector("text=was changed successfully")

    table.refresh_from_db()
    assert table.name == "Renamed"


def test_a_file_with_bad_rows_is_imported_only_when_one_presses_that(open_console, tmp_path):
    table = factories.lookup_table({"old": SCRIPT}, name=SCRIPT)
    file = tmp_path / "carriers.csv"
    file.write_text(f'dhl;DHL\n;no key\nups;"{SCRIPT}"\n"{SCRIPT}";b;c\n')
    page = open_console(width=390, theme="dark")
    page.goto(reverse("admin:postbacks_lookuptable_import", args=[table.pk]))

    page.set_input_files("#file", file)
    page.click("text=Show what would change")
    page.wait_for_selector("text=2 rows of carriers.csv cannot be imported")
    assert page.locator("td[data-label=Line]").all_inner_texts() == ["2", "4"]
    assert rows() == {"old": SCRIPT}
    page.click("text=Import the 2 good rows anyway")
    page.wait_for_selector("text=Imported: 2 added, 0 changed, 1 removed.")

    assert rows() == {"dhl": "DHL", "ups": SCRIPT}
