"""Channels: chosen by kind, filled in, tried; what is secret is never shown."""

from __future__ import annotations

import re

import pytest
from chat_channels import CHANNELS
from django.urls import reverse
from notification_factories import attachment, channel, slack

from dispatcher.models import Delivery
from dispatcher.services import pause_destination, pause_rule, resume_rule
from notifications import services
from notifications.kinds import KINDS
from notifications.models import Channel

SIGNING = "whsec_c2lnbmluZy1zZWNyZXQtMDEyMzQ1Njc4OWFiY2Rl"
FORMS = {name: config | secret for name, (config, secret) in CHANNELS.items()} | {
    "postback": {"url": "https://shop.example.com/hooks", "signing_secret": SIGNING},
    "email": {"to": "ann@shop.example.com"},
}
LIST = "/admin/notifications/channel/"
every_kind = pytest.mark.parametrize("name", KINDS)


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def add_url(name):
    return f"{reverse('admin:notifications_channel_add')}?kind={name}"


def page_url(row, verb="change"):
    return reverse(f"admin:notifications_channel_{verb}", args=[row.pk])


def saved(console, name, **more):
    answer = console.post(add_url(name), {"name": "Ours", "is_active": "on"} | FORMS[name] | more)
    assert answer.status_code == 302, answer.content.decode()
    return Channel.objects.get()


def errors_on(answer):
    return answer.context["adminform"].form.errors


def test_first_the_kind_is_chosen(console):
    page = text_of(console.get(reverse("admin:notifications_channel_add")))

    for kind in KINDS.values():
        assert f"?kind={kind.name}" in page
        assert kind.how_to.split(":")[0] in page


@every_kind
def test_then_only_its_fields_are_asked_for(console, name):
    page = text_of(console.get(add_url(name)))

    others = {field.name for kind in KINDS.values() for field in kind.fields}
    own = {field.name for field in KINDS[name].fields}
    for field in own - {"headers"}:
        assert f'name="{field}"' in page
    for field in others - own:
        assert f'name="{field}"' not in page


@every_kind
def test_a_channel_is_saved_and_its_secrets_are_never_shown_again(console, name):
    row = saved(console, name)

    assert row.kind == name
    pages = [console.get(page_url(row)), console.get(LIST), console.get(page_url(row, "history"))]
    shown = "".join(map(text_of, pages)) + str([vars(entry) for entry in row.history.all()])
    for field in KINDS[name].fields:
        if field.is_secret and field.name in FORMS[name]:
            assert FORMS[name][field.name] not in shown


@every_kind
def test_saving_it_again_as_shown_changes_nothing(console, name):
    row = saved(console, name)
    config, secret = row.config, row.secret
    public = {
        field.name: config.get(field.name, "")
        for field in KINDS[name].fields
        if not field.is_secret and field.name != "headers"
    }

    answer = console.post(page_url(row), {"name": "Ours", "is_active": "on"} | public)

    assert answer.status_code == 302, errors_on(answer)
    row = Channel.objects.get()
    assert (row.config, row.secret) == (config, secret)


def test_what_is_wrong_is_said_beside_its_field(console):
    answer = console.post(
        add_url("slack"), {"name": "", "webhook": "https://evil.example/secret-9"}
    )

    assert set(errors_on(answer)) >= {"name"}
    answer = console.post(
        add_url("slack"), {"name": "x", "webhook": "https://evil.example/secret-9"}
    )
    assert "not an address of Slack" in str(errors_on(answer)["webhook"])
    assert "secret-9" not in text_of(answer)


def test_a_kind_that_there_is_not_is_asked_for_again(console):
    assert "Which kind of channel?" in text_of(console.get(add_url("pigeon")))
    assert not Channel.objects.exists()


def test_headers_are_rows_whose_secret_values_are_kept(console):
    row = saved(
        console,
        "postback",
        **{
            "headers-present": "1",
            "headers-name": ["X-Shop", "X-Key"],
            "headers-value": ["42", "key-55"],
            "headers-secret": ["no", "yes"],
        },
    )

    page = text_of(console.get(page_url(row)))

    assert 'value="42"' in page
    assert "key-55" not in page
    assert row.secret["headers"] == [["X-Key", "key-55"]]


