from __future__ import annotations

import json
import re

import pytest
from drf_spectacular.validation import validate_schema

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(client):
    return json.loads(client.get("/api/schema/").content)


def test_the_document_is_valid_openapi_3_1(document):
    validate_schema(document)

    assert document["openapi"].startswith("3.1")


def test_every_call_of_the_contract_is_in_it(document):
    calls = {
        f"{method.upper()} {path.removeprefix('/api/v1/')}"
        for path, item in document["paths"].items()
        for method in item
    }

    assert {
        "POST order-events/", "POST order-events/batch/", "GET events/", "GET events/{id}/",
        "GET deliveries/", "GET deliveries/{id}/", "POST deliveries/{id}/resend/",
        "POST deliveries/resend/", "POST templates/render/", "POST triggers/{id}/test/",
        "GET customers/", "POST triggers/", "PATCH templates/{id}/", "DELETE triggers/{id}/",
    } <= calls  # fmt: skip


def test_every_call_needs_the_token_and_describes_its_problems(document):
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["security"] == [{"token": []}]
            assert "401" in operation["responses"]
            assert operation["summary"]


def test_each_order_event_has_an_example_with_its_sample(document):
    operation = document["paths"]["/api/v1/order-events/"]["post"]

    examples = operation["requestBody"]["content"]["application/json"]["examples"]

    assert len(examples) == 10
    assert all(one["value"]["payload"] for one in examples.values())


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("templates/render/", 2),
        ("templates/{id}/past/", 1),
        ("templates/test/", 3),
        ("triggers/{id}/duplicate/", 1),
    ],
)
def test_trying_has_examples(document, path, count):
    operation = document["paths"][f"/api/v1/{path}"]["post"]

    examples = operation["requestBody"]["content"]["application/json"]["examples"]

    assert len(examples) == count


def test_the_page_loads_nothing_from_elsewhere_and_runs_no_inline_script(client):
    page = client.get("/api/docs/")
    script = client.get("/api/docs/?script=")

    html = page.content.decode()
    assert page.status_code == script.status_code == 200
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)
    assert not re.findall(r"<script(?![^>]*\bsrc=)", html)
    assert '"validatorUrl": null' in script.content.decode()
