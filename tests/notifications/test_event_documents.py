"""Every event's document, as receivers of postbacks get it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from config.api import document
from notifications import documents
from notifications.events import EventType, Source

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PARTS = ("contact", "order", "transaction", "shipping", "funnel", "subscription", "survey",
         "product", "transactions")  # fmt: skip
every_event = pytest.mark.parametrize("event", EventType.values)


def problems(event, made):
    validator = Draft202012Validator(documents.schema(event), registry=Registry())
    return [error.message for error in validator.iter_errors(made)]


@every_event
def test_each_schema_is_a_schema(event):
    Draft202012Validator.check_schema(documents.schema(event))


@every_event
def test_each_sample_is_what_its_schema_says(event):
    assert problems(event, documents.sample(event)) == []


@every_event
def test_a_sample_without_one_of_its_members_is_refused(event):
    sample = documents.sample(event)
    del sample["funnel"]

    assert problems(event, sample) == ["'funnel' is a required property"]


@every_event
def test_what_does_not_apply_is_null_and_never_absent(event):
    made = documents.build(event, source="admin", occurred_at=AT)

    assert set(PARTS) <= made.keys()
    assert made["funnel"] is None
    assert problems(event, made) == []


@every_event
@pytest.mark.parametrize("source", Source.values)
def test_whatever_was_reported_the_document_is_valid(event, source):
    odd = {
        "id": 17,
        "email": None, "total": Decimal("10.50"), "items": [{"quantity": 2}, "x"],
        "address": "no object", "answers": {"a": 1}, "name": ["list"], "extra": {"kept": True},
        "is_digital": "yes", "placed_at": AT, "amount": True,
    }  # fmt: skip
    parts = {name: odd for name in PARTS if name != "transactions"}

    made = documents.build(event, source=source, occurred_at=AT, transactions=[odd], **parts)

    assert problems(event, made) == []
    assert made["order"]["reference"] == "17"
    assert made["order"]["extra"] == {"kept": True}
    json.dumps({name: value for name, value in made.items() if name in {"event", "source"}})


def test_the_order_of_an_admin_has_no_funnel():
    sample = documents.sample("refund_applied")

    assert sample["source"] == "admin"
    assert sample["funnel"] is None


def test_building_changes_nothing_that_was_given():
    order = {"reference": "PO-1", "items": [{"name": "Mug"}]}

    documents.build("order_completed", source="shop", occurred_at=AT, order=order)

    assert order == {"reference": "PO-1", "items": [{"name": "Mug"}]}


@every_event
def test_the_api_documents_each_document_with_its_sample(event):
    components = json.loads(document())["components"]["schemas"]

    listed = components[documents.component_name(event)]

    assert problems(event, listed["examples"][0]) == []
    assert listed["required"] == documents.schema(event)["required"]
