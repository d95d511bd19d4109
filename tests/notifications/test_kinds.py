"""What each kind of channel asks for, what it refuses, and what it sends."""

from __future__ import annotations

import json

import pytest
from chat_channels import CHANNELS
from django.core.exceptions import ValidationError

from dispatcher.chat import SERVICES
from notifications.contracts import Message
from notifications.kinds import KINDS, kind

SIGNING = "whsec_c2lnbmluZy1zZWNyZXQtMDEyMzQ1Njc4OWFiY2Rl"
COMPLETE = CHANNELS | {
    "postback": ({"url": "https://shop.example.com/hooks"}, {"signing_secret": SIGNING}),
    "email": ({"to": "ann@shop.example.com; bo@shop.example.com"}, {}),
}
MESSAGE = Message(title="T {{ a }}", text="X", html="<p>X</p>", made_from="message:x@1")
every_kind = pytest.mark.parametrize("name", KINDS)


def refusal(name, config, given, stored=None):
    with pytest.raises(ValidationError) as caught:
        kind(name).check(config, given, stored=stored or {})
    return caught.value.message_dict


@pytest.fixture(autouse=True)
def server(db):
    """E-mail kinds look for the outgoing server."""


def test_every_chat_service_is_a_kind_and_the_other_way_round():
    assert set(KINDS) == {*SERVICES, "postback", "email"} == set(COMPLETE)


@every_kind
def test_what_is_complete_is_taken_and_kept_apart(name):
    config, given = COMPLETE[name]

    public, secret = kind(name).check(config, given, stored={})

    for value in given.values():
        assert value not in json.dumps(public)
    assert bool(secret) == bool(given)


@every_kind
def test_a_secret_that_is_not_given_again_is_kept(name):
    config, given = COMPLETE[name]
    public, secret = kind(name).check(config, given, stored={})

    assert kind(name).check(public, {}, stored=secret) == (public, secret)
    nothing = dict.fromkeys(given)
    assert kind(name).check(public, nothing, stored=secret) == (public, secret)


@every_kind
def test_nothing_at_all_is_refused_field_by_field(name):
    errors = refusal(name, {}, {})

    needed = {field.name for field in kind(name).fields if field.is_required}
    assert set(errors) == needed
    assert all(texts[0].startswith("Give") for texts in errors.values())


@every_kind
def test_a_field_that_the_kind_does_not_have_is_refused_by_name(name):
    config, given = COMPLETE[name]

    assert set(refusal(name, config | {"colour": "red"}, given)) == {"colour"}


@pytest.mark.parametrize("name", [name for name in KINDS if COMPLETE[name][1]])
def test_a_secret_among_the_public_values_is_refused_and_not_quoted(name):
    config, given = COMPLETE[name]
    errors = refusal(name, config | given, {})

    assert set(given) <= set(errors)
    for value in given.values():
        assert value not in json.dumps(errors)


@every_kind
@pytest.mark.parametrize("value", [7.5, True, ["x"], {"a": 1}, "x\0y", "x" * 3000, "\ud800"])
def test_odd_values_are_refused_and_not_quoted(name, value):
    for field in kind(name).fields:
        config, given = COMPLETE[name]
        if field.is_secret:
            errors = refusal(name, config, given | {field.name: value})
        else:
            errors = refusal(name, config | {field.name: value}, given)
        assert set(errors) == {field.name}
        assert "xxxx" not in json.dumps(errors)


@pytest.mark.parametrize(
    ("name", "field", "value", "words"),
    [
        ("slack", "webhook", "https://evil.example/services/T/B/X", "not an address of Slack"),
        ("slack", "webhook", "https://hooks.slack.com.evil.example/services/T", "not an address"),
        ("slack", "webhook", "https://hooks.slack.com/abc-77", "not complete"),
        ("slack", "webhook", "http://hooks.slack.com/services/T/B/X", "https://"),
        ("slack", "webhook", "https://hooks.slack.com/services/{x}", "curly"),
        ("discord", "webhook", "https://notdiscord.com/api/webhooks/1/x", "not an address"),
        ("teams", "webhook", "javascript:alert(1)", "http"),
        ("mattermost", "webhook", "http://10.0.0.5/hooks/abc", "not allowed"),
        ("mattermost", "webhook", "https://chat.example.com/other", "not complete"),
        ("rocketchat", "webhook", "http://169.254.169.254/hooks/a/b", "not allowed"),
        ("postback", "url", "http://localhost/hooks", "not allowed"),
        ("postback", "signing_secret", "short", "whsec_"),
        ("telegram", "bot_token", "123:short", "bot"),
        ("telegram", "chat_id", "my group", "number"),
        ("telegram", "thread_id", "x", "number"),
        ("ntfy", "topic", "a/b", "letters"),
        ("ntfy", "server", "http://127.0.0.1/", "not allowed"),
        ("ntfy", "server", "https://ntfy.example/?x=1", "alone"),
        ("ntfy", "priority", "9", "Choose one of"),
        ("ntfy", "token", "two words", "spaces"),
        ("gotify", "server", "ftp://x.example", "http"),
        ("email", "to", "ann@shop.example.com, nobody", "nobody"),
        ("email", "to", ",".join(f"a{n}@x.example" for n in range(60)), "At most 50"),
    ],
)
def test_what_is_wrong_is_said_in_words(name, field, value, words):
    config, given = COMPLETE[name]
    is_secret = next(one.is_secret for one in kind(name).fields if one.name == field)
    config, given = (
        (config, given | {field: value}) if is_secret else (config | {field: value}, given)
    )

    errors = refusal(name, config, given)

    assert set(errors) == {field}
    assert words in errors[field][0]
    if is_secret:
        assert value not in errors[field][0]


@every_kind
def test_the_route_holds_no_secret_and_goes_to_the_services_origin(name):
    config, given = COMPLETE[name]
    public, secret = kind(name).check(config, given, stored={})

    compiled = kind(name).compile(public, secret, event="order_completed", message=MESSAGE)

    shown = json.dumps([compiled.spec, compiled.destination, compiled.made_from])
    for value in given.values():
        assert value not in shown
        assert value.rpartition("/")[2] not in shown
    assert name == "email" or compiled.destination.startswith("https://")
    assert repr(compiled).count("secret") == 0


def test_an_optional_secret_can_be_removed():
    config, given = COMPLETE["ntfy"]
    public, secret = kind("ntfy").check(config, given, stored={})

    _, left = kind("ntfy").check(public, {"token": ""}, stored=secret)

    assert left == {}


def test_the_secret_values_of_headers_are_taken_out_and_kept():
    rows = [{"name": "X-Key", "value": "key-1", "is_secret": True}]
    public, secret = kind("postback").check(
        {"url": "https://a.example/", "headers": rows}, {}, stored={}
    )
    assert "key-1" not in json.dumps(public)

    again = kind("postback").check(public, {}, stored=secret)

    assert again == (public, secret)
    compiled = kind("postback").compile(public, secret, event="x", message=MESSAGE)
    assert compiled.credentials == {"headers": [["X-Key", "key-1"]]}


def test_a_replaced_signing_secret_signs_for_a_day_more():
    new = "whsec_bmV3LXNpZ25pbmctc2VjcmV0LTAxMjM0NTY3ODlhYmM="
    public, secret = kind("postback").check(*COMPLETE["postback"], stored={})

    _, changed = kind("postback").check(public, {"signing_secret": new}, stored=secret)

    first, second = changed["signing"]
    assert (first["secret"], first["until"]) == (new, None)
    assert second["secret"] == SIGNING
    assert second["until"] is not None
