"""Triggers by the API: saved with secrets that are never shown, paused, tested."""

from __future__ import annotations

import json

import pytest
from api_client import fields, problem

from dispatcher.models import Delivery
from postbacks.models import Customer, Trigger

pytestmark = pytest.mark.django_db


def test_what_was_read_can_be_sent_back(api, trigger_body):
    made = api.post("triggers/", trigger_body).json()

    back = api.put(f"triggers/{made['id']}/", made)

    assert back.status_code == 200, back.content
    assert back.json() == made | {"updated_at": back.json()["updated_at"]}
    rule = Trigger.objects.get().rule
    assert rule.credentials["headers"] == [["X-Key", "hush-hush"]]
    signing = [entry["secret"] for entry in rule.credentials["signing"]]
    assert signing == [trigger_body["signing_secret"]]


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
