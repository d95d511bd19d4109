"""A channel's message from the event to the chat service, through the engine."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from chat_channels import CHANNELS
from chat_standin import chat_tls, standin  # noqa: F401
from django.utils import timezone
from notification_factories import channel, emit

from dispatcher.models import Attempt, Delivery, Request, Rule
from notifications import documents, services

pytestmark = pytest.mark.django_db(transaction=True)

every_service = pytest.mark.parametrize("name", CHANNELS)


def attached(name, event="order_completed", **values):
    config, secret = CHANNELS[name]
    made = channel(kind=name, config=config, secret=secret, **values)
    return services.attach(event=event, channel=made)


def answer(status, *headers, body=b""):
    lines = [f"HTTP/1.1 {status} Said", *headers, f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def happen(event="order_completed", **order):
    sample = documents.sample(event)
    sample["order"] |= order
    return emit(event, sample)


@every_service
def test_an_event_arrives_as_a_message_with_a_link_to_the_order(standin, run_pass, settings, name):
    settings.BASE_URL = "https://postbacks.example.com"
    attached(name)

    happen(number="<b>77</b>")
    run_pass()

    [came] = standin.requests
    assert Delivery.objects.get().state == "delivered"
    said = json.dumps(came.json)
    assert "Ann Lindqvist" in said
    assert "postbacks.example.com/admin/notifications/order/find/?reference=PO-1001" in said


@every_service
def test_what_the_ledger_keeps_holds_no_secret(standin, run_pass, name):
    attached(name)
    standin.answer = answer(500, body=b"internal")

    happen()
    run_pass()

    kept = [Request.objects.values().get(), *Attempt.objects.values(), *Delivery.objects.values()]
    for secret in CHANNELS[name][1].values():
        assert secret not in str(kept)
        assert secret.rpartition("/")[2] not in str(kept)


def test_a_retry_sends_the_same_bytes(standin, run_pass):
    attached("discord")
    standin.answer = answer(503)
    happen()
    run_pass()
    Delivery.objects.update(due_at=timezone.now())
    standin.answer = answer(204)

    run_pass()

    first, second = standin.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert Delivery.objects.get().state == "delivered"


def test_a_service_that_says_in_the_body_how_long_to_wait_is_heeded(standin, run_pass):
    attached("telegram")
    standin.answer = answer(429, body=b'{"ok": false, "parameters": {"retry_after": 600}}')

    happen()
    run_pass()

    delivery = Delivery.objects.get()
    assert delivery.state == "pending"
    assert delivery.due_at > timezone.now() + timedelta(seconds=500)


def test_a_secret_that_was_replaced_counts_for_what_waits(standin, run_pass):
    made = attached("discord")
    standin.answer = answer(503)
    happen()
    run_pass()
    new = "https://discord.com/api/webhooks/99/another"
    services.save_channel(channel=made.channel, secret={"webhook": new})
    Delivery.objects.update(due_at=timezone.now())
    standin.answer = answer(204)

    run_pass()

    assert standin.requests[-1].path == "/api/webhooks/99/another"


def test_a_channel_that_is_gone_is_paused(standin, run_pass):
    made = attached("slack")
    standin.answer = answer(410, body=b"channel_is_archived")

    happen()
    run_pass()

    assert Rule.objects.get(pk=made.rule_id).state == "paused"
    assert Delivery.objects.get().state == "failed"


def test_the_destination_is_the_services_origin(standin, run_pass):
    attached("slack")

    happen()

    assert Delivery.objects.get().destination.key == "https://hooks.slack.com:443"
