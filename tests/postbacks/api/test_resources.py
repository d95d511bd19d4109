"""Customers by the API, and what every resource answers to bad input."""

from __future__ import annotations

import factories
import pytest
from api_client import fields, problem

from postbacks.models import Customer, Template, Trigger

pytestmark = pytest.mark.django_db


def test_a_customer_through_its_life(api):
    made = api.post("customers/", {"name": "Studio Nord", "reference_id": "studio-nord"})
    path = f"customers/{made.json()['id']}/"

    changed = api.patch(path, {"is_active": False})
    replaced = api.put(path, {"name": "Studio Süd"})
    listed = api.get("customers/")
    deleted = api.delete(path)

    assert made.status_code == 201
    assert (changed.json()["name"], changed.json()["is_active"]) == ("Studio Nord", False)
    assert (replaced.json()["reference_id"], replaced.json()["is_active"]) == (None, True)
    assert listed.json()["results"] == [replaced.json()]
    assert (deleted.status_code, Customer.objects.count()) == (204, 0)
    problem(api.get(path), 404)


def test_history_names_the_owner_of_the_token(api):
    api.post("customers/", {"name": "Studio Nord"})

    assert Customer.history.get().history_user.api_tokens.count() == 1


def test_a_customer_in_use_is_not_deleted(api, trigger_body):
    api.post("triggers/", trigger_body)

    document = problem(api.delete(f"customers/{trigger_body['customer']}/"), 409)

    assert "1 trigger" in document["detail"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("customers/", {}, "name"),
        ("customers/", {"name": ""}, "name"),
        ("customers/", {"name": 5}, "name"),
        ("customers/", {"name": "x" * 256}, "name"),
        ("customers/", {"name": "a\x00"}, "name"),
        ("customers/", {"name": "x", "is_active": "yes"}, "is_active"),
        ("customers/", {"name": "x", "colour": "red"}, "colour"),
        ("customers/", {"name": "x", "reference_id": "taken"}, "reference_id"),
        ("templates/", {"name": "x", "format": "yaml"}, "format"),
        ("templates/", {"name": "x", "kind": "email", "status": "active"}, "subject"),
        ("templates/", {"name": "x", "body": "{% for %}", "status": "active"}, "body"),
        ("templates/", {"name": "x", "sample": "no JSON"}, "sample"),
        ("templates/", {"name": "x", "customer": 10**30}, "customer"),
        ("templates/", {"name": "x", "customer": "nobody"}, "customer"),
        ("templates/", {"name": "x", "event": "order_eaten"}, "event"),
        ("templates/render/", {"payload": {}}, "body"),
        ("templates/render/", {"body": "x"}, "payload"),
        ("templates/render/", {"body": "x", "payload": []}, "payload"),
        ("templates/render/", {"body": "x", "payload": {"a": "\x00"}}, "payload.a"),
        ("templates/render/", {"template": 10**17, "payload": {}}, "template"),
        ("templates/render/", {"template": 10**40, "payload": {}}, "template"),
        ("templates/render/", {"template": 1, "body": "x", "payload": {}}, "body"),
        ("templates/render/", {"id": 1, "body": "x", "payload": {}}, "body"),
        ("templates/render/", {"id": 1, "template": 2, "payload": {}}, "id"),
        ("templates/render/", {"id": 10**17, "payload": {}}, "id"),
        ("templates/render/", {"kind": "email", "payload": {}}, "subject"),
        ("triggers/", {"name": "x"}, "event"),
        ("triggers/", {"name": "x", "event": "order_eaten"}, "event"),
        ("triggers/", {"name": "x", "event": "order_failed", "url": "ftp://x"}, "url"),
        ("triggers/", {"name": "x", "event": "order_failed", "status": "active"}, "url"),
        ("triggers/", {"name": "x", "event": "order_failed", "template": "5"}, "template"),
        ("triggers/", {"name": "x", "event": "order_failed", "template": 10**30}, "template"),
        ("triggers/", {"name": "x", "event": "order_failed", "headers": {}}, "headers"),
        (
            "triggers/",
            {"name": "x", "event": "order_failed", "headers": [{"name": 5}]},
            "headers[0].name",
        ),
        (
            "triggers/",
            {"name": "x", "event": "order_failed", "headers": [{"name": "Host", "value": "a"}]},
            "headers",
        ),
        (
            "triggers/",
            {"name": "x", "event": "order_failed", "signing_secret": "short"},
            "signing_secret",
        ),
        (
            "triggers/",
            {"name": "x", "event": "order_failed", "signing_secret": 5},
            "signing_secret",
        ),
        ("triggers/", [], ""),
    ],
    ids=str,
)
def test_bad_input_is_refused_by_name(api, path, body, field):
    factories.customer(reference_id="taken")
    before = (Customer.objects.count(), Template.objects.count(), Trigger.objects.count())

    document = problem(api.post(path, body), 400)

    assert field in fields(document), document
    after = (Customer.objects.count(), Template.objects.count(), Trigger.objects.count())
    assert after == before


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"name": "\xff"}', 400, "UTF-8"),
        (b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}", 400, "levels deep"),
        (b'{"name": "' + b"x" * (1024 * 1024) + b'"}', 413, "1 MiB"),
        (b'{"name": NaN}', 400, "NaN"),
        (b"5", 400, "JSON object"),
    ],
    ids=["utf-8", "deep", "large", "nan", "number"],
)
@pytest.mark.parametrize(
    "path",
    [
        "customers/",
        "templates/",
        "triggers/",
        "templates/render/",
        "order-events/",
        "order-events/batch/",
        "deliveries/resend/",
    ],
)
def test_a_body_that_is_no_json_is_refused_by_every_call(api, path, body, status, words):
    assert words in problem(api.post(path, body), status)["detail"]


@pytest.mark.parametrize("path", ["customers", "templates", "triggers"])
def test_no_row_of_this_id(api, path):
    for key in ("0", "9" * 18, "9" * 19, "x", "-1"):
        problem(api.get(f"{path}/{key}/"), 404)
        problem(api.patch(f"{path}/{key}/", {"name": "x"}), 404)
        problem(api.delete(f"{path}/{key}/"), 404)


@pytest.mark.parametrize("path", ["customers/", "templates/", "triggers/"])
def test_an_unknown_parameter_is_named(api, path):
    assert fields(problem(api.get(path, {"colour": "red"}), 400)) == ["colour"]
