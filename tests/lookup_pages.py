"""The pages of lookup tables, as an operator's browser asks for them."""

from __future__ import annotations

from django.urls import reverse

from postbacks.models import LookupRow


def address(name, *args):
    return reverse(f"admin:postbacks_lookuptable_{name}", args=args)


def rows(table):
    return dict(LookupRow.objects.filter(table=table).values_list("key", "value"))


def page(console, table, **query):
    return console.get(address("change", table.pk), query).content.decode()


def sent_row(row, **values):
    seen = {"row": row.pk, "old_key": row.key, "old_value": row.value, "verb": "save"}
    return seen | {"key": row.key, "value": row.value} | values


def add(console, table, key, value, **values):
    """Press "Add" beside a row that was typed."""
    data = {"name": table.name, "field": table.field, "customer": "", "description": ""}
    data |= {"new_key": key, "new_value": value} | (values or {"_continue": "row"})
    return console.post(address("change", table.pk), data, follow=True).content.decode()
