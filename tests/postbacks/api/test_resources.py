from __future__ import annotations

import json

import factories
import pytest
from api_client import fields, problem

from dispatcher.models import Delivery
from postbacks.models import Customer, Template, Trigger

pytestmark = pytest.mark.django_db

FROM_READY = ("event", "format", "body")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def trigger_body():
    customer = factories.customer()
    return {
        "name": "Shipped to shop",
        "customer": customer.pk,
        "event": "order_shipped",
        "status": "active",
        "url": "https://receiver.example/hooks",
        "headers": [
            {"name": "X-Shop", "value": "12", "is_secret": False},
            {"name": "X-Key", "value": "hush-hush", "is_secret": True},
        ],
        "signing_secret": SECRET,
        "template": factories.template().pk,
    }


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


def test_what_was_read_can_be_sent_back(api, trigger_body):
    made = api.post("triggers/", trigger_body).json()

    back = api.put(f"triggers/{made['id']}/", made)

    assert back.status_code == 200, back.content
    assert back.json() == made | {"updated_at": back.json()["updated_at"]}
    rule = Trigger.objects.get().rule
    assert rule.credentials["headers"] == [["X-Key", "hush-hush"]]
    assert [entry["secret"] for entry in rule.credentials["signing"]] == [SECRET]


def test_a_trigger_never_shows_its_secrets(api, trigger_body):
    response = api.post("triggers/", trigger_body)

    assert response.json()["signing_secret"] == {"set": True}
    assert response.json()["headers"][1] == {"name": "X-Key", "value": None, "is_secret": True}
    listed = api.get("triggers/").content + api.get(f"triggers/{response.json()['id']}/").content
    assert b"hush" not in listed + response.content
    assert b"whsec" not in listed + response.content


@pytest.mark.parametrize("value", [None, ""])
def test_a_signing_secret_is_removed(api, trigger_body, value):
    made = api.post("triggers/", trigger_body).json()

    changed = api.patch(f"triggers/{made['id']}/", {"signing_secret": value})

    assert changed.json()["signing_secret"] == {"set": False}


def test_a_customer_may_be_named_by_its_reference(api, trigger_body):
    reference = Customer.objects.get().reference_id

    made = api.post("triggers/", trigger_body | {"customer": reference})

    assert made.json()["customer"] == trigger_body["customer"]


def test_a_trigger_is_paused_and_resumed_and_deleted(api, trigger_body):
    path = f"triggers/{api.post('triggers/', trigger_body).json()['id']}/"

    assert api.patch(path, {"status": "paused"}).json()["status"] == "paused"
    assert api.patch(path, {"status": "active"}).json()["status"] == "active"
    assert api.delete(path).status_code == 204


@pytest.mark.parametrize("wrap", [True, False], ids=["as-payload", "bare"])
def test_a_trigger_is_tested_with_a_payload(api, trigger_body, wrap):
    made = api.post("triggers/", trigger_body).json()
    payload = {"orderReferenceId": "PO-9"}

    response = api.post(f"triggers/{made['id']}/test/", {"payload": payload} if wrap else payload)

    delivery = Delivery.objects.get()
    assert response.status_code == 202
    assert response.json()["id"] == str(delivery.uid)
    assert response.json()["is_test"] is True
    assert json.loads(delivery.event.payload) == payload


@pytest.mark.parametrize("text", ["[]", "null", "false", "0", '""', "[{}]"])
def test_a_trigger_is_not_tested_with_what_is_no_object(api, trigger_body, text):
    made = api.post("triggers/", trigger_body).json()

    document = problem(api.post(f"triggers/{made['id']}/test/", text.encode()), 400)

    assert fields(document) == [""]
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("secret", ["short", "whsec_c2hvcnQ=", 5], ids=str)
def test_a_secret_that_cannot_sign_is_told_what_can(api, trigger_body, secret):
    document = problem(api.post("triggers/", trigger_body | {"signing_secret": secret}), 400)

    assert document["errors"] == [
        {
            "field": "signing_secret",
            "message": "Give whsec_ and 24 to 64 bytes as base64, or null for none.",
        }
    ]


def test_a_draft_is_tested_with_the_sample_of_its_event(api, trigger_body):
    made = api.post("triggers/", trigger_body | {"status": "draft"}).json()

    assert api.post(f"triggers/{made['id']}/test/").status_code == 202
    assert "PO-1001" in Delivery.objects.get().event.payload


def test_a_trigger_that_is_not_complete_says_what_is_missing(api):
    made = api.post("triggers/", {"name": "x", "event": "order_failed"}).json()

    document = problem(api.post(f"triggers/{made['id']}/test/"), 400)

    assert fields(document) == ["url", "template"]


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


ORDER = {"orderId": "1", "items": [{"fulfillments": [{"carrierName": "PostNord"}]}]}


def test_a_bad_template_is_answered_with_line_and_column(api):
    answer = api.post("templates/render/", {"body": '{"a":\n {% for %}', "payload": {}})

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["line"] == 2


@pytest.mark.parametrize("name", ["template", "id"])
def test_a_saved_template_is_rendered_by_its_id(api, name):
    template = factories.template(body='{"n": {{ n | tojson }} }')

    answer = api.post("templates/render/", {name: template.pk, "payload": {"n": 5}})

    assert json.loads(answer.json()["output"]) == {"n": 5}


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
