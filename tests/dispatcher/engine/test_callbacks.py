"""Callbacks at the receiver, byte for byte."""

from __future__ import annotations

import base64
import json

import pytest

from dispatcher import http, services
from dispatcher.configuration import authorization
from dispatcher.engine import engine as engine_module
from dispatcher.models import Attempt, Delivery

VALUES = {"click": "a b&c=d/ü%?#+", "payout": 12.5, "none": None, "status": "done"}
ENCODED = "a%20b%26c%3Dd%2F%C3%BC%25%3F%23%2B"


@pytest.fixture
def callback(db, receiver, sender_class):
    """Make a rule that calls a path of the sample receiver."""

    def make(path="/ok", *, encoding="query", params=(), headers=(), delays=(), credentials=None):
        url = receiver.url + path
        spec = {
            "method": "GET" if encoding == "query" else "POST",
            "encoding": encoding,
            "url": url,
            "params": [list(pair) for pair in params],
            "headers": [list(pair) for pair in headers],
        }
        rule = services.create_rule(kind="postback", name="Callback")
        if credentials:
            services.save_credentials(rule, credentials)
        route = services.save_route(
            rule=rule,
            transport="callback",
            destination=http.origin(url),
            spec=spec,
            retry_policy={"delays": list(delays)},
        )
        return sender_class(rule, route)

    return make


@pytest.fixture
def received(receiver, run_pass):
    """The one request that a pass sends for these values."""

    def send(rule, **values):
        rule.emit(payload=json.dumps(VALUES | values))
        run_pass()
        [entry] = receiver.ledger()
        return entry

    return send


def test_a_get_keeps_the_urls_own_parameters_and_adds_its_own_behind(callback, received):
    rule = callback("/ok?own=%2f+x&e=&c={click}", params=[("p n", "{payout}"), ("m", "<{none}>")])

    entry = received(rule)

    assert (entry["method"], entry["body"]) == ("GET", "")
    assert entry["path"] == f"/ok?own=%2f+x&e=&c={ENCODED}&p%20n=12.5&m=%3C%3E"
    assert "content-type" not in entry["headers"]
    assert "content-length" not in entry["headers"]


def test_a_form_is_a_body_with_plus_for_spaces(callback, received):
    rule = callback("/ok/{click}", encoding="form", params=[("a b", "{click}"), ("n", "{none}")])

    entry = received(rule)

    assert (entry["method"], entry["path"]) == ("POST", f"/ok/{ENCODED}")
    assert entry["body"] == f"a+b={ENCODED.replace('%20', '+')}&n="
    assert entry["headers"]["content-type"] == "application/x-www-form-urlencoded"


def test_json_holds_numbers_null_and_strings(callback, received):
    rule = callback(
        encoding="json",
        params=[("p", "{payout}"), ("n", "{none}"), ("c", "{click}"), ("s", "{status:done=1}")],
    )

    entry = received(rule)

    assert entry["body"] == '{"p":12.5,"n":null,"c":"a b&c=d/ü%?#+","s":"1"}'
    assert entry["headers"]["content-type"] == "application/json"


def test_without_parameters_a_json_callback_sends_an_empty_object(callback, received):
    assert received(callback(encoding="json"))["body"] == "{}"


def test_headers_are_filled_and_can_break_no_line(callback, received):
    rule = callback(headers=[("X-Click", "{click}"), ("X-Two", "<{break}>")])

    headers = received(rule, **{"break": "1\r\nX-Evil: 1"})["headers"]

    assert headers["x-click"].encode("latin-1").decode() == VALUES["click"]
    assert headers["x-two"] == "<1%0D%0AX-Evil: 1>"
    assert "x-evil" not in headers
    assert headers["user-agent"] == "Postbacks/1.0"


def test_every_attempt_says_which_delivery_it_is(callback, received):
    entry = received(callback(headers=[("User-Agent", "Ours/2")]))

    assert entry["webhook_id"] == str(Delivery.objects.get().uid)
    assert int(entry["headers"]["webhook-timestamp"]) > 0
    assert entry["headers"]["user-agent"] == "Ours/2"


