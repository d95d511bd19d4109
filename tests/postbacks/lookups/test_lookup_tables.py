from __future__ import annotations

import factories
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from dispatcher.configuration.errors import ChangedMeanwhileError, InUseError
from postbacks import services
from postbacks.lookups import values
from postbacks.models import LookupRow, LookupTable

pytestmark = pytest.mark.django_db


def rows(table):
    return dict(LookupRow.objects.filter(table=table).values_list("key", "value"))


@pytest.mark.parametrize("field", ["sku", "{{sku}}", " {{ sku }} "])
def test_the_template_field_means_the_same_in_braces(field):
    table = factories.lookup_table(field=field)

    assert table.field == "sku"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"name": " "}, {"name": "Give the table a name"}, id="no-name"),
        pytest.param({"field": "{{}}"}, {"field": "Give the template field"}, id="no-field"),
        pytest.param({"field": 'a"b'}, {"field": "without quotes"}, id="quotes"),
        pytest.param({"field": "x" * 129}, {"field": "128 characters"}, id="too-long"),
    ],
)
def test_a_table_that_no_template_could_name_is_refused(refused, wrong, words):
    with refused(**words):
        factories.lookup_table(**wrong)


def test_a_field_names_one_table_of_a_customer_and_one_of_everybody(refused):
    customer = factories.customer()
    factories.lookup_table(field="sku")
    factories.lookup_table(field="sku", customer=customer)
    factories.lookup_table(field="sku", customer=factories.customer())

    with refused(field="every customer"):
        factories.lookup_table(field="{{sku}}")
    with refused(field="This customer has"):
        factories.lookup_table(field="sku", customer=customer)


def test_the_database_keeps_to_that_as_well():
    factories.lookup_table(field="sku")

    with pytest.raises(IntegrityError), transaction.atomic():
        LookupTable.objects.create(name="Second", field="sku")


def test_every_change_is_a_revision():
    table = factories.lookup_table()
    seen = [table.revision]

    row = services.set_row(table=table, key="A", value="1")
    seen.append(table.revision)
    row = services.set_row(table=table, key="A", value="2", row=row)
    seen.append(table.revision)
    services.delete_row(table=table, row=row)
    seen.append(table.revision)
    services.change_rows(table=table, rows={"B": "1"}, keeps_missing=True)
    seen.append(table.revision)
    table.description = "new"
    services.save_table(table=table)
    seen.append(LookupTable.objects.get().revision)

    assert seen == sorted(set(seen))
    assert (table.row_count, rows(table)) == (1, {"B": "1"})


def test_the_history_tells_what_was_done_and_by_whom():
    operator = factories.operator()
    table = factories.lookup_table()

    services.set_row(table=table, key="DHL", value="1", by=operator)

    latest = LookupTable.history.latest()
    assert (latest.history_user, latest.history_change_reason) == (operator, "Row “DHL” added")


def test_of_two_who_change_a_row_the_second_is_told():
    table = factories.lookup_table({"A": "1"})
    mine, theirs = LookupRow.objects.get(), LookupRow.objects.get()
    services.set_row(table=table, key="A", value="theirs", row=theirs)

    with pytest.raises(ChangedMeanwhileError):
        services.set_row(table=table, key="A", value="mine", row=mine)
    with pytest.raises(ChangedMeanwhileError):
        services.delete_row(table=table, row=mine)

    assert rows(table) == {"A": "theirs"}


def test_a_key_is_there_once(refused):
    table = factories.lookup_table({"A": "1", "B": "2"})
    revision = table.revision

    with refused(key="stands for “1”"):
        services.set_row(table=table, key=" A ", value="3")
    with refused(key="stands for “1”"):
        services.set_row(table=table, key="A", value="2", row=LookupRow.objects.get(key="B"))

    table.refresh_from_db()
    assert (rows(table), table.revision) == ({"A": "1", "B": "2"}, revision)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        pytest.param(" ", "1", {"key": "empty"}, id="no-key"),
        pytest.param("A\nB", "1", {"key": "line break"}, id="two-lines"),
        pytest.param("A", "x" * 2001, {"value": "2,000"}, id="long-value"),
        pytest.param("A\x00", "1", {"key": "NUL"}, id="nul"),
        pytest.param("A", "\ud800", {"value": "half a character"}, id="half-a-character"),
    ],
)
def test_a_row_that_cannot_be_stored_is_refused(refused, key, value, words):
    table = factories.lookup_table()

    with refused(**words):
        services.set_row(table=table, key=key, value=value)


def test_a_full_table_takes_no_more(refused, monkeypatch):
    monkeypatch.setattr("postbacks.services.lookups.MAX_ROWS", 1)
    table = factories.lookup_table({"A": "1"})

    with refused(key="can hold 1 rows"):
        services.set_row(table=table, key="B", value="2")


def test_a_table_goes_with_its_rows():
    table = factories.lookup_table({"A": "1"})

    services.delete_table(table=table)

    assert not LookupTable.objects.exists()
    assert not LookupRow.objects.exists()
    assert LookupTable.history.latest().history_type == "-"


def test_a_customer_with_tables_is_not_deleted():
    table = factories.lookup_table(customer=factories.customer())

    with pytest.raises(InUseError, match="1 lookup table"):
        services.delete_customer(customer=table.customer)


