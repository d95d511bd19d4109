"""Sent again: by itself when it did not arrive, or because somebody asks for it."""

from __future__ import annotations

from datetime import timedelta

from dispatcher import services
from dispatcher.models import Delivery, Rule
from dispatcher.sql import now
from dispatcher.types import Outcome


def test_without_retries_one_failure_is_final(sender, run_pass):
    delivery = sender("/status/500").emit()

    run_pass()

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.FAILED
    assert delivery.outcome == Outcome.REJECTED


def test_a_retry_waits_its_time_and_repeats_id_and_bytes(sender, receiver, run_pass, time_machine):
    delivery = sender("/flaky/1", delays=[3600], template='{"id": "{{ uuid() }}"}').emit()
    run_pass()
    delivery.refresh_from_db()
    waiting_for = (delivery.due_at - now()).total_seconds()
    run_pass()
    attempts_before = delivery.attempts.count()

    Delivery.objects.filter(pk=delivery.pk).update(due_at=now())
    run_pass()

    delivery.refresh_from_db()
    first, second = receiver.ledger()
    assert 3500 < waiting_for < 4000
    assert attempts_before == 1
    assert delivery.state == Delivery.State.DELIVERED
    assert first["webhook_id"] == second["webhook_id"]
    assert first["body"] == second["body"]


def test_retry_after_is_honoured(sender, run_pass):
    delivery = sender("/status/429?retry_after=600", delays=[5]).emit()

    run_pass()

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.PENDING
    assert delivery.due_at > now() + timedelta(seconds=500)


def test_gone_stops_the_delivery_and_pauses_the_rule(sender, run_pass):
    gone = sender("/gone", delays=[5, 5])
    delivery = gone.emit()

    run_pass()

    delivery.refresh_from_db()
    gone.rule.refresh_from_db()
    assert delivery.state == Delivery.State.FAILED
    assert gone.rule.state == Rule.State.PAUSED
    assert "410" in gone.rule.state_reason


def test_a_resend_as_sent_repeats_the_same_request(sender, receiver, run_pass):
    delivery = sender("/ok").emit()
    run_pass()
    delivery.refresh_from_db()

    services.resend(delivery)
    run_pass()

    delivery.refresh_from_db()
    first, second = receiver.ledger()
    assert delivery.state == Delivery.State.DELIVERED
    assert [attempt.number for attempt in delivery.attempts.order_by("id")] == [1, 2]
    assert first["webhook_id"] == second["webhook_id"]
    assert first["body"] == second["body"]


def test_a_resend_gets_all_its_retries_again(sender, run_pass):
    delivery = sender("/status/500", delays=[60]).emit()
    run_pass()
    Delivery.objects.update(due_at=now())
    run_pass()
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.FAILED

    services.resend(delivery)
    run_pass()

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.PENDING
    assert delivery.attempts_made == 3


def test_a_resend_with_the_current_configuration_is_a_new_delivery(sender, receiver, run_pass):
    shop = sender("/status/500")
    delivery = shop.emit()
    run_pass()
    spec = shop.route.spec | {"url": receiver.url + "/ok/new"}
    services.save_route(
        rule=shop.rule, transport="http", destination=shop.route.destination.key, spec=spec,
        retry_policy={},
    )  # fmt: skip
    delivery.refresh_from_db()

    copy = services.resend_current(delivery)
    run_pass()

    copy.refresh_from_db()
    assert copy.state == Delivery.State.DELIVERED
    assert copy.uid != delivery.uid
    assert receiver.ledger()[-1]["path"] == "/ok/new"
