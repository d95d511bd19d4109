"""What a postback's receiver does, and how often, how far apart and with what end it is tried.

The spacing is read from the due times, with the clock standing still; deadlines are scaled down.
"""

from __future__ import annotations

import random
import socket
from datetime import UTC, datetime, timedelta

import notification_factories as make
import pytest
import time_machine

from dispatcher.models import Attempt, Delivery, Rule
from notifications.events import EventType

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
THREE = [5, 60, 300]
MOST_PASSES = 9


@pytest.fixture
def deliver(db, receiver, run_pass, monkeypatch, settings):
    """Emit an event to this address and deliver until it ends; delivery, attempts, spacing."""
    monkeypatch.setattr(random, "random", lambda: 0.0)  # no jitter
    settings.NOTIFICATIONS_DEADLINE = 0.4
    settings.BREAKER_FAILURES = 1_000

    def run(url):
        address = receiver.url + url if url.startswith("/") else url
        make.attachment(EventType.ORDER_COMPLETED, config={"url": address})
        spacing = []
        with time_machine.travel(START, tick=False) as clock:
            make.emit(EventType.ORDER_COMPLETED)
            for _ in range(MOST_PASSES):
                run_pass()
                delivery = Delivery.objects.get()
                if delivery.state != Delivery.State.PENDING:
                    break
                spacing.append((delivery.due_at - datetime.now(UTC)).total_seconds())
                clock.shift(timedelta(seconds=spacing[-1]))
        return delivery, list(Attempt.objects.order_by("number")), spacing

    return run


STATUSES = [
    (200, [], "delivered"),
    (201, [], "delivered"),
    (204, [], "delivered"),
    (301, [], "failed"),
    (400, [], "failed"),
    (401, [], "failed"),
    (404, [], "failed"),
    (408, THREE, "failed"),
    (410, [], "failed"),
    (425, THREE, "failed"),
    (429, THREE, "failed"),
    (500, THREE, "failed"),
    (501, [], "failed"),
    (502, THREE, "failed"),
    (503, THREE, "failed"),
    (504, THREE, "failed"),
]


@pytest.mark.parametrize(("status", "spacing", "state"), STATUSES, ids=str)
def test_only_listed_statuses_are_retried_three_times_at_most(deliver, status, spacing, state):
    delivery, attempts, found = deliver(f"/status/{status}")

    assert found == spacing
    assert [one.status for one in attempts] == [status] * (len(spacing) + 1)
    assert delivery.state == state


def test_a_longer_retry_after_is_waited_for(deliver):
    delivery, attempts, spacing = deliver("/status/429?retry_after=100")

    assert spacing == [100, 100, 300]
    assert len(attempts) == 4
    assert delivery.state == "failed"


def test_what_fails_twice_and_then_accepts_is_delivered(deliver):
    delivery, attempts, spacing = deliver("/flaky/2")

    assert spacing == THREE[:2]
    assert [one.status for one in attempts] == [503, 503, 200]
    assert delivery.state == "delivered"


def nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


NO_ANSWER = [
    ("refused", THREE, "no_connection"),
    ("/reset", THREE, "no_connection"),
    ("/close", THREE, "no_connection"),
    ("http://no-such-name.example/hook", THREE, "name_not_found"),
    ("tls", [], "tls_failed"),
    ("/hang", [], "timed_out"),
    ("/drip", [], "timed_out"),
    ("/drip?headers=1", [], "timed_out"),
    ("/slow/2", [], "timed_out"),
    ("/garbage", [], "bad_answer"),
]


@pytest.mark.parametrize(("url", "spacing", "outcome"), NO_ANSWER, ids=[u for u, _, _ in NO_ANSWER])
def test_what_was_not_answered_is_retried_unless_it_took_too_long(
    deliver, receiver, monkeypatch, url, spacing, outcome
):
    def unknown_name(host, *_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if ".example" in url:
        monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    if url == "refused":
        url = f"http://127.0.0.1:{nobody_listens()}/hook"
    if url == "tls":
        url = receiver.url.replace("http://", "https://") + "/ok"

    delivery, attempts, found = deliver(url)

    assert [one.outcome for one in attempts] == [outcome] * (len(spacing) + 1)
    assert found == spacing
    assert delivery.state == "failed"


def test_410_pauses_the_rule(deliver):
    deliver("/gone")

    assert Rule.objects.get().state == "paused"


def test_which_statuses_and_how_far_apart_are_settings(deliver, settings):
    settings.NOTIFICATIONS_RETRY_STATUSES = [404]
    settings.NOTIFICATIONS_RETRY_DELAYS = [1, 2, 3, 4, 5]

    _, _, spacing = deliver("/status/404")

    assert spacing == [1, 2, 3]
