"""What a configuration file did to a lookup table, as the audit tells it: truly, and once."""

from __future__ import annotations

import factories
import pytest
import yaml

from config import transfer
from postbacks.models import LookupTable
from postbacks.services import lookup_imports

pytestmark = pytest.mark.django_db


def apply(change):
    document = yaml.safe_load(transfer.write(transfer.export()))
    change(document["lookups"])
    plan = transfer.make_plan(document, find_secret=lambda _: None)
    plan.apply(find_secret=lambda _: None, by=factories.operator(username="olga"))


def reasons(name):
    newest_first = LookupTable.objects.get(name=name).history.all()
    return [row.history_change_reason for row in newest_first]


def test_changed_rows_are_one_entry_that_says_so():
    table = factories.lookup_table({"dhl": "DHL"}, name="Carriers")
    before = table.history.count()

    apply(lambda lookups: lookups["carriers"].update(rows={"dhl": "DHL Express", "ups": "UPS"}))

    assert lookup_imports.read_rows(table) == {"dhl": "DHL Express", "ups": "UPS"}
    told = "Applied from a file: Rows: 1 added, 1 changed, 0 removed"
    assert reasons("Carriers")[:-before] == [told]


def test_a_changed_name_is_one_entry_and_tells_nothing_of_rows():
    table = factories.lookup_table({"dhl": "DHL"}, name="Carriers")
    before = table.history.count()

    apply(lambda lookups: lookups["carriers"].update(description="Who brings it"))

    assert reasons("Carriers")[:-before] == ["Applied from a file"]


def test_a_new_table_and_its_rows_are_told_each():
    apply(lambda lookups: lookups.update(c={"name": "New", "field": "c", "rows": {"a": "b"}}))

    assert reasons("New") == [
        "Applied from a file: Rows: 1 added, 0 changed, 0 removed",
        "Applied from a file",
    ]
