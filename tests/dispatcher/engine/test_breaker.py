"""What keeps failing is paused, probed, and goes on where it stopped."""

from datetime import timedelta

import pytest

from dispatcher import signals
from dispatcher.engine.breaker import probes_due, start_probe
from dispatcher.engine.engine import engine
from dispatcher.engine.routes import RouteCache
from dispatcher.engine.sweep import sweep
from dispatcher.models import Delivery, Destination, Request, Rule
from dispatcher.sql import now


@pytest.fixture(autouse=True)
def quick_to_judge(settings):
    settings.BREAKER_FAILURES = 3
    settings.BREAKER_PAUSE = 30


@pytest.fixture
def heard(django_capture_on_commit_callbacks):
    """Which news travelled up while a function ran."""

    def listen(function):
        news = []

        def note(signal, **kwargs):
            news.append(signal)

        for name in ("destination_paused", "destination_resumed", "rule_paused", "rule_resumed"):
            signal = getattr(signals, name)
            signal.connect(note, weak=False)
        with django_capture_on_commit_callbacks(execute=True):
            function()
        for name in ("destination_paused", "destination_resumed", "rule_paused", "rule_resumed"):
            getattr(signals, name).disconnect(note)
        return news

    return listen


def fail(shop, run_pass, times=3):
    for number in range(times):
        shop.emit(f"PO-{number}")
    run_pass()


def let_pause_end(model):
    model.objects.exclude(breaker="closed").update(breaker_until=now() - timedelta(seconds=1))


def test_bad_statuses_pause_the_rule_and_not_the_destination(sender, run_pass):
    shop = sender("/status/500")

    fail(shop, run_pass)

    shop.rule.refresh_from_db()
    assert shop.rule.breaker == "open"
    assert Destination.objects.get(pk=shop.route.destination_id).breaker == "closed"


def test_connection_failures_pause_the_destination_and_not_the_rule(sender, run_pass):
    shop = sender("/reset")

    fail(shop, run_pass)

    shop.rule.refresh_from_db()
    assert shop.rule.breaker == "closed"
    assert Destination.objects.get(pk=shop.route.destination_id).breaker == "open"


def test_one_wrong_url_on_a_shared_host_pauses_only_itself(sender, receiver, run_pass):
    wrong, right = sender("/status/404"), sender("/ok")
    fail(wrong, run_pass)
    receiver.clear()

    right.emit()
    wrong.emit()
    run_pass()

    assert [request["path"] for request in receiver.ledger()] == ["/ok"]


def test_fewer_failures_than_successes_pause_nothing(sender, run_pass):
    shop = sender("/ok")
    for number in range(10):
        shop.emit(f"PO-{number}")
    run_pass()
    wrong = shop.route.spec["url"].removesuffix("/ok") + "/status/500"
    shop.rule.routes.update(spec=shop.route.spec | {"url": wrong})
    engine().routes = RouteCache()
    fail(shop, run_pass, times=3)

    shop.rule.refresh_from_db()

    assert shop.rule.breaker == "closed"


def test_what_comes_during_the_pause_is_held_and_nothing_is_lost(sender, receiver, run_pass):
    shop = sender("/status/500")
    fail(shop, run_pass)
    receiver.clear()

    held = shop.emit("PO-held")
    sweep()
    run_pass()

    held.refresh_from_db()
    assert receiver.ledger() == []
    assert (held.state, held.is_parked) == (Delivery.State.PENDING, True)


def test_after_the_pause_one_probe_goes_out_and_its_success_frees_the_rest(
    sender, receiver, run_pass
):
    shop = sender("/status/500")
    fail(shop, run_pass)
    for number in range(4):
        shop.emit(f"PO-held-{number}")
    sweep()
    mend(shop, receiver)
    let_pause_end(Rule)
    receiver.clear()

    run_pass()
    after_probe = receiver.count().requests
    run_pass()

    shop.rule.refresh_from_db()
    assert after_probe == 1
    assert receiver.count().requests == 4
    assert shop.rule.breaker == "closed"


def test_a_probe_that_fails_doubles_the_pause(sender, run_pass):
    shop = sender("/status/500", delays=[1] * 9)
    fail(shop, run_pass)
    let_pause_end(Rule)
    Delivery.objects.update(due_at=now())

    run_pass()

    shop.rule.refresh_from_db()
    assert shop.rule.breaker == "open"
    assert shop.rule.breaker_pause == 60


def test_only_one_worker_probes(sender, run_pass):
    shop = sender("/status/500")
    fail(shop, run_pass)
    shop.emit("PO-held")
    let_pause_end(Rule)
    [seen_by_one] = probes_due()
    [seen_by_another] = probes_due()

    assert start_probe(seen_by_one)
    assert not start_probe(seen_by_another)


def test_news_is_told_on_each_change_and_never_per_failure(sender, receiver, run_pass, heard):
    shop = sender("/status/500", delays=[1] * 9)

    first = heard(lambda: fail(shop, run_pass, times=6))
    Delivery.objects.update(due_at=now())
    let_pause_end(Rule)
    failed_probe = heard(run_pass)
    mend(shop, receiver)
    let_pause_end(Rule)
    Delivery.objects.update(due_at=now())
    second = heard(run_pass)

    assert first == [signals.rule_paused]
    assert failed_probe == []
    assert second == [signals.rule_resumed]


def mend(shop, receiver):
    """From now on the receiver accepts (what waits was made for the old route: change that)."""
    url = f"{receiver.url}/ok"
    shop.rule.routes.update(spec=shop.route.spec | {"url": url})

    Request.objects.update(url=url)
    engine().routes = RouteCache()


def test_a_rule_and_its_destination_both_paused_come_back(sender, receiver, run_pass):
    shop = sender("/ok", delays=[1] * 9)
    shop.emit("PO-1")
    shop.emit("PO-2")
    past = now() - timedelta(seconds=1)
    for model in (Rule, Destination):
        model.objects.update(breaker="open", breaker_until=past, breaker_pause=30)

    run_pass()
    run_pass()

    shop.rule.refresh_from_db()
    destination = Destination.objects.get(pk=shop.route.destination_id)
    assert (shop.rule.breaker, destination.breaker) == ("closed", "closed")
    assert receiver.count().requests == 2


def test_a_pause_with_nothing_waiting_asks_for_no_probe(sender, run_pass):
    shop = sender("/status/500")
    fail(shop, run_pass)
    let_pause_end(Rule)

    assert probes_due() == []


def test_a_probe_that_sent_nothing_decides_nothing(sender, run_pass):
    shop = sender(template='{"order": {{ orderId }} }', delays=[1] * 9)
    shop.emit("not-a-number")
    Destination.objects.update(
        breaker="open", breaker_until=now() - timedelta(seconds=1), breaker_pause=30
    )

    run_pass()

    assert Destination.objects.get(pk=shop.route.destination_id).breaker == "open"
