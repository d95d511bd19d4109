"""Other apps' work that becomes due is run once, by whoever is alive, and stops nobody."""

from datetime import timedelta

import pytest

from dispatcher import due_work, queue
from dispatcher.engine import waker
from dispatcher.models import DueWork
from dispatcher.sql import now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(queue, "ring", lambda **_: None)
    monkeypatch.setattr(due_work, "_providers", {})


class Provider:
    """Work that is due in so many seconds (None: never)."""

    def __init__(self, seconds=0, *, fails=""):
        self.due_at = None if seconds is None else now() + timedelta(seconds=seconds)
        self.fails = fails
        self.asked = self.ran = 0
        due_work.register(f"work-{id(self)}", self.next_due, self.run)

    def next_due(self):
        self.asked += 1
        if self.fails == "asking":
            raise RuntimeError("no")
        return self.due_at

    def run(self):
        self.ran += 1
        if self.fails == "running":
            raise RuntimeError("no")
        return 1


def ask_again(monkeypatch):
    """As if a second had passed."""
    monkeypatch.setattr(due_work, "ASK_SECONDS", 0.0)


def test_what_is_due_is_run_by_the_waker():
    provider = Provider()

    waker.Watch().look()

    assert provider.ran == 1


@pytest.mark.parametrize("seconds", [None, 60])
def test_what_is_not_due_is_not_run(seconds):
    provider = Provider(seconds)

    assert due_work.look() == 0
    assert provider.ran == 0


def test_a_provider_is_asked_once_a_second_while_nothing_is_due():
    provider = Provider(60)

    for _ in range(5):
        due_work.look()

    assert provider.asked == 1


def test_after_work_was_done_it_is_asked_again_at_once():
    provider = Provider()

    due_work.look()
    due_work.look()

    assert provider.ran == 2


def test_idle_it_costs_no_statement_of_its_own(django_assert_num_queries):
    Provider(60)

    with django_assert_num_queries(0):
        due_work.look()


def test_while_another_process_is_at_it_nobody_else_is():
    provider = Provider()
    name = f"work-{id(provider)}"
    DueWork.objects.create(pk=name, lease_until=now() + timedelta(seconds=5))

    due_work.look()

    assert provider.ran == 0


def test_when_that_process_died_another_one_goes_on():
    provider = Provider()
    name = f"work-{id(provider)}"
    DueWork.objects.create(pk=name, lease_until=now() - timedelta(seconds=1))

    due_work.look()

    assert provider.ran == 1
    assert DueWork.objects.get().lease_until is None


@pytest.mark.parametrize("fails", ["asking", "running"])
def test_a_provider_that_raises_stops_neither_the_waker_nor_the_others(fails, monkeypatch):
    ask_again(monkeypatch)
    bad, good = Provider(fails=fails), Provider()

    watch = waker.Watch()
    watch.look()
    watch.look()

    assert good.ran == 2
    assert bad.asked == 1  # it rests for a while


def test_what_raised_is_free_for_others():
    bad = Provider(fails="running")

    due_work.look()

    assert DueWork.objects.get(pk=f"work-{id(bad)}").lease_until is None
