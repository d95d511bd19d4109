"""The rows on a lookup table's page: typed, changed and deleted, and never lost."""

from __future__ import annotations

import factories
import pytest
from lookup_pages import add, address, rows, sent_row

from postbacks import services
from postbacks.models import LookupRow, LookupTable


@pytest.fixture
def table(operator):
    return factories.lookup_table({"DHL": "DHL Express", "UPS": "United"}, name="Carriers")


def test_a_row_is_added_changed_and_deleted(console, table):
    where = address("rows", table.pk)

    add(console, table, " GLS ", "GLS\r\nParcel")
    row = LookupRow.objects.get(key="GLS")
    console.post(where, sent_row(row, key="GLS2"))
    console.post(where, sent_row(LookupRow.objects.get(key="UPS"), verb="delete"))

    table.refresh_from_db()
    assert rows(table) == {"DHL": "DHL Express", "GLS2": "GLS\nParcel"}
    assert table.row_count == 2
    assert table.history.count() == 5


def test_a_refused_row_need_not_be_typed_again(console, table):
    text = add(console, table, "DHL", "Other one", name="Renamed")

    assert "The table has this key already; it stands for “DHL Express”." in text
    assert "Other one</textarea>" in text
    assert rows(table)["DHL"] == "DHL Express"
    assert LookupTable.objects.get().name == "Carriers"


@pytest.mark.parametrize("button", ["_save", "_continue", "_addanother"])
def test_whichever_button_saves_the_page_saves_the_row_that_was_typed(console, table, button):
    text = add(console, table, "GLS", "GLS Parcel", **{"name": "Renamed", button: "1"})

    assert rows(table)["GLS"] == "GLS Parcel"
    assert LookupTable.objects.get().name == "Renamed"
    assert "Row “GLS” added." in text


def test_a_row_is_added_although_somebody_else_changed_another_meanwhile(console, table):
    seen_at = table.updated_at.isoformat()
    services.set_row(table=table, key="DPD", value="theirs")

    add(console, table, "GLS", "mine", _continue="row", seen_at=seen_at)

    assert rows(table) == {"DHL": "DHL Express", "UPS": "United", "DPD": "theirs", "GLS": "mine"}


def test_but_the_table_itself_is_not_overwritten(console, table):
    seen_at = table.updated_at.isoformat()
    table.description = "theirs"
    services.save_table(table=table)

    text = add(console, table, "GLS", "mine", _continue="row", seen_at=seen_at, name="Renamed")

    assert "meanwhile" in text
    assert "mine</textarea>" in text
    assert "GLS" not in rows(table)


def test_adding_nothing_says_what_to_do(console, table):
    assert "Type a key and its value first" in add(console, table, "", "")


def test_a_value_without_a_key_is_not_lost_either(console, table):
    text = add(console, table, "", "Only a value")

    assert "The key is empty." in text
    assert "Only a value</textarea>" in text


def test_a_mistake_elsewhere_on_the_page_keeps_the_row_that_was_typed(console, table):
    text = add(console, table, "GLS", "GLS Parcel", name="")

    assert ('value="GLS"' in text, "GLS Parcel</textarea>" in text) == (True, True)
    assert "GLS" not in rows(table)


def test_a_row_that_was_added_to_a_page_of_found_rows_leads_back_to_it(console, table):
    data = {"name": table.name, "field": table.field, "new_key": "GLS", "_continue": "row"}

    answer = console.post(f"{address('change', table.pk)}?find=gl", data)

    assert answer["Location"] == f"{address('change', table.pk)}?find=gl#rows"


def test_a_row_that_somebody_else_changed_is_not_overwritten(console, table):
    seen = LookupRow.objects.get(key="DHL")
    console.post(address("rows", table.pk), sent_row(seen, value="theirs"))

    answer = console.post(address("rows", table.pk), sent_row(seen, value="mine"), follow=True)

    assert "Somebody else changed this row meanwhile" in answer.content.decode()
    assert rows(table)["DHL"] == "theirs"
