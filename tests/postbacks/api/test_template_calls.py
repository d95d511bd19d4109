"""Templates by the API: saved as versions, rendered, started from ready ones."""

from __future__ import annotations

import json

import factories
import pytest
from api_client import problem

pytestmark = pytest.mark.django_db

FROM_READY = ("event", "format", "body")
ORDER = {"orderId": "1", "items": [{"fulfillments": [{"carrierName": "PostNord"}]}]}


def test_each_change_of_a_template_is_a_version(api):
    made = api.post("templates/", {"name": "Shipped", "body": "{}", "status": "active"}).json()
    path = f"templates/{made['id']}/"
    changed = api.patch(path, {"body": '{"a": 1}'}).json()

    versions = api.get(f"{path}versions/").json()["results"]

    assert changed["version"] == 2
    assert [(one["number"], one["body"]) for one in versions] == [(2, '{"a": 1}'), (1, "{}")]


def test_a_template_is_rendered(api):
    body = {"kind": "webhook", "format": "json", "body": factories.GUIDE, "payload": ORDER}

    answer = api.post("templates/render/", body)

    assert answer.status_code == 200
    assert json.loads(answer.json()["output"])["trackingInfo"]["carrier"] == "PostNord"
    assert answer.json()["errors"] == []
    assert [one["message"] for one in answer.json()["warnings"]]  # what the order lacks


def test_a_bad_template_is_answered_with_line_and_column(api):
    answer = api.post("templates/render/", {"body": '{"a":\n {% for %}', "payload": {}})

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["line"] == 2


@pytest.mark.parametrize("name", ["template", "id"])
def test_a_saved_template_is_rendered_by_its_id(api, name):
    template = factories.template(body='{"n": {{ n | tojson }} }')

    answer = api.post("templates/render/", {name: template.pk, "payload": {"n": 5}})

    assert json.loads(answer.json()["output"]) == {"n": 5}


def test_templates_to_start_from_are_listed_and_good_as_they_are(api):
    listed = api.get("templates/ready/").json()

    chosen = next(
        one for one in listed if (one["event"], one["format"]) == ("order_shipped", "xml")
    )
    made = api.post(
        "templates/", {"name": "Mine", "status": "active", **{k: chosen[k] for k in FROM_READY}}
    )

    assert made.status_code == 201, made.json()
    assert len(listed) == 20


def test_an_earlier_version_is_restored(api):
    path = f"templates/{factories.template(body='{}').pk}/"
    api.patch(path, {"body": '{"a": 1}'})

    restored = api.post(f"{path}versions/1/restore/", {})

    assert (restored.json()["version"], restored.json()["body"]) == (3, "{}")
    problem(api.post(f"{path}versions/9/restore/", {}), 404)