def test_a_preview_changes_nothing(upload):
    table = factories.lookup_table({"A": "1", "B": "2", "C": "3"})

    waiting = upload(table, "A,1\nB,two\nD,4\n")

    counts = {name: waiting.summary[name] for name in ("added", "changed", "removed", "unchanged")}
    assert counts == {"added": 1, "changed": 1, "removed": 1, "unchanged": 1}
    assert waiting.summary["samples"] == {
        "added": [["D", "4"]], "changed": [["B", "2", "two"]], "removed": [["C", "3"]],
    }  # fmt: skip
    assert rows(table) == {"A": "1", "B": "2", "C": "3"}


@pytest.mark.parametrize(
    ("keeps", "expected"),
    [
        pytest.param(False, {"A": "1", "B": "two", "D": "4"}, id="the-file-is-the-table"),
        pytest.param(True, {"A": "1", "B": "two", "C": "3", "D": "4"}, id="the-others-stay"),
    ],
)
def test_an_import_does_what_its_preview_said(upload, keeps, expected):
    table = factories.lookup_table({"A": "1", "B": "2", "C": "3"})
    waiting = upload(table, "A,1\nB,two\nD,4\n", keeps_missing=keeps)

    services.apply_import(waiting=waiting)

    table.refresh_from_db()
    assert rows(table) == expected
    assert table.row_count == len(expected)


def test_bad_rows_are_left_out_only_when_somebody_says_so(upload):
    table = factories.lookup_table({"A": "1"})
    waiting = upload(table, "A,2\n,3\nB,4\n")

    with pytest.raises(ValidationError, match="1 rows cannot be imported"):
        services.apply_import(waiting=waiting)
    before = rows(table)
    services.apply_import(waiting=waiting, skip_bad=True)

    assert before == {"A": "1"}
    assert rows(table) == {"A": "2", "B": "4"}


def test_a_table_that_changed_since_the_preview_is_not_imported_into(upload):
    table = factories.lookup_table({"A": "1"})
    waiting = upload(table, "B,2\n")
    services.set_row(table=table, key="C", value="3")

    with pytest.raises(ChangedMeanwhileError):
        services.apply_import(waiting=waiting)
    is_new = services.refresh_preview(waiting=waiting)

    assert rows(table) == {"A": "1", "C": "3"}
    assert (is_new, waiting.summary["removed"]) == (True, 2)
    services.apply_import(waiting=waiting)
    assert rows(table) == {"B": "2"}


def test_a_file_is_imported_once(upload):
    waiting = upload(factories.lookup_table(), "B,2\n")
    services.apply_import(waiting=waiting)

    with pytest.raises(ChangedMeanwhileError):
        services.apply_import(waiting=waiting)


def test_an_import_that_breaks_off_leaves_the_table_as_it_was(upload, monkeypatch):
    table = factories.lookup_table({"A": "1"})
    waiting = upload(table, "B,2\n")
    revision = table.revision

    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr("postbacks.services.lookup_imports.note", broken)
    with pytest.raises(RuntimeError):
        services.apply_import(waiting=waiting)

    table.refresh_from_db()
    assert (rows(table), table.revision) == ({"A": "1"}, revision)


def test_three_bad_rows_among_100_000_are_named_and_nothing_is_imported(upload):
    table = factories.lookup_table({"old": "row"})
    content = [f"K{number:06},Value {number}" for number in range(1, 100_001)]
    content[9], content[49_999], content[99_999] = "K000001,again", ",no key", "a,b,c"

    waiting = upload(table, "\n".join(content))

    assert [bad[0] for bad in waiting.summary["bad"]] == [10, 50_000, 100_000]
    assert waiting.summary["added"] == 99_997
    with pytest.raises(ValidationError):
        services.apply_import(waiting=waiting)
    assert rows(table) == {"old": "row"}

    services.apply_import(waiting=waiting, skip_bad=True)
    table.refresh_from_db()
    assert table.row_count == LookupRow.objects.count() == 99_997


def test_more_rows_than_a_table_holds_are_refused(monkeypatch, refused):
    monkeypatch.setattr("postbacks.services.lookup_imports.MAX_ROWS", 2)
    table = factories.lookup_table({"A": "1"})

    with refused(rows="more than 2 rows"):
        services.change_rows(table=table, rows={"B": "2", "C": "3"}, keeps_missing=True)


@pytest.mark.parametrize("as_excel", [False, True], ids=["csv", "excel"])
def test_an_export_imported_again_changes_nothing(upload, as_excel):
    table = factories.lookup_table({"007": "=1+1", "ä": "x,y", "-5": ""})

    waiting = upload(table, services.export_rows(table=table, as_excel=as_excel))

    assert waiting.summary["unchanged"] == 3
    assert not any(waiting.summary[name] for name in ("added", "changed", "removed", "bad_count"))


def test_an_old_preview_is_thrown_away(upload, time_machine):
    table = factories.lookup_table()
    time_machine.move_to("2026-03-01T09:00:00Z")
    upload(table, "A,1\n")
    time_machine.move_to("2026-03-03T09:00:00Z")

    upload(table, "B,1\n")

    assert table.imports.count() == 1


def test_values_know_the_same_limits_as_the_columns():
    assert LookupRow._meta.get_field("key").max_length == values.MAX_KEY
    assert LookupRow._meta.get_field("value").max_length == values.MAX_VALUE