def test_an_optional_secret_is_removed_on_request(console):
    row = saved(console, "ntfy")

    console.post(
        page_url(row), {"name": "Ours", "is_active": "on", "topic": "orders", "remove_token": "on"}
    )

    assert Channel.objects.get().secret == {}


def test_the_list_tells_kind_state_and_events(console):
    attachment(channel=slack(name="Team"))
    channel(name="Lonely")
    services.set_channel_active(channel=channel(name="Quiet"), is_active=False)

    page = text_of(console.get(LIST))

    for words in ("Slack", "Order completed", "Not attached", "Inactive"):
        assert words in page


def test_a_channel_shows_that_its_rule_or_destination_rests(console):
    made = attachment()
    pause_rule(made.rule_id, reason="The receiver answered 410 Gone.")
    assert "410 Gone" in text_of(console.get(page_url(made.channel)))
    resume_rule(made.rule_id)

    pause_destination(made.rule.route.destination_id)

    assert "Paused by hand" in text_of(console.get(LIST))
    assert "Paused by hand" in text_of(console.get(page_url(made.channel)))


def test_a_button_makes_it_inactive_and_active_again(console):
    row = channel()

    console.post(page_url(row, "deactivate"))
    assert Channel.objects.get().is_active is False
    console.post(page_url(row, "activate"))
    assert Channel.objects.get().is_active is True
    assert console.get(page_url(row, "activate")).status_code == 405


def test_many_are_made_inactive_by_an_action(console):
    rows = [channel(), channel()]

    console.post(LIST, {"action": "deactivate_selected", "_selected_action": [r.pk for r in rows]})

    assert Channel.objects.filter(is_active=False).count() == 2


def test_an_attached_channel_is_not_deleted_and_says_what_to_do(console):
    made = attachment()

    answer = console.post(page_url(made.channel, "delete"), {"post": "yes"}, follow=True)

    assert "Detach it there first" in text_of(answer)
    assert Channel.objects.exists()


def test_a_test_is_a_delivery_of_its_own(console):
    row = saved(console, "slack")
    assert "This really sends a message by Slack" in text_of(console.get(page_url(row, "test")))

    answer = console.post(page_url(row, "test"), {"event": "refund_applied"})

    delivery = Delivery.objects.get()
    assert delivery.is_test
    assert answer.url == reverse("admin:dispatcher_delivery_change", args=[delivery.pk])
    assert "secretslack" not in text_of(console.get(answer.url))


def test_a_test_with_a_broken_payload_says_what_is_wrong(console):
    row = channel()

    page = text_of(console.post(page_url(row, "test"), {"event": "refund_applied", "payload": "{"}))

    assert "This is not valid JSON" in page
    assert not Delivery.objects.exists()


def test_a_chat_is_offered_no_test_of_a_postback_only_event(console):
    page = text_of(console.get(page_url(slack(), "test")))

    assert 'value="order_completed"' in page
    assert not re.search('value="(customer_created|survey_completed)"', page)


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_and_a_page_take_few_statements(console, django_assert_max_num_queries, count):
    for _ in range(count):
        made = attachment()
        for event in ("refund_applied", "tracking_updated"):
            services.attach(event=event, channel=made.channel)

    for address in (LIST, page_url(made.channel), page_url(made.channel, "test")):
        with django_assert_max_num_queries(15):
            text_of(console.get(address))


def test_an_attached_channel_stays_and_its_page_says_where_to_detach_it(console):
    row = attachment(name="Shop backend").channel

    page = text_of(console.get(page_url(row, "delete")))
    console.post(page_url(row, "delete"), {"post": "yes"})

    assert "“Shop backend” cannot be deleted yet" in page
    assert "attached to “Order completed”" in page
    assert Channel.objects.filter(pk=row.pk).exists()
