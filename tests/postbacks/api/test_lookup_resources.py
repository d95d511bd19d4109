from __future__ import annotations

import factories
import pytest
from api_client import Api, fields, problem

from postbacks.models import LookupRow, LookupTable

pytestmark = pytest.mark.django_db

BODY = {"name": "Carriers", "field": "{{ carrier }}"}


def rows(table):
    return dict(LookupRow.objects.filter(table=table).values_list("key", "value"))


def pairs(**values):
    return [{"key": key, "value": value} for key, value in values.items()]


@pytest.fixture
def table():
    return factories.lookup_table({"A": "1", "B": "2"})


@pytest.fixture
def path(table):
    return f"lookups/{table.pk}/rows/"


def test_a_table_through_its_life(api):
    customer = factories.customer(reference_id="studio-nord")

    made = api.post("lookups/", BODY | {"customer": "studio-nord"})
    where = f"lookups/{made.json()['id']}/"
    changed = api.patch(where, {"description": "By code"})
    back = api.put(where, changed.json())
    listed = api.get("lookups/")
    deleted = api.delete(where)

    assert made.status_code == 201, made.content
    assert (made.json()["field"], made.json()["customer"]) == ("carrier", customer.pk)
    assert changed.json()["revision"] > made.json()["revision"]
    assert back.status_code == 200
    assert [one["id"] for one in listed.json()["results"]] == [made.json()["id"]]
    assert (deleted.status_code, LookupTable.objects.count()) == (204, 0)
    problem(api.get(where), 404)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        pytest.param({"name": "Carriers"}, "field", id="no-field"),
        pytest.param(BODY | {"field": "a{b"}, "field", id="a-field-with-braces"),
        pytest.param(BODY | {"name": 5}, "name", id="a-number-as-name"),
        pytest.param(BODY | {"customer": 99}, "customer", id="nobody"),
        pytest.param(BODY | {"rows": []}, "rows", id="rows-go-elsewhere"),
    ],
)
def test_a_bad_table_is_refused_by_field(api, body, wrong):
    assert fields(problem(api.post("lookups/", body), 400)) == [wrong]


def test_a_second_table_of_a_field_is_refused(api):
    api.post("lookups/", BODY)

    document = problem(api.post("lookups/", BODY | {"field": "carrier"}), 400)

    assert "a table of this template field already" in document["detail"]


def test_rows_are_listed_page_by_page_and_found_by_key(api, table, path):
    first = api.get(path, {"limit": "1"}).json()
    second = api.get(first["next"]).json()

    assert first["results"] + second["results"] == pairs(B="2", A="1")
    assert api.get(path, {"key": "A"}).json()["results"] == pairs(A="1")
    assert api.get(path, {"key": "C"}).json()["results"] == []
    assert fields(problem(api.get(path, {"kye": "A"}), 400)) == ["kye"]
    assert fields(problem(api.get(path, {"key": ""}), 400)) == ["key"]


def test_put_replaces_all_rows(api, table, path):
    answer = api.put(path, {"rows": pairs(A="1", C="3")})

    assert answer.status_code == 200, answer.content
    table.refresh_from_db()
    assert answer.json() == {
        "dry_run": False, "added": 1, "changed": 0, "removed": 1, "unchanged": 1, "bad": [],
        "revision": table.revision, "row_count": 2,
    }  # fmt: skip
    assert rows(table) == {"A": "1", "C": "3"}


def test_patch_adds_changes_and_removes(api, table, path):
    answer = api.patch(path, {"rows": pairs(A="one", C="3"), "remove": ["B", "none"]})

    assert [answer.json()[name] for name in ("added", "changed", "removed")] == [1, 1, 1]
    assert rows(table) == {"A": "one", "C": "3"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_dry_run_says_what_would_change_and_which_rows_are_bad(api, table, path, method):
    sent = [*pairs(A="one"), {"key": " ", "value": "x"}, *pairs(A="two")]

    answer = api.request(method, path, {"rows": sent, "dry_run": True})

    assert answer.status_code == 200, answer.content
    assert answer.json()["changed"] == 1
    assert [bad["row"] for bad in answer.json()["bad"]] == [1, 2]
    assert answer.json()["revision"] == table.revision
    assert rows(table) == {"A": "1", "B": "2"}


def test_bad_rows_are_refused_by_place_unless_they_are_to_be_left_out(api, table, path):
    body = {"rows": [*pairs(C="3"), {"key": "", "value": "x"}, *pairs(C="4")]}

    refused = problem(api.patch(path, body), 400)
    before = rows(table)
    taken = api.patch(path, body | {"skip_bad": True})

    assert fields(refused) == ["rows[1]", "rows[2]"]
    assert before == {"A": "1", "B": "2"}
    assert [bad["message"] for bad in taken.json()["bad"]] == [
        "The key is empty.",
        "This key comes twice. Send it once.",
    ]
    assert rows(table) == {"A": "1", "B": "2", "C": "3"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_revision_that_is_past_is_a_conflict(api, table, path, dry_run):
    body = {"rows": pairs(C="3"), "revision": table.revision - 1, "dry_run": dry_run}

    problem(api.patch(path, body), 409)
    fits = api.patch(path, body | {"revision": table.revision})

    assert fits.status_code == 200


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        pytest.param({}, ["rows"], id="nothing"),
        pytest.param([], [""], id="a-list"),
        pytest.param({"rows": {"A": "1"}}, ["rows"], id="an-object-of-rows"),
        pytest.param({"rows": ["A"]}, ["rows[0]"], id="a-text-as-row"),
        pytest.param({"rows": [{"key": "A"}]}, ["rows[0]"], id="no-value"),
        pytest.param({"rows": [{"key": 1, "value": "A"}]}, ["rows[0]"], id="a-number-as-key"),
        pytest.param({"rows": [], "dryrun": True}, ["dryrun"], id="a-misspelt-name"),
        pytest.param({"rows": [], "dry_run": "yes"}, ["dry_run"], id="a-text-as-flag"),
        pytest.param({"rows": [], "remove": ["A"]}, ["remove"], id="remove-with-put"),
    ],
)
def test_a_misshapen_body_is_refused_by_place(api, path, table, body, wrong):
    assert fields(problem(api.put(path, body), 400)) == wrong
    assert rows(table) == {"A": "1", "B": "2"}


def test_ten_thousand_rows_go_in_one_call(api, table, path):
    sent = [{"key": f"K{number:05}", "value": f"Value {number}"} for number in range(10_000)]

    answer = api.patch(path, {"rows": sent})

    assert answer.json()["row_count"] == 10_002


def test_who_may_only_read_changes_nothing(path, table):
    reader = Api("read")

    assert reader.get(path).status_code == 200
    problem(reader.patch(path, {"rows": []}), 403)
    problem(reader.put(path, {"rows": []}), 403)
    problem(Api("emit").get(path), 403)


def test_rendering_over_the_api_looks_up(api, table):
    body = {
        "body": f'{{"v": "{{{{ lookups({{"{table.field}": "C"}}, default="-") }}}}"}}',
        "payload": {},
    }

    answer = api.post("templates/render/", body).json()

    assert answer["output"] == '{"v": "-"}'
    assert f"not in the lookup table “{table.name}”" in answer["warnings"][0]["message"]
