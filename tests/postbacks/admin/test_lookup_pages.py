from __future__ import annotations

import io

import factories
import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lookup_pages import add, address, page, rows, sent_row
from openpyxl import load_workbook

from postbacks.models import LookupImport, LookupRow, LookupTable

SCRIPT = "<script>alert(1)</script>"
LIMIT = 15


def upload(console, table, text, **values):
    content = text if isinstance(text, bytes) else text.encode()
    data = {"file": SimpleUploadedFile("carriers.csv", content), **values}
    return console.post(address("import", table.pk), data, follow=True)


@pytest.fixture
def table(operator):
    return factories.lookup_table({"DHL": "DHL Express", "UPS": "United"}, name="Carriers")


def test_a_table_is_made_on_its_page(console):
    data = {"name": "Carriers", "field": "{{ carrier }}", "customer": "", "description": ""}

    answer = console.post(address("add"), data, follow=True)

    assert LookupTable.objects.get().field == "carrier"
    assert "Carriers" in answer.content.decode()


def test_what_is_wrong_stands_beside_its_field(console, table):
    data = {"name": "Other", "field": table.field, "customer": "", "description": ""}

    text = console.post(address("add"), data).content.decode()

    assert "a table of this template field already: “Carriers”" in text


def test_rows_are_found_by_key_and_by_value(console, table):
    assert 'value="UPS"' in page(console, table, find="unit")
    assert 'value="DHL"' not in page(console, table, find="unit")
    assert 'value="DHL"' in page(console, table, find="dhl")
    assert "No key or value holds “nothing”" in page(console, table, find="nothing")


def test_rows_come_a_page_at_a_time_and_one_comes_back_to_it(console):
    table = factories.lookup_table({f"K{n:03}": str(n) for n in range(120)})
    row = LookupRow.objects.get(key="K060")

    first, second = page(console, table), page(console, table, rows="2")
    answer = console.post(f"{address('rows', table.pk)}?rows=2", sent_row(row, value="new"))

    assert ("K049" in first, "K050" in first) == (True, False)
    assert ("K050" in second, "51\N{EN DASH}100 of 120" in second) == (True, True)
    assert answer["Location"].endswith("?rows=2#rows")
    for wrong in ("x", "-1", "99999999999", "0"):
        assert page(console, table, rows=wrong)


def test_a_table_of_100_000_rows_opens_with_few_statements(console):
    table = factories.lookup_table({f"K{n:06}": f"Value {n}" for n in range(100_000)})
    few = factories.lookup_table({"A": "1"})

    with CaptureQueriesContext(connection) as small:
        page(console, few)
    with CaptureQueriesContext(connection) as large:
        text = page(console, table, rows="2000")
    with CaptureQueriesContext(connection) as found:
        assert "K099999" in page(console, table, find="99999")

    assert "99,951\N{EN DASH}100,000 of 100,000" in text
    assert len(large) == len(small) <= LIMIT
    assert len(found) <= LIMIT
    assert len(text) < 400_000


def test_a_file_is_looked_at_before_anything_changes(console, table):
    answer = upload(console, table, "DHL;DHL\nGLS;GLS\n;nothing\n")

    text = answer.content.decode()
    assert "1 row of carriers.csv cannot be imported" in text
    assert "The key is empty." in text
    assert "Import the 2 good rows anyway" in text
    assert 'value="import"' not in text
    assert rows(table) == {"DHL": "DHL Express", "UPS": "United"}


def test_good_rows_are_imported_when_somebody_presses_that(console, table):
    answer = upload(console, table, "DHL;DHL\nGLS;GLS\n;nothing\n")
    preview = answer.redirect_chain[-1][0]

    refused = console.post(preview, {"verb": "import"}, follow=True).content.decode()
    before = rows(table)
    done = console.post(preview, {"verb": "import-good"}, follow=True).content.decode()

    assert "1 rows cannot be imported" in refused
    assert before == {"DHL": "DHL Express", "UPS": "United"}
    assert rows(table) == {"DHL": "DHL", "GLS": "GLS"}
    assert "Imported: 1 added, 1 changed, 1 removed." in done


def test_an_import_can_keep_what_the_file_does_not_have(console, table):
    answer = upload(console, table, "key,value\nGLS,GLS\n", rest="keep", heading="yes")

    console.post(answer.redirect_chain[-1][0], {"verb": "import"})

    assert rows(table) == {"DHL": "DHL Express", "UPS": "United", "GLS": "GLS"}


