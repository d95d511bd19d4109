"""Outgoing servers, e-mail templates and triggers over the API."""

from __future__ import annotations

import factories
import mail_server
import pytest
from api_client import Api, fields, problem

from postbacks.models import OutgoingServer

pytestmark = pytest.mark.django_db

BODY = {
    "host": "mail.here.example",
    "port": 465,
    "tls": "tls",
    "sender_address": "shop@here.example",
    "username": "shop",
    "password": "correct-horse",
}


def test_a_server_through_its_life(api):
    made = api.post("outgoing-servers/", BODY)
    path = f"outgoing-servers/{made.json()['id']}/"

    changed = api.patch(path, {"sender_name": "The shop", "password": made.json()["password"]})
    kept = OutgoingServer.objects.get().password
    removed = api.patch(path, {"password": None})

    assert made.status_code == 201
    assert made.json()["password"] == {"set": True}
    assert (changed.json()["sender_name"], kept) == ("The shop", "correct-horse")
    assert removed.json()["password"] == {"set": False}
    assert "correct-horse" not in made.content.decode() + api.get(path).content.decode()
    assert api.delete(path).status_code == 204


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"host": "smtp://x"}, "host"),
        ({"port": 70000}, "port"),
        ({"tls": "ssl"}, "tls"),
        ({"sender_address": "x"}, "sender_address"),
        ({"password": 5}, "password"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_server_is_refused_by_field(api, values, field):
    answer = api.post("outgoing-servers/", BODY | values)

    assert field in fields(problem(answer, 400))


def test_a_stored_password_does_not_follow_to_another_host(api):
    path = f"outgoing-servers/{api.post('outgoing-servers/', BODY).json()['id']}/"

    answer = api.patch(path, {"host": "attacker.example"})

    assert "password" in fields(problem(answer, 400))


def test_a_test_says_which_step_failed_and_what_to_do(api, settings):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    running = mail_server.start()
    server = factories.outgoing_server(host="127.0.0.1", port=running.port, tls="none")
    path = f"outgoing-servers/{server.pk}/test/"
    try:
        good = api.post(path, {"recipient": "you@there.example"})
        running.box.replies["shop@here.example"] = "553 not yours"
        bad = api.post(path, {"recipient": "you@there.example"})
    finally:
        running.controller.stop()

    assert good.json()["ok"] is True
    assert bad.json()["ok"] is False
    failed = next(step for step in bad.json()["steps"] if step["state"] == "failed")
    assert failed["name"] == "send"
    assert "553 not yours" in failed["message"]
    assert failed["remedy"]
    assert "recipient" in fields(problem(api.post(path, {"recipient": "x\r\ny"}), 400))


def test_who_may_only_read_cannot_test(api):
    server = factories.outgoing_server()

    answer = Api("read").post(f"outgoing-servers/{server.pk}/test/", {"recipient": "a@b.example"})

    assert answer.status_code == 403


def test_an_email_trigger_over_the_api(api):
    template = api.post(
        "templates/",
        {"name": "Mail", "kind": "email", "subject": "Hi {{ orderId }}", "text": "x",
         "status": "active"},
    )  # fmt: skip
    body = {
        "name": "Mail", "event": "order_shipped", "method_kind": "email", "status": "active",
        "to": ["a@there.example", "b@there.example"], "bcc": ["c@there.example"],
        "template": template.json()["id"],
    }  # fmt: skip

    made = api.post("triggers/", body)
    again = api.put(f"triggers/{made.json()['id']}/", made.json())

    assert made.status_code == 201, made.content
    assert made.json()["to"] == ["a@there.example", "b@there.example"]
    assert again.status_code == 200, again.content
    bad = api.post("triggers/", body | {"to": ["a@there.example\r\nBcc: x@y.example"]})
    assert "to" in fields(problem(bad, 400))


def test_render_gives_an_emails_parts_and_names_the_part_of_a_flaw(api):
    body = {
        "kind": "email",
        "subject": "Order {{ orderId }}",
        "html": "<p>{{ nothing }}</p>",
        "text": "{{ orderId }",
        "payload": {"orderId": "1"},
    }

    bad = api.post("templates/render/", body).json()
    good = api.post("templates/render/", body | {"text": "x"}).json()

    assert [flaw["part"] for flaw in bad["errors"]] == ["text"]
    assert good["errors"] == []
    assert good["parts"] == {"subject": "Order 1", "text": "x", "html": "<p></p>"}
    assert good["warnings"][0]["part"] == "html"
