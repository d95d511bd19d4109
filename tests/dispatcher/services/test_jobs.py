"""Something is done to every delivery that matches, in small batches, whatever dies."""

from __future__ import annotations

from datetime import timedelta

import ledger
import pytest

from dispatcher import services
from dispatcher.models import BulkJob, Delivery
from dispatcher.services import jobs
from dispatcher.sql import now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)


@pytest.fixture
def trigger():
    return ledger.trigger()


def finish():
    while jobs.step():
        pass


def test_all_that_match_are_resent_and_nothing_else(trigger):
    failed = [ledger.delivery(number, state="failed") for number in range(5)]
    arrived = ledger.delivery(9)

    job = jobs.start(verb="resend", selection={"state": "failed"})
    finish()

    job.refresh_from_db()
    assert (job.total, job.done, job.state) == (5, 5, "done")
    assert set(Delivery.objects.filter(state="pending")) == set(failed)
    arrived.refresh_from_db()
    assert arrived.state == "delivered"


def test_a_job_goes_on_where_it_was_after_a_worker_was_killed(trigger, monkeypatch):
    for number in range(5):
        ledger.delivery(number, state="failed")
    job = jobs.start(verb="current", selection={"state": "failed"})
    jobs.step()
    real = jobs._VERBS["current"]

    def die(keys, job):
        real(keys, job)
        raise RuntimeError("killed")

    monkeypatch.setitem(jobs._VERBS, "current", die)
    with pytest.raises(RuntimeError):
        jobs.step()
    monkeypatch.setitem(jobs._VERBS, "current", real)
    finish()

    job.refresh_from_db()
    assert job.done == 5
    assert Delivery.objects.filter(resend_of__isnull=False).count() == 5


def test_what_is_created_later_is_not_meant(trigger):
    ledger.delivery(1, state="failed")
    jobs.start(verb="resend", selection={"state": "failed"})
    later = ledger.delivery(2, state="failed")

    finish()

    later.refresh_from_db()
    assert later.state == "failed"


def test_what_is_in_no_state_for_it_is_left_and_counted(trigger):
    ledger.delivery(1, state="failed")
    ledger.delivery(2, state="pending")

    job = jobs.start(verb="cancel", selection={})
    finish()

    job.refresh_from_db()
    assert (job.done, job.passed_over) == (1, 1)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed", "canceled"}


def test_a_deleted_rule_sends_nothing_again(trigger):
    delivery = ledger.delivery(1, state="failed")
    services.archive_rule(delivery.rule_id)

    job = jobs.start(verb="resend", selection={})
    finish()

    job.refresh_from_db()
    assert (job.done, job.passed_over) == (0, 1)


def test_a_stopped_job_does_no_more(trigger):
    for number in range(5):
        ledger.delivery(number, state="failed")
    job = jobs.start(verb="resend", selection={"state": "failed"})
    jobs.step()

    jobs.stop(job)
    finish()

    assert Delivery.objects.filter(state="failed").count() == 3
    assert not jobs.stop(job)


def test_the_last_hour_is_the_hour_before_the_job_was_started(trigger):
    ledger.delivery(1, state="failed")

    job = jobs.start(verb="resend", selection={"ended": "1h"})

    start, _, end = job.selection["ended"].partition("..")
    assert start < end
    assert BulkJob.objects.get().total == 1


def test_exactly_that_hours_failures_are_chosen(trigger):
    early, meant = ledger.delivery(1, state="failed"), ledger.delivery(2, state="failed")
    Delivery.objects.filter(pk=early.pk).update(finished_at=now() - timedelta(hours=3))

    jobs.start(verb="resend", selection={"state": "failed", "ended": "1h"})
    finish()

    assert list(Delivery.objects.filter(state="pending")) == [meant]


def fail(keys, job):
    raise RuntimeError("broken")


def step_and_fail(times=1):
    for _ in range(times):
        with pytest.raises(RuntimeError):
            jobs.step()


def test_a_job_that_fails_is_behind_all_others_and_given_up_in_the_end(trigger, monkeypatch):
    ledger.delivery(1, state="failed")
    ledger.delivery(2)
    broken = jobs.start(verb="current", selection={"state": "failed"})
    sound = jobs.start(verb="resend", selection={"state": "delivered"})
    monkeypatch.setitem(jobs._VERBS, "current", fail)

    step_and_fail()
    jobs.step()
    sound.refresh_from_db()
    step_and_fail(times=4)
    was_left = jobs.step()

    broken.refresh_from_db()
    assert (sound.state, sound.done) == ("done", 1)
    assert (broken.state, was_left) == ("stopped", False)
    assert broken.reason.startswith("It failed 5 times in a row (RuntimeError)")


def test_failures_that_were_not_in_a_row_give_up_nothing(trigger, monkeypatch):
    for number in range(20):
        ledger.delivery(number, state="failed")
    job = jobs.start(verb="resend", selection={"state": "failed"})

    for _ in range(4):
        with monkeypatch.context() as broken:
            broken.setitem(jobs._VERBS, "resend", fail)
            step_and_fail(times=2)
        jobs.step()
    finish()

    job.refresh_from_db()
    assert (job.state, job.done, job.reason) == ("done", 20, "")


def test_what_a_rule_waits_for_comes_before_what_somebody_asked_for(trigger):
    failed = [ledger.delivery(number, state="failed") for number in range(5)]
    held = ledger.delivery(9, state="pending")
    services.pause_rule(held.rule_id, reason="by hand")
    jobs.start(verb="resend", selection={"state": "failed"})
    jobs.discard(rule_id=held.rule_id)

    jobs.step()

    held.refresh_from_db()
    assert held.state == "canceled"
    assert Delivery.objects.filter(pk__in=[one.pk for one in failed], state="failed").count() == 5


def test_what_a_rule_waits_for_is_never_given_up(trigger, monkeypatch):
    held = ledger.delivery(1, state="pending")
    services.pause_rule(held.rule_id, reason="by hand")
    jobs.discard(rule_id=held.rule_id)
    with monkeypatch.context() as broken:
        broken.setitem(jobs._VERBS, "discard", fail)
        step_and_fail(times=7)

    finish()

    held.refresh_from_db()
    assert (held.state, held.rule.state) == ("canceled", "active")