@pytest.mark.parametrize(
    ("value", "header"),
    [
        pytest.param(
            authorization.basic("jürgen@shop", "pässwört:1"),
            "Basic " + base64.b64encode("jürgen@shop:pässwört:1".encode()).decode(),
            id="login-and-password-in-utf-8",
        ),
        pytest.param(authorization.basic("joe", ""), "Basic am9lOg==", id="no-password"),
        pytest.param(authorization.basic_token(" t0ken=="), "Basic t0ken==", id="basic-token"),
        pytest.param(authorization.bearer("abc.def-1"), "Bearer abc.def-1", id="bearer"),
    ],
)
def test_authorization_is_added_to_each_attempt_and_never_stored(callback, received, value, header):
    entry = received(callback(credentials={"authorization": value}))

    assert entry["headers"]["authorization"] == header
    assert "uthorization" not in Delivery.objects.get().request.headers


def test_a_retry_repeats_the_same_request(callback, receiver, run_pass, time_machine):
    callback("/flaky/1?c={click}", delays=[0]).emit(payload=json.dumps(VALUES))

    run_pass()
    run_pass()

    first, second = receiver.ledger()
    same = ("method", "path", "body", "webhook_id")
    assert [first[name] for name in same] == [second[name] for name in same]
    assert Delivery.objects.get().state == "delivered"


def test_what_cannot_be_filled_is_a_template_error_with_one_attempt(callback, receiver, run_pass):
    rule = callback("/ok?at={created:%Y}", delays=[0, 0])
    rule.emit(payload=json.dumps({"created": "hush-hush"}))

    run_pass()

    attempt = Attempt.objects.get()
    assert (attempt.outcome, Delivery.objects.get().state) == ("template_error", "failed")
    assert attempt.error.startswith("{created} in the URL is to be written as a time")
    assert "hush" not in attempt.error
    assert receiver.ledger() == []


def test_a_route_that_cannot_be_read_is_a_configuration_error_and_stops_no_other(
    callback, receiver, run_pass
):
    callback("/ok/{broken").emit()
    callback("/ok/whole").emit()

    run_pass()

    assert sorted(Delivery.objects.values_list("outcome", flat=True)) == [
        "configuration_error",
        "delivered",
    ]
    assert [entry["path"] for entry in receiver.ledger()] == ["/ok/whole"]


def test_a_callback_needs_no_rendering_process(callback, received, monkeypatch):
    monkeypatch.setattr(engine_module, "renderer", None)

    assert received(callback("/ok/{status}"))["path"] == "/ok/done"


def test_the_preview_is_what_arrives(callback, received):
    credentials = {"authorization": authorization.bearer("s3cret")}
    rule = callback(
        "/ok?x={click}", encoding="form", params=[("ä", "{click}")], headers=[("X-C", "{click}")],
        credentials=credentials,
    )  # fmt: skip

    preview = services.preview_callback(
        spec=rule.route.spec, payload=json.dumps(VALUES), secret_headers=("Authorization",)
    )
    entry = received(rule)

    assert preview.line == f"{entry['method']} {entry['path']} HTTP/1.1"
    assert preview.body == entry["body"]
    shown = {name.lower(): value for name, value in preview.headers}
    assert shown.keys() == entry["headers"].keys()
    assert shown["authorization"] == services.MASK
    made_anew = {"authorization", "webhook-id", "webhook-timestamp"}
    for name in shown.keys() - made_anew:
        assert shown[name] == entry["headers"][name].encode("latin-1").decode()


def test_a_preview_says_why_nothing_could_be_sent():
    spec = {"method": "GET", "encoding": "query", "url": "https://host.example/{a"}

    with pytest.raises(services.PreviewError, match="never closed"):
        services.preview_callback(spec=spec, payload="{}")
