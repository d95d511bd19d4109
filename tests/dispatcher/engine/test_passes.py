"""An event goes in, a pass runs, the receiver has it, and all of it can be seen."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatcher import queue, services
from dispatcher.models import Attempt, Delivery
from dispatcher.rendering import RendererUnavailableError, renderer
from dispatcher.types import NewEvent, Outcome, Plan


def test_a_delivery_arrives_as_rendered(sender, receiver, run_pass):
    delivery = sender("/ok/shop").emit("PO-7")

    run_pass()

    [request] = receiver.ledger()
    assert request["method"] == "POST"
    assert request["path"] == "/ok/shop"
    assert request["body"] == '{"order": "PO-7"}'
    assert request["webhook_id"] == str(delivery.uid)


def test_what_was_sent_and_what_came_back_is_kept(sender, run_pass):
    delivery = sender().emit("PO-7")

    run_pass()

    delivery.refresh_from_db()
    attempt = delivery.attempts.get()
    assert delivery.state == Delivery.State.DELIVERED
    assert delivery.finished_at is not None
    assert delivery.request.body == '{"order": "PO-7"}'
    assert (attempt.number, attempt.outcome, attempt.status) == (1, Outcome.DELIVERED, 200)
    assert attempt.duration > 0
    assert attempt.peer.startswith("127.0.0.1:")
    assert "wait" in json.loads(attempt.phases)


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        pytest.param("/status/404", Outcome.REJECTED, 404, id="not-found-is-a-rejection"),
        pytest.param("/status/503", Outcome.REJECTED, 503, id="unavailable-is-a-rejection"),
        pytest.param("/redirect", Outcome.REDIRECTED, 302, id="a-redirect-is-not-followed"),
        pytest.param("/hang", Outcome.TIMED_OUT, None, id="silence-is-a-timeout"),
        pytest.param("/reset", Outcome.NO_CONNECTION, None, id="a-reset-is-no-connection"),
        pytest.param("/garbage", Outcome.BAD_ANSWER, None, id="garbage-is-not-understood"),
        pytest.param("/drip", Outcome.TIMED_OUT, 200, id="a-dripping-answer-is-a-timeout"),
        pytest.param("/huge", Outcome.DELIVERED, 200, id="a-huge-answer-is-cut-and-accepted"),
        pytest.param("/gzip", Outcome.DELIVERED, 200, id="a-bomb-is-not-inflated"),
    ],
)
def test_an_attempt_records_why_it_did_not_arrive(sender, run_pass, path, outcome, status):
    delivery = sender(path, deadline=1.0).emit()

    run_pass()

    attempt = delivery.attempts.get()
    assert (attempt.outcome, attempt.status) == (outcome, status)


def test_nobody_answers(sender, run_pass):
    delivery = sender(url="http://127.0.0.1:9/ok").emit()

    run_pass()

    assert delivery.attempts.get().outcome == Outcome.NO_CONNECTION


def test_a_bad_receiver_leaves_the_next_delivery_unharmed(sender, receiver, run_pass):
    bad, good = sender("/reset").emit("PO-1"), sender("/ok").emit("PO-2")

    run_pass()

    assert bad.attempts.get().outcome == Outcome.NO_CONNECTION
    assert good.attempts.get().outcome == Outcome.DELIVERED


def test_a_broken_document_is_never_sent_and_never_retried(sender, receiver, run_pass):
    delivery = sender(delays=[1, 1], template='{"order": {{ orderId }} }').emit("not-a-number")

    run_pass()

    delivery.refresh_from_db()
    attempt = delivery.attempts.get()
    assert delivery.state == Delivery.State.FAILED
    assert attempt.outcome == Outcome.TEMPLATE_ERROR
    assert "JSON" in attempt.error
    assert receiver.ledger() == []


def test_missing_fields_are_warnings_on_the_delivery(sender, run_pass):
    delivery = sender(template='{"x": "{{ nothing.there }}"}').emit()

    run_pass()

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.DELIVERED
    assert "nothing" in delivery.request.warnings


def test_a_route_nobody_can_send_ends_as_a_configuration_error(sender, run_pass):
    broken = sender()
    type(broken.route).objects.filter(pk=broken.route.pk).update(transport="carrier-pigeon")
    delivery = broken.emit()

    run_pass()

    assert delivery.attempts.get().outcome == Outcome.CONFIGURATION_ERROR


def test_many_deliveries_cost_less_than_a_statement_each(sender, run_pass):
    shop = sender()
    for number in range(60):
        shop.emit(f"PO-{number}")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        report = run_pass()

    assert report.recorded == 60
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 60


def test_one_event_takes_eight_statements_from_emit_to_recorded_attempt(sender, run_pass):
    shop = sender()
    shop.emit("warm-up")
    run_pass()

    with CaptureQueriesContext(connection) as queries:
        shop.emit("PO-1")
        run_pass()

    counted = [q["sql"] for q in queries if not _is_free(q["sql"])]
    assert Attempt.objects.count() == 2
    assert len(counted) <= 8, counted


def _is_free(statement):
    """Not counted: transactions, the doorbell's mark, the test's own look-up, and what a pass
    asks four times a second, however much it delivers (what is on hold).
    """
    words = ("SAVEPOINT", "BEGIN", "COMMIT", "dispatcher_doorbell", "django_q_ormq", "UNION ALL")
    return any(word in statement for word in words) or (
        '"uid" = ' in statement and statement.startswith("SELECT")
    )


def test_when_nothing_can_be_rendered_the_delivery_waits_and_loses_nothing(
    sender, receiver, run_pass, monkeypatch
):
    delivery = sender().emit()

    def fail(jobs):
        raise RendererUnavailableError("no process")

    monkeypatch.setattr(renderer(), "render_many", fail)

    run_pass()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts_made, delivery.claims) == ("pending", 0, 0)
    assert receiver.ledger() == []


def test_a_pass_whose_time_is_over_hands_the_rest_to_a_fresh_one(sender, run_pass, monkeypatch):
    rings = []
    monkeypatch.setattr(queue, "ring", lambda **how: rings.append(how))
    delivery = sender().emit()
    rings.clear()

    run_pass(seconds=0, linger=1)
    delivery.refresh_from_db()

    assert delivery.state == "pending"
    assert rings == [{"is_sure": True}]


def test_one_rule_whose_secrets_cannot_be_read_stops_no_other(sender, receiver, run_pass):
    broken, good = sender(), sender()
    services.save_credentials(broken.rule, {"headers": [["X-Key", "secret"]]})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatcher_rule SET credentials = 'garbage' WHERE id = %s", [broken.rule.pk]
        )
    unreadable, sound = broken.emit("PO-1"), good.emit("PO-2")

    run_pass()

    assert unreadable.attempts.get().outcome == Outcome.CONFIGURATION_ERROR
    assert sound.attempts.get().outcome == Outcome.DELIVERED


def test_a_batch_keeps_its_order_whatever_its_keys(sender, receiver, run_pass):
    shop = sender(ordered=True)
    events = [
        NewEvent(
            type="package_status_updated",
            payload=f'{{"orderId": "{number}"}}',
            emitter="user:1",
            endpoint="order-events",
            subject="order:PO-1",
            idempotency_key=f"x{number}",
        )
        for number in (9, 10, 11)
    ]

    services.emit_many(events, shop.match)
    run_pass(linger=0.2, poll=0.01)

    bodies = [request["body"] for request in receiver.ledger()]
    assert bodies == ['{"order": "9"}', '{"order": "10"}', '{"order": "11"}']


def test_a_batch_that_causes_much_is_stored_whole(sender):
    shop = sender()
    events = [
        NewEvent(type="order_shipped", payload="{}", emitter="user:1", endpoint="order-events")
        for _ in range(1000)
    ]

    def match_four(some):
        return [Plan(list(plan.matches) * 4) for plan in shop.match(some)]

    services.emit_many(events, match_four)

    assert Delivery.objects.count() == 4000
