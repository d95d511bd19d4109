"""A Viewer's pages: everything that is configured can be read, and nothing secret or editable."""

from __future__ import annotations

import html
import re

import ledger
import notification_factories as notifications
import offer_factories as offers
import pytest
from chat_channels import CHANNELS
from django.urls import reverse
from rights import VIEWER
from world import SERVER_SECRET, World

from notifications.kinds import KINDS
from notifications.models import Channel
from postbacks.models import OutgoingServer, Template, Trigger

TOKEN = "the-token-of-the-affiliate"
SIGNING = "whsec_" + "QUJD" * 12
KINDS_SET = CHANNELS | {
    "email": ({"to": "ann@shop.example.com", "cc": "bob@shop.example.com"}, {}),
    "postback": (
        {
            "url": "https://shop.example.com/hooks",
            "headers": [
                {"name": "X-Shop", "value": "42", "is_secret": False},
                {"name": "X-Key", "value": "the-key-5Tq9", "is_secret": True},
            ],
        },
        {"signing_secret": SIGNING},
    ),
}
SEEN = {
    "postback": ["https://shop.example.com/hooks", "X-Shop 42", "X-Key •••••• (secret)", "Signed"],
    "email": ["Recipients ann@shop.example.com", "Cc bob@shop.example.com", "Reply to \N{EN DASH}"],
    "slack": ["Webhook address https://hooks.slack.com/••••••"],
    "teams": ["https://prod-12.westeurope.logic.azure.com:443/••••••"],
    "discord": ["https://discord.com/••••••"],
    "mattermost": ["https://chat.example.com/••••••"],
    "rocketchat": ["https://chat.example.com/••••••"],
    "google_chat": ["https://chat.googleapis.com/••••••"],
    "telegram": ["Bot token •••••• (stored, never shown)", "Chat ID -1001234567890"],
    "ntfy": ["Topic orders"],
    "gotify": ["https://push.example.com", "•••••• (stored, never shown)"],
}


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def look(world):
    """The text of a page's main part as a Viewer reads it; its HTML, too."""
    client = world.client(VIEWER)

    def page(name, *args):
        answer = client.get(reverse(f"admin:{name}", args=args))
        assert answer.status_code == 200
        source = answer.content.decode()
        assert not [one for one in world.secrets if one in source]
        return words(source), source

    return page


def words(source):
    shown = re.sub(r"(?s)<(script|style|template)\b.*?</\1>", " ", source)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", shown)))


def test_every_kind_of_channel_has_a_test_here():
    assert KINDS_SET.keys() == SEEN.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS_SET)
def test_a_channel_is_shown_with_its_address_and_without_its_secrets(kind, look, world):
    config, secret = KINDS_SET[kind]
    channel = notifications.channel(kind=kind, config=config, secret=secret)
    hidden = ["the-key-5Tq9", SIGNING, *secret.values()]
    world.secrets += [*hidden, *(one.rpartition("/")[2] for one in hidden if "://" in one)]

    text, _ = look("notifications_channel_change", channel.pk)

    assert [one for one in SEEN[kind] if one not in text] == []
    assert "Remove" not in text
    assert "Seen at" not in text


def test_a_channel_without_a_secret_says_so(look):
    channel = notifications.channel()

    text, _ = look("notifications_channel_change", channel.pk)

    assert "Not signed" in text
    assert Channel.objects.get(pk=channel.pk).secret == {}


def test_the_headers_of_a_trigger_are_a_table(look):
    trigger = Trigger.objects.exclude(headers=[]).first()

    text, source = look("postbacks_trigger_change", trigger.pk)

    assert "X-Shop 42" in text
    assert "X-Api-Key •••••• (secret)" in text
    assert "is_secret" not in source
    assert "Seen at" not in text


def test_a_template_is_shown_as_code_with_its_state_version_and_users(look):
    body = '{"order":\n  "{{ orderId }}"}'
    trigger = ledger.trigger(name="Tell the shop")
    Template.objects.filter(pk=trigger.template_id).update(body=body, schema='{"a":\n 1}')

    text, source = look("postbacks_template_change", trigger.template_id)

    assert f">{html.escape(body)}</pre>" in source
    assert 'aria-label="Schema"' in source
    assert "Active, version 1" in text
    assert "Tell the shop" in text


def test_an_e_mail_template_is_shown_part_by_part(look):
    template = Template.objects.filter(kind="email").first()

    _, source = look("postbacks_template_change", template.pk)

    assert f'aria-label="Subject">{html.escape(template.subject)}</pre>' in source
    assert 'aria-label="Text"' in source


def test_a_message_can_be_read_and_not_written(look):
    text, source = look("notifications_systemevent_message", "order_completed")

    fields = re.findall(r"<(?:textarea|input|select)\b[^>]*>", source.split('data-message="')[1])
    editable = [
        one for one in fields
        if not re.search(r'\bhidden\b|type="hidden"|\breadonly\b|data-message-past', one)
    ]  # fmt: skip
    assert "order" in re.search(r'(?s)aria-label="Title[^"]*">(.*?)</pre>', source)[1].lower()
    assert editable == []
    assert "Leave a part empty" not in text


def test_an_affiliates_postback_shows_params_headers_and_that_a_token_is_stored(look, world):
    postback = offers.postback(
        auth_kind="bearer", token=TOKEN, params=[{"name": "sub", "value": "{click_id}"}],
        headers=[{"name": "X-Key", "value": "the-key-5Tq9", "is_secret": True}],
    )  # fmt: skip
    world.secrets += [TOKEN, "the-key-5Tq9"]

    text, source = look("offers_postback_change", postback.pk)

    assert "sub {click_id}" in text
    assert "X-Key •••••• (secret)" in text
    assert "Token •••••• (stored, never shown)" in text
    assert "is_secret" not in source


def test_an_affiliates_postback_shows_who_logs_in(look, world):
    postback = offers.postback(auth_kind="basic", auth_login="shop", password=TOKEN)
    world.secrets.append(TOKEN)

    text, _ = look("offers_postback_change", postback.pk)

    assert "Login shop Password •••••• (stored, never shown)" in text


def test_an_outgoing_server_says_that_its_password_is_stored(look):
    text, _ = look("postbacks_outgoingserver_change", OutgoingServer.objects.get().pk)

    assert SERVER_SECRET not in text
    assert "Password •••••• (stored, never shown)" in text


@pytest.mark.parametrize(
    "name",
    ["postbacks.customer", "postbacks.lookuptable", "offers.offer", "offers.goal",
     "offers.affiliate"],
)  # fmt: skip
def test_other_pages_show_no_field_that_only_a_form_knows(name, look, world):
    text, source = look(f"{name.replace('.', '_')}_change", world.row(name))

    assert "Seen at" not in text
    assert "is_secret" not in source
