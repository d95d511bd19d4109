"""A pass leaves figures and causes beside what it records."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from dispatcher import rollups
from dispatcher.engine import run
from dispatcher.models import Delivery, Tally
from dispatcher.rollups.reading import HOUR


def hour(scope="all", key=0):
    rollups.fold()
    return rollups.total(rollups.bars(HOUR, scope=scope, key=key))


def test_a_pass_counts_what_arrived_and_what_failed(sender, run_pass):
    good, bad = sender("/ok"), sender("/status/503")
    good.emit("PO-1")
    bad.emit("PO-2")

    run_pass()

    figures = hour()
    assert (figures.attempts, figures.delivered, figures.failed) == (2, 1, {"rejected": 1})
    assert figures.latencies.total() == 2
    assert figures.times.total() == 1
    assert hour("rule", good.rule.pk).delivered == 1
    assert hour("to", good.route.destination_id).attempts == 2


def test_an_attempt_that_will_be_repeated_has_not_failed_yet(sender, run_pass):
    sender("/status/503", delays=[3600]).emit()

    run_pass()

    assert (hour().retried, hour().failures) == (1, 0)


def test_test_runs_are_left_out(sender, run_pass):
    sender("/ok").emit(is_test=True)

    run_pass()

    assert not Tally.objects.exists()


def test_a_transaction_that_is_repeated_counts_once(sender, run_pass, monkeypatch):
    real, calls = run.record, []

    def record(works, *, lease_id):
        recorded = real(works, lease_id=lease_id)
        calls.append(works)
        if len(calls) == 1:
            raise OperationalError("the database went away")
        return recorded

    monkeypatch.setattr(run, "record", record)
    monkeypatch.setattr(run, "persistently", twice)
    sender("/ok").emit()

    run_pass()

    assert len(calls) == 2
    assert hour().attempts == 1


def twice(write):
    try:
        return write()
    except OperationalError:
        return write()


@pytest.mark.parametrize(
    ("path", "deadline", "cause"),
    [
        pytest.param("/status/404", 5.0, "404", id="the-status"),
        pytest.param("/hang", 0.3, "wait", id="the-phase-of-a-time-out"),
    ],
)
def test_a_delivery_keeps_what_tells_its_failure_from_others(
    sender, run_pass, path, deadline, cause
):
    sender(path, deadline=deadline).emit()

    run_pass()

    assert Delivery.objects.get().cause == cause


@pytest.mark.parametrize(
    ("template", "payload", "strict", "cause"),
    [
        pytest.param('{"a": "{{ gone }}"}', "{}", True, "field", id="a-missing-field"),
        pytest.param('{"a": {{ orderId }}}', '{"orderId": "x y"}', False, "output", id="no-json"),
        pytest.param("{{ 1 / 0 }}", "{}", False, "template", id="what-cannot-be-done"),
    ],
)
def test_what_of_a_template_is_at_fault_is_kept(sender, run_pass, template, payload, strict, cause):
    sender(template=template, strict=strict).emit(payload=payload)

    run_pass()

    delivery = Delivery.objects.get()
    assert (delivery.outcome, delivery.cause) == ("template_error", cause)
