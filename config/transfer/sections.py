"""What the file holds, in the order in which it is made: nothing refers to what comes later."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from config.transfer import of_notifications, of_offers
from config.transfer.document import VERSION, Document
from config.transfer.section import Extra, Section
from postbacks import services as postbacks
from postbacks.api.customers import CustomerViewSet
from postbacks.api.lookups import LookupViewSet
from postbacks.api.servers import OutgoingServerViewSet
from postbacks.api.templates import TemplateViewSet
from postbacks.api.triggers import TriggerViewSet
from postbacks.lookups.values import clean, flaws
from postbacks.models import Template
from postbacks.services.lookup_imports import read_rows


def _of_customer(name: str, customer: Any) -> str:
    return f"{customer.reference_id or customer.name} {name}" if customer else name


def _lookup_rows(rows: Any) -> dict[str, str]:
    """All rows as the file has them; keys that look like numbers are texts here."""
    if not isinstance(rows, dict):
        raise ValidationError({"rows": "Give the rows as “key: value”, one in a line."})
    wanted = dict(clean(str(key), str(value)) for key, value in rows.items())
    problems = [
        f"{key}: {words}" for key, value in wanted.items() for words in flaws(key, value).values()
    ]
    if problems:
        raise ValidationError({"rows": problems[:20]})
    return wanted


def _check_lookup_rows(_: Any, rows: Any) -> None:
    _lookup_rows(rows)


def _save_lookup_rows(table: Any, rows: Any, by: Any) -> None:
    wanted = _lookup_rows(rows)
    if wanted != read_rows(table):
        postbacks.change_rows(table=table, rows=wanted, keeps_missing=False, by=by, what="Rows")


_POSTBACKS: tuple[Section, ...] = (
    Section(
        name="customers",
        resource=CustomerViewSet,
        identity=lambda row: row.reference_id or row.name,
        unique_by=(("reference_id",),),
        texts=("description",),
    ),
    Section(
        name="outgoing_servers",
        resource=OutgoingServerViewSet,
        identity=lambda row: _of_customer("server", row.customer) if row.customer else "default",
        references={"customer": "customers"},
        unique_by=(("customer",),),
    ),
    Section(
        name="lookups",
        resource=LookupViewSet,
        identity=lambda row: _of_customer(row.name, row.customer),
        references={"customer": "customers"},
        unique_by=(("customer", "field"),),
        extras=(
            Extra(name="rows", read=read_rows, put=_check_lookup_rows, save=_save_lookup_rows),
        ),
        texts=("description",),
    ),
    Section(
        name="templates",
        resource=TemplateViewSet,
        identity=lambda row: _of_customer(row.name, row.customer),
        references={"customer": "customers"},
        texts=Template.OF_LINES,
    ),
    Section(
        name="triggers",
        resource=TriggerViewSet,
        identity=lambda row: _of_customer(row.name, row.customer),
        references={"customer": "customers", "template": "templates"},
    ),
)


SECTIONS = (*_POSTBACKS, *of_offers.SECTIONS, *of_notifications.SECTIONS)


def export(like: Document | None = None) -> Document:
    """The whole configuration as it is now; rows that are the same give the same document.

    Rows that the file `like` has, too, are called what it calls them.
    """
    document: Document = {"version": VERSION}
    keys: dict[str, dict[int, str]] = {}
    for section in SECTIONS:
        rows = section.rows()
        keys[section.name] = section.keys(rows, (like or {}).get(section.name))
        document[section.name] = {
            keys[section.name][row.pk]: section.document(row, keys[section.name][row.pk], keys)
            for row in rows
        }
    return document
