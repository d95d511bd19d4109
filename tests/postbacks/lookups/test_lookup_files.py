from __future__ import annotations

import io
from zipfile import ZipFile

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook, load_workbook

from postbacks.lookups import files
from postbacks.lookups.files import read_file, write_csv, write_excel


def read(content, **options):
    content = content.encode() if isinstance(content, str) else content
    return read_file(content, field_name="sku", **options)


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lines(found):
    return [(bad.line, bad.message) for bad in found.bad]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("A,one\nB,two\n", id="commas"),
        pytest.param("A;one\nB;two\n", id="semicolons"),
        pytest.param("A\tone\r\nB\ttwo\r\n", id="tabs-and-windows-lines"),
        pytest.param("A|one\nB|two", id="bars-without-a-last-line-break"),
        pytest.param("sep=;\nA;one\nB;two\n", id="told-as-excel-is"),
        pytest.param('"A","one"\n"B","two"\n', id="quoted"),
        pytest.param("\ufeffA,one\nB,two\n", id="with-a-byte-order-mark"),
        pytest.param("A;one\nB;two\n".encode("utf-16"), id="excels-unicode-text"),
        pytest.param("\n\nA,one\n\nB,two\n,,\n", id="empty-lines"),
        pytest.param(" A , one \n B ,two\n", id="spaces-around"),
        pytest.param("A,one,,\nB,two,,\n", id="empty-columns-at-the-end"),
    ],
)
def test_a_text_file_is_read_whatever_separates_its_columns(content):
    found = read(content)

    assert (found.rows, found.bad) == ({"A": "one", "B": "two"}, [])


def test_a_separator_inside_quotes_separates_nothing():
    found = read('A;"one, or ""two"""\nB;"x; y"\n')

    assert found.rows == {"A": 'one, or "two"', "B": "x; y"}


@pytest.mark.parametrize(
    ("heading", "options", "rows"),
    [
        pytest.param("sku,value", {}, {"A": "1"}, id="the-tables-own-field"),
        pytest.param("{{ SKU }},Product", {}, {"A": "1"}, id="the-field-in-braces"),
        pytest.param("Key,Value", {}, {"A": "1"}, id="words-of-headings"),
        pytest.param("code,DHL", {}, {"code": "DHL", "A": "1"}, id="not-both-words"),
        pytest.param("X,Y", {"has_heading": True}, {"A": "1"}, id="told-that-it-is-one"),
        pytest.param("key,value", {"has_heading": False}, {"key": "value", "A": "1"},
                     id="told-that-it-is-none"),
    ],
)  # fmt: skip
def test_a_heading_is_not_a_row(heading, options, rows):
    found = read(f"{heading}\nA,1\n", **options)

    assert found.rows == rows
    assert len(found.notes) == (len(rows) == 1)


def test_a_file_that_is_not_utf_8_is_read_as_latin_1_and_that_is_told():
    found = read("A;Größe\n".encode("latin-1"))

    assert found.rows == {"A": "Größe"}
    assert "not UTF-8" in found.notes[0]


def test_bad_rows_are_named_by_line_and_reason():
    long = "x" * 300
    found = read(f'A,1\n,2\nB,"two\nlines"\nA,3\n{long},4\nC,5,6\nD,#N/A\nE,\x07\nF,7\n')

    assert found.rows == {"A": "1", "B": "two\nlines", "F": "7"}
    assert lines(found) == [
        (2, "The key is empty."),
        (5, "The key is in line 1 already."),
        (6, "The key has 300 characters; 255 are allowed."),
        (7, "It has 3 columns; a key and a value are needed."),
        (8, "It holds an error of Excel. Correct the formula there."),
        (9, "The value holds a control character, which cannot be stored."),
    ]


def test_only_so_many_bad_rows_are_kept_but_all_are_counted(monkeypatch):
    monkeypatch.setattr(files, "BAD_KEPT", 2)

    found = read("A,1\n" + ",x\n" * 5)

    assert (len(found.bad), found.bad_count) == (2, 5)


def test_a_workbook_gives_what_a_person_sees_in_it():
    content = workbook(["sku", "Name"], [12, 3.0], ["007", True], ["", "x"], ["A"], ["#N/A", 1])

    found = read(content)

    assert found.rows == {"12": "3", "007": "true", "A": ""}
    assert [bad.line for bad in found.bad] == [4, 6]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"  \n\n", "empty", id="blank"),
        pytest.param(b"sku,value\n", "no rows", id="a-heading-alone"),
        pytest.param("A\nB\n", "No two columns", id="one-column"),
        pytest.param(b"\x00\x01\x02binary", "neither", id="binary"),
        pytest.param(b"\xff\xfeA", "damaged", id="half-a-letter"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", ".xls", id="old-excel"),
        pytest.param(b"PK\x03\x04rest", "cannot be read", id="damaged-excel"),
        pytest.param(b'A,"' + b"x" * 200_000, "has no end", id="a-quote-without-end"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(content, words):
    with pytest.raises(ValidationError) as caught:
        read(content)

    assert words in caught.value.message_dict["file"][0]


def test_a_workbook_with_entities_is_refused():
    out, bomb = io.BytesIO(workbook(["A", "1"])), b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    with ZipFile(out, "a") as archive:
        archive.writestr("xl/worksheets/sheet2.xml", bomb)

    with pytest.raises(ValidationError, match="document type"):
        read(out.getvalue())


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr("postbacks.lookups.excel._MAX_UNPACKED", 1_000)

    with pytest.raises(ValidationError, match="too large"):
        read(workbook(["A", "1"]))


def test_a_table_has_a_most_of_rows(monkeypatch):
    monkeypatch.setattr(files, "MAX_ROWS", 2)

    with pytest.raises(ValidationError, match="more than 2 rows"):
        read("A,1\nB,2\nC,3\n")


ODD = {
    "=1+1": "@cmd", "+x": "-x", "-5": "+3,5", "'=a": "''-b", "'quoted": "it's", "007": "",
    "a,b;c": 'say "hi"', "ä": "line\nbreak", "tab\there": "<script>",
}  # fmt: skip


@pytest.mark.parametrize("write", [write_csv, write_excel])
def test_what_was_exported_is_imported_as_it_was(write):
    found = read(write(ODD.items(), field_name="sku"))

    assert (found.rows, found.bad) == (ODD, [])


def test_an_export_holds_nothing_that_excel_would_run():
    text = write_csv([("=1+1", "@cmd"), ("-5", "+49 1")], field_name="sku").decode("utf-8-sig")
    book = load_workbook(io.BytesIO(write_excel([("=1+1", "x")], field_name="sku")))

    assert text.splitlines()[1:] == ["'=1+1,'@cmd", "-5,'+49 1"]
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} == {"s"}
