"""What arrives at each chat service is what that service documents."""

from __future__ import annotations

import json

import pytest
from chat_channels import CHANNELS, TOKEN, WEBHOOKS, send, work_for

from dispatcher.chat import SERVICES
from dispatcher.types import Outcome

LINK = "https://postbacks.example.com/orders?reference=1001"
every_service = pytest.mark.parametrize("name", SERVICES)


def arrived(standin, name, **values):
    exchange = send(work_for(name, **values))
    assert exchange.outcome == Outcome.DELIVERED, exchange.error
    [came] = standin.requests
    assert came.line.startswith("POST ")
    return came


@every_service
def test_the_message_arrives_as_one_signed_for_request(standin, name):
    came = arrived(standin, name)

    assert came.headers["content-type"].startswith("application/json")
    assert came.headers["webhook-id"] == "00000000-0000-0000-0000-000000000007"
    assert "Ann" in json.dumps(came.json)
    assert LINK.replace("&", "&amp;") in came.body.decode()


@pytest.mark.parametrize("name", WEBHOOKS)
def test_a_webhook_is_called_at_the_address_that_was_copied(standin, name):
    came = arrived(standin, name)

    host, path = WEBHOOKS[name].removeprefix("https://").split("/", 1)
    assert came.headers["host"] == host.removesuffix(":443")
    assert came.path == f"/{path}"


def test_slack_gets_an_attachment(standin):
    # https://docs.slack.dev/messaging/formatting-message-text: & < > are the only control signs
    came = arrived(standin, "slack", payload='{"order": "1001", "name": "<!channel> & *Ann*"}')

    assert came.json["mrkdwn"] is False
    assert came.json["link_names"] is False
    [attachment] = came.json["attachments"]
    assert attachment["title"] == attachment["fallback"] == "Order 1001 completed"
    assert attachment["text"] == f"Customer: &lt;!channel&gt; &amp; *Ann*\n{LINK}"
    assert attachment["mrkdwn_in"] == []


def test_discord_gets_content_that_mentions_nobody(standin):
    came = arrived(standin, "discord", payload='{"order": "1001", "name": "@everyone <@&7> **x**"}')

    assert came.json["allowed_mentions"] == {"parse": []}
    content = came.json["content"]
    assert content.startswith("**Order 1001 completed**\nCustomer: @\u200beveryone")
    assert "\\<@" in content
    assert "\\*\\*x\\*\\*" in content
    assert content.endswith(LINK)
    assert "http" not in json.dumps({**came.json, "content": ""})  # no picture from elsewhere


def test_teams_gets_an_adaptive_card(standin):
    came = arrived(standin, "teams", payload='{"order": "1001", "name": "[x](https://e.example)"}')

    assert came.json["type"] == "message"
    [attachment] = came.json["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["type"] == "AdaptiveCard"
    title, text = card["body"]
    assert (title["type"], title["text"], title["wrap"]) == (
        "TextBlock", "Order 1001 completed", True,
    )  # fmt: skip
    assert text["text"] == f"Customer: [x]\u200b(https://e.example)\n\n{LINK}"


def test_telegram_gets_send_message_of_the_bot(standin):
    came = arrived(standin, "telegram", payload='{"order": "1001", "name": "<b>Ann</b>"}')

    assert came.path == f"/bot{TOKEN}/sendMessage"
    assert came.json["chat_id"] == -1001234567890
    assert came.json["parse_mode"] == "HTML"
    assert came.json["text"] == (
        f"<b>Order 1001 completed</b>\nCustomer: &lt;b&gt;Ann&lt;/b&gt;\n{LINK}"
    )


def test_ntfy_gets_its_json_at_the_root_with_the_token(standin):
    came = arrived(standin, "ntfy")

    assert came.path == "/"
    assert came.headers["authorization"] == "Bearer tk_secretntfy"
    assert came.json == {
        "topic": "orders",
        "title": "Order 1001 completed",
        "message": f"Customer: Ann\n{LINK}",
        "priority": 4,
    }


@pytest.mark.parametrize("name", ["mattermost", "rocketchat"])
def test_a_server_of_ones_own_gets_text_that_mentions_nobody(standin, name):
    came = arrived(standin, name, payload='{"order": "1001", "name": "@all <!channel> [x](y)"}')

    text = came.json["text"]
    assert "@\u200ball" in text
    assert "<!channel>" not in text
    assert "[x](y)" not in text
    assert text.endswith(LINK)


def test_google_chat_gets_text(standin):
    came = arrived(standin, "google_chat", payload='{"order": "1001", "name": "<users/all> Ann"}')

    assert came.json == {"text": f"*Order 1001 completed*\nCustomer: <\u200busers/all> Ann\n{LINK}"}


def test_gotify_gets_its_token_in_a_header(standin):
    came = arrived(standin, "gotify")

    assert came.path == "/message"
    assert came.headers["x-gotify-key"] == "secretgotify"
    assert came.json["title"] == "Order 1001 completed"


@every_service
@pytest.mark.parametrize("letter", ["x", "<", "ö", "\U0001f600", "*"])
def test_what_is_too_long_is_cut_and_keeps_its_link(name, letter):
    payload = json.dumps({"order": "1001", "name": letter * 60_000})

    body = json.loads(work_for(name, payload=payload).request.body)

    service = SERVICES[name]
    texts = [text for text in strings(body) if "…" in text]
    [longest] = texts
    assert service.measure(longest.replace("\n\n", "\n")) <= service.limit
    assert service.measure(longest) > service.limit * 0.9 - 300
    assert longest.endswith(LINK)
    assert not longest.partition("…")[0].endswith(("&", "&l", "&lt", "\\"))


@every_service
def test_a_long_title_is_cut(name):
    payload = json.dumps({"order": "9" * 900, "name": "Ann"})

    body = json.loads(work_for(name, payload=payload, text="Fine").request.body)

    assert "9" * 300 not in json.dumps(body)
    assert "Fine" in json.dumps(body)


def strings(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for one in value for text in strings(one)] if isinstance(value, list) else []


def test_every_service_has_a_channel_here():
    assert CHANNELS.keys() == SERVICES.keys()