def test_an_import_can_be_called_off(console, table):
    answer = upload(console, table, "GLS,GLS\n")
    preview = answer.redirect_chain[-1][0]

    console.post(preview, {"verb": "cancel"})
    late = console.post(preview, {"verb": "import"}, follow=True).content.decode()

    assert "imported or thrown away already" in late
    assert not LookupImport.objects.exists()
    assert len(rows(table)) == 2


def test_a_table_that_changed_since_is_shown_anew_and_not_imported_into(console, table):
    preview = upload(console, table, "GLS,GLS\n").redirect_chain[-1][0]
    add(console, table, "New", "1")

    text = console.post(preview, {"verb": "import"}, follow=True).content.decode()

    assert "The table changed meanwhile" in text
    assert "New" in rows(table)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("", "Choose a file that is not empty", id="empty"),
        pytest.param("one column\n", "No two columns were found", id="one-column"),
        pytest.param(b"PK\x03\x04", "cannot be read", id="damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(console, table, content, words):
    assert words in upload(console, table, content).content.decode()


def test_the_preview_of_one_table_is_not_that_of_another(console, table):
    preview = upload(console, table, "GLS,GLS\n").redirect_chain[-1][0]
    other = factories.lookup_table()

    answer = console.get(preview.replace(f"/{table.pk}/import", f"/{other.pk}/import"))

    assert answer.status_code == 404


def test_a_table_is_exported_as_csv_and_excel(console, table):
    csv = console.get(address("export", table.pk, "csv"))
    excel = console.get(address("export", table.pk, "xlsx"))

    expected = [(table.field, "value"), ("DHL", "DHL Express"), ("UPS", "United")]
    assert [tuple(line.split(",")) for line in csv.content.decode("utf-8-sig").split()[:1]] == (
        expected[:1]
    )
    assert csv["Content-Disposition"] == 'attachment; filename="carriers.csv"'
    sheet = load_workbook(io.BytesIO(excel.content)).active
    assert list(sheet.iter_rows(values_only=True)) == expected
    assert console.get(address("export", table.pk, "exe")).status_code == 404


def test_no_markup_of_a_row_a_file_or_a_search_gets_through(console, operator):
    table = factories.lookup_table({f"{SCRIPT}": f"</textarea>{SCRIPT}"}, name=SCRIPT)

    shown = [
        page(console, table),
        page(console, table, find=SCRIPT),
        add(console, table, f'"{SCRIPT}', f"</textarea>{SCRIPT}", name=""),
        upload(console, table, f"{SCRIPT},{SCRIPT}\n{SCRIPT},b\n").content.decode(),
        console.get(address("changelist")).content.decode(),
        console.get(address("history", table.pk)).content.decode(),
        console.get(address("delete", table.pk)).content.decode(),
    ]

    assert not [text for text in shown if SCRIPT in text]


def test_every_page_of_lookups_opens_with_few_statements(console, table):
    preview = upload(console, table, "GLS,GLS\n,x\n").redirect_chain[-1][0]
    for number in range(20):
        factories.lookup_table(customer=factories.customer(), name=f"Table {number}")

    for name in ("changelist", "add", "change", "history", "delete", "import", "preview"):
        args = () if name in {"changelist", "add"} else (table.pk,)
        where = preview if name == "preview" else address(name, *args)
        with CaptureQueriesContext(connection) as statements:
            assert console.get(where).status_code == 200, name
        assert len(statements) <= LIMIT, name


def test_who_may_only_look_changes_nothing(client, table):
    guest = User.objects.create_user("guest", is_staff=True)
    guest.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(guest)

    text = page(client, table)
    refused = [
        client.post(address("rows", table.pk), {"key": "A", "value": "1"}),
        client.post(address("change", table.pk), {"new_key": "A", "new_value": "1"}),
        client.get(address("import", table.pk)),
        client.post(address("import", table.pk)),
        client.get(address("preview", table.pk, 1)),
    ]

    assert "DHL Express" in text
    assert ("data-lookup-row" in text, "Import" in text) == (False, False)
    assert {answer.status_code for answer in refused} == {403}
    assert client.get(address("export", table.pk, "csv")).status_code == 200
    assert len(rows(table)) == 2


def test_who_may_not_look_sees_nothing(client, table):
    guest = User.objects.create_user("guest", is_staff=True)
    client.force_login(guest)

    for name, args in (("change", ()), ("rows", ()), ("import", ()), ("export", ("csv",))):
        assert client.get(address(name, table.pk, *args)).status_code in {403, 405}, name
