"""The Events page and the page of each event."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from notification_factories import attachment, channel, emit, slack

from notifications.events import EVERY_TYPE, FIRES_WHEN, EventType
from notifications.models import Attachment, Channel, MessageTemplate, SystemEvent
from notifications.services import event_switch

LIST = "/admin/notifications/systemevent/"


def url(name, event="order_completed", *more):
    return reverse(f"admin:notifications_systemevent_{name}", args=[event, *more])


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_all_events_are_on_one_page_each_with_its_sentence(console):
    page = text_of(console.get(LIST))

    for event, label in EVERY_TYPE:
        assert f">{label}</a>" in page
        assert FIRES_WHEN[event].split(".")[0].replace("'", "&#x27;") in page
    assert page.count('role="switch"') == len(EVERY_TYPE)


def test_the_page_tells_channels_and_when_it_fired_last(console):
    attachment()
    before = text_of(console.get(LIST))
    emit()

    after = text_of(console.get(LIST))

    assert before.count("never") - after.count("never") == 1


def test_a_switch_works_at_once_and_keeps_the_channels(console):
    attachment()

    answer = console.post(url("switch"), {"on": "no", "back": "list"}, follow=True)

    assert "switched off" in text_of(answer)
    assert event_switch("order_completed").is_on is False
    assert Attachment.objects.count() == 1
    assert emit().skips[0].reason == "The event is switched off"
    console.post(url("switch"), {"on": "yes"})
    assert event_switch("order_completed").is_on is True


@pytest.mark.parametrize("name", ["switch", "attach", "reset", "preview"])
def test_looking_changes_nothing(console, name):
    assert console.get(url(name)).status_code == 405


def test_an_event_that_there_is_not_is_not_found(console):
    assert console.get(url("event", "order_eaten")).status_code == 404
    assert console.post(url("switch", "order_eaten"), {"on": "no"}).status_code == 404


def test_a_channel_is_attached_with_its_sources(console):
    target = channel(name="Warehouse <b>")

    answer = console.post(
        url("attach"), {"channel": target.pk, "source": ["funnel", "shop"]}, follow=True
    )

    page = text_of(answer)
    assert "Shop, Funnel" in page
    assert "Warehouse &lt;b&gt;" in page
    assert Attachment.objects.get().sources == ["shop", "funnel"]


def test_what_names_no_channel_attaches_none(console):
    channel()

    page = text_of(console.post(url("attach"), {"channel": "²"}))

    assert "Choose the channel to attach." in page
    assert not Attachment.objects.exists()


def test_the_same_channel_twice_is_refused_with_what_to_do(console):
    made = attachment()

    page = text_of(console.post(url("attach"), {"channel": made.channel_id}))

    assert "Change its sources instead" in page


@pytest.mark.parametrize("event", [EventType.CUSTOMER_CREATED, EventType.SURVEY_COMPLETED])
def test_another_kind_than_postback_is_refused_with_the_reason(console, event):
    target = slack(name="Team")

    page = text_of(console.post(url("attach", event), {"channel": target.pk}))

    assert "postback channels only" in page
    assert not Attachment.objects.exists()
    assert "disabled" in text_of(console.get(url("event", event)))


def test_editing_changes_the_sources_only(console):
    made = attachment(sources=["shop"])

    console.post(url("sources", made.event, made.pk), {"source": ["admin"], "channel": 77})

    made.refresh_from_db()
    assert made.sources == ["admin"]
    console.post(url("sources", made.event, made.pk), {})
    made.refresh_from_db()
    assert made.sources == []


def test_detaching_leaves_the_channel(console):
    made = attachment()

    page = text_of(console.post(url("detach", made.event, made.pk), follow=True))

    assert "is detached" in page
    assert not Attachment.objects.exists()
    assert Channel.objects.filter(pk=made.channel_id).exists()


def test_an_attachment_of_another_event_is_not_found(console):
    made = attachment()

    answer = console.post(url("detach", "refund_applied", made.pk))

    assert answer.status_code == 404


def test_a_new_channel_is_attached_where_it_was_wanted(console):
    address = f"{reverse('admin:notifications_channel_add')}?kind=postback&attach=refund_applied"
    form = {"name": "Books", "is_active": "on", "url": "https://books.example.com/in"}

    answer = console.post(address, form, follow=True)

    assert "is attached to this event" in text_of(answer)
    assert answer.redirect_chain[-1][0] == url("event", "refund_applied")
    assert Attachment.objects.get().event == "refund_applied"


def test_kinds_that_cannot_be_sent_an_event_say_so(console):
    address = f"{reverse('admin:notifications_channel_add')}?attach=survey_completed"

    page = text_of(console.get(address))

    assert "?kind=postback&amp;attach=survey_completed" in page
    assert "?kind=slack" not in page


def test_the_message_is_written_previewed_and_put_back(console):
    form = {
        "title": "Done: {{ order.number }}",
        "text": "By {{ contact.name }}",
        "html": "<b>{{ contact.name }}</b>",
        "payload": '{"order": {"number": 7}, "contact": {"name": "<i>Ann</i>"}}',
    }

    shown = console.post(url("preview"), form).json()

    assert shown["errors"] == []
    assert shown["parts"] == {
        "title": "Done: 7",
        "text": "By <i>Ann</i>",
        "html": "<b>&lt;i&gt;Ann&lt;/i&gt;</b>",
    }
    assert not MessageTemplate.objects.exists()
    console.post(url("message"), form)
    assert MessageTemplate.objects.get().version == 1
    assert "Done: {{ order.number }}" in text_of(console.get(url("event")))
    console.post(url("reset"))
    assert MessageTemplate.objects.get().title == ""


def test_every_version_of_a_message_is_kept_with_its_author_and_can_be_restored(console, operator):
    console.post(url("message"), {"title": "One: {{ order.number }}", "text": "a\nb"})
    seen_at = MessageTemplate.objects.get().updated_at.isoformat()
    second = {"title": "Two: {{ order.number }}", "text": "a\nc", "seen_at": seen_at}
    console.post(url("message"), second)

    page = console.get(url("versions"), {"number": 2})
    lines = [(line.kind, line.text) for line in page.context["lines"]]
    assert ("removed", "b") in lines
    assert ("added", "c") in lines
    assert ("same", "a") in lines
    assert text_of(page).count(operator.get_username()) >= 2
    first = [
        (line.kind, line.text)
        for line in console.get(f"{url('versions')}?number=1").context["lines"]
    ]
    assert ("added", "One: {{ order.number }}") in first

    answer = console.post(url("restore"), {"number": "1"}, follow=True)

    now = MessageTemplate.objects.get()
    assert "Version 1 is back, as version 3." in text_of(answer)
    assert (now.title, now.text, now.version) == ("One: {{ order.number }}", "a\nb", 3)


def test_what_the_service_comes_with_can_be_restored_and_what_never_was_cannot(console):
    console.post(url("message"), {"title": "One", "text": "a"})

    unknown = console.post(url("restore"), {"number": "7"}, follow=True)
    text_of(console.get(url("versions"), {"number": "7"}))
    came = console.post(url("restore"), {"number": "0"}, follow=True)

    assert "There is no such version" in text_of(unknown)
    assert "As it came" in text_of(came)
    assert MessageTemplate.objects.get().title == ""


def test_of_two_who_write_a_message_one_is_told(console):
    console.post(url("message"), {"title": "One"})
    seen_at = MessageTemplate.objects.get().updated_at.isoformat()
    console.post(url("message"), {"title": "Two", "seen_at": seen_at})

    page = text_of(console.post(url("message"), {"title": "Three", "seen_at": seen_at}))

    assert "Somebody else changed this message" in page
    assert MessageTemplate.objects.get().title == "Two"


def test_a_message_that_cannot_be_rendered_is_refused_at_its_line(console):
    page = text_of(console.post(url("message"), {"title": "x", "text": "a\n{% if %}"}))

    assert "Line 2" in page
    assert not MessageTemplate.objects.exists()


def test_a_changed_message_is_what_attached_chats_are_sent_from_now_on(console):
    made = attachment(channel=slack())
    before = made.rule.route_id

    console.post(url("message"), {"title": "Ours: {{ order.number }}"})

    made.rule.refresh_from_db()
    assert made.rule.route_id != before
    assert made.rule.route.spec["templates"][0]["source"] == "Ours: {{ order.number }}"
    assert made.rule.route.made_from == "message:order_completed@1"


@pytest.mark.parametrize("event", [event for event, _ in EVERY_TYPE])
def test_every_event_has_a_page_and_a_message_that_renders(console, event):
    assert text_of(console.get(url("event", event)))
    page = text_of(console.get(url("message", event)))
    assert "As it came" in page

    shown = console.post(url("preview", event), {}).json()

    assert shown["errors"] == shown["warnings"] == []
    assert shown["parts"]["title"]


def test_who_may_only_look_sees_no_buttons_and_can_press_none(client, db):
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_systemevent"))
    made = attachment()
    client.force_login(viewer)

    page = text_of(client.get(url("event")))

    assert "Detach" not in page
    assert "Attach a channel" not in page
    assert client.post(url("switch"), {"on": "no"}).status_code == 403
    assert client.post(url("attach"), {"channel": made.channel_id}).status_code == 403
    assert client.post(url("detach", made.event, made.pk)).status_code == 403
    assert client.post(url("message"), {"title": "x"}).status_code == 403
    assert not SystemEvent.objects.filter(is_on=False).exists()


@pytest.mark.parametrize("count", [1, 12])
def test_the_pages_take_few_statements(console, django_assert_max_num_queries, count):
    for _ in range(count):
        attachment()

    for address in (LIST, url("event"), url("message")):
        with django_assert_max_num_queries(15):
            text_of(console.get(address))
