"""What is paused waits, what is deleted ends, and order is kept."""

from uuid import uuid4

import pytest

from dispatcher import services
from dispatcher.engine import run
from dispatcher.engine.claim import claim
from dispatcher.engine.holds import Holds
from dispatcher.engine.sweep import sweep
from dispatcher.models import Delivery, Rule
from dispatcher.services import jobs
from dispatcher.sql import now

HOLDS = [
    pytest.param(
        lambda shop, delivery: services.pause_rule(shop.rule.pk, reason="by hand"),
        lambda shop, delivery: services.resume_rule(shop.rule.pk),
        id="a-paused-rule",
    ),
    pytest.param(
        lambda shop, delivery: services.pause_destination(shop.route.destination_id),
        lambda shop, delivery: services.resume_destination(shop.route.destination_id),
        id="a-paused-destination",
    ),
    pytest.param(
        lambda shop, delivery: services.hold_owner(delivery.owner, reason="inactive"),
        lambda shop, delivery: services.release_owner(delivery.owner),
        id="an-owner-on-hold",
    ),
]


@pytest.mark.parametrize("is_swept", [True, False], ids=["set-aside", "just-held"])
@pytest.mark.parametrize(("hold", "release"), HOLDS)
def test_what_waits_is_held_and_all_of_it_is_sent_once_on_resume(
    sender, receiver, run_pass, hold, release, is_swept
):
    shop = sender()
    waiting = [shop.emit(f"PO-{number}", owner="customer:1") for number in range(5)]
    hold(shop, waiting[0])
    waiting.append(shop.emit("PO-later", owner="customer:1"))
    if is_swept:
        sweep()
    run_pass()
    arrived_while_held = receiver.count().requests

    release(shop, waiting[0])
    run_pass()

    assert arrived_while_held == 0
    assert receiver.count() == (6, 6)
    assert Delivery.objects.filter(state="delivered").count() == 6


def test_the_hold_of_one_owner_holds_nobody_else(sender, receiver, run_pass):
    shop = sender()
    shop.emit("PO-1", owner="customer:1")
    shop.emit("PO-2", owner="customer:2")
    services.hold_owner("customer:1", reason="inactive")

    run_pass()

    assert [request["body"] for request in receiver.ledger()] == ['{"order": "PO-2"}']


def test_a_sweep_sets_held_deliveries_aside_and_fetches_them_back(sender, run_pass):
    shop = sender()
    delivery = shop.emit()
    services.pause_rule(shop.rule.pk, reason="by hand")
    sweep()
    delivery.refresh_from_db()
    was_parked = delivery.is_parked
    type(shop.rule).objects.update(state="active")  # a resume that lost a race

    sweep()

    delivery.refresh_from_db()
    assert (was_parked, delivery.is_parked) == (True, False)


def test_deleting_a_rule_cancels_what_waits(sender, receiver, run_pass):
    shop = sender()
    delivery = shop.emit()

    services.archive_rule(shop.rule.pk)
    late = shop.emit("PO-late")
    sweep()
    run_pass()

    delivery.refresh_from_db()
    late.refresh_from_db()
    assert delivery.state == late.state == Delivery.State.CANCELED
    assert receiver.ledger() == []


def test_in_order_the_second_waits_until_the_first_has_ended(sender, receiver, run_pass):
    shop = sender("/flaky/1", ordered=True, delays=[3600])
    first = shop.emit("PO-1", payload='{"orderId": "one"}')
    second = shop.emit("PO-1", payload='{"orderId": "two"}')
    other = shop.emit("PO-2", payload='{"orderId": "other"}')
    run_pass()
    tried_first = {request["webhook_id"] for request in receiver.ledger()}

    Delivery.objects.filter(pk=first.pk).update(due_at=now())
    run_pass(linger=0.1, poll=0.01)

    sequence = [r["webhook_id"] for r in receiver.ledger() if r["webhook_id"] != str(other.uid)]
    assert tried_first == {str(first.uid), str(other.uid)}
    assert sequence == [str(first.uid)] * 2 + [str(second.uid)]


def test_a_first_that_fails_for_good_lets_the_second_go(sender, receiver, run_pass):
    shop = sender("/status/500", ordered=True)
    shop.emit("PO-1")
    second = shop.emit("PO-1")

    run_pass(linger=0.1, poll=0.01)

    assert second.attempts.count() == 1


def test_a_pause_reaches_what_a_worker_has_in_hand_and_has_not_started(
    sender, receiver, run_pass, monkeypatch
):
    monkeypatch.setattr(run, "HOLD_SECONDS", 0)
    shop = sender("/slow/0.3")
    for number in range(20):
        shop.emit(f"PO-{number}")
    claim = run.claim

    def pause_after_the_claim(**options):
        works = claim(**options)
        services.pause_rule(shop.rule.pk, reason="by hand")
        return works

    monkeypatch.setattr(run, "claim", pause_after_the_claim)

    run_pass()

    waiting = Delivery.objects.filter(state="pending")
    assert receiver.count().requests <= 4  # what one lane starts with at once
    assert waiting.count() == 20 - receiver.count().requests
    assert set(waiting.values_list("lease_id", "claims")) == {(None, 0)}


def test_only_holds_of_what_is_in_hand_are_read(sender):
    shop = sender()
    shop.emit(owner="customer:1")
    works = claim(lease_id=uuid4(), limit=10)
    services.hold_owner("customer:2", reason="inactive")
    reads_others = bool(Holds(works))

    services.hold_owner("customer:1", reason="inactive")

    assert not reads_others
    assert Holds(works).holds(works[0])


@pytest.fixture
def in_small_steps(monkeypatch):
    """As if each batch were full with two."""
    monkeypatch.setattr("dispatcher.services.rules.MOST_CANCELED", 2)
    monkeypatch.setattr("dispatcher.services.jobs.BATCH", 2)
    monkeypatch.setattr("dispatcher.services.jobs.RELEASED_AT_ONCE", 2)


def states():
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_of_a_deleted_owner_nothing_is_sent_whatever_dies_between_the_batches(
    sender, receiver, run_pass, in_small_steps, monkeypatch
):
    shop = sender()
    for number in range(5):
        shop.emit(f"PO-{number}", owner="customer:1")

    services.cancel_owner("customer:1", reason="It was deleted.")
    after_the_first_batch = states()
    shop.emit("PO-late", owner="customer:1")
    run_pass()
    with monkeypatch.context() as dying:
        dying.setattr("dispatcher.engine.sweep._give_up", killed)
        with pytest.raises(RuntimeError):
            sweep()
    run_pass()
    sweep()

    assert after_the_first_batch == ["canceled"] * 2 + ["pending"] * 3
    assert states() == ["canceled"] * 6
    assert receiver.count().requests == 0


def killed(*_args):
    raise RuntimeError("killed")


def test_a_final_hold_cancels_nothing_of_others(sender, run_pass):
    shop = sender()
    shop.emit(owner="customer:1")
    other = shop.emit(owner="customer:2")
    services.hold_owner("customer:2", reason="inactive")
    services.cancel_owner("customer:1", reason="It was deleted.")

    sweep()

    other.refresh_from_db()
    assert (other.state, other.is_parked) == ("pending", True)


@pytest.fixture
def holding(sender, in_small_steps):
    """A paused rule that has held five."""
    shop = sender()
    for number in range(5):
        shop.emit(f"PO-{number}")
    services.pause_rule(shop.rule.pk, reason="by hand")
    sweep()
    return shop


def state_of(shop):
    return Rule.objects.get(pk=shop.rule.pk).state


def test_what_was_held_is_canceled_in_steps_before_the_rule_goes_on(
    holding, receiver, run_pass, monkeypatch
):
    canceled = services.discard_held(holding.rule.pk)
    holding.emit("PO-new")
    run_pass()
    jobs.step()
    with monkeypatch.context() as dying:
        dying.setitem(jobs._VERBS, "discard", killed)
        with pytest.raises(RuntimeError):
            jobs.step()
    run_pass()
    half_way = (state_of(holding), receiver.count().requests)
    while jobs.step():
        pass
    run_pass()

    assert canceled == 5
    assert half_way == ("paused", 0)
    assert state_of(holding) == "active"
    assert states() == ["canceled"] * 5 + ["delivered"]


def test_few_are_canceled_at_once(holding, monkeypatch):
    monkeypatch.setattr("dispatcher.services.rules.MOST_CANCELED", 10)

    assert services.discard_held(holding.rule.pk) == 5
    assert (state_of(holding), states()) == ("active", ["canceled"] * 5)
    assert not jobs.step()


def test_whoever_resumes_meanwhile_has_the_rest_sent(holding, run_pass):
    services.discard_held(holding.rule.pk)

    services.resume_rule(holding.rule.pk)
    while jobs.step():
        pass
    run_pass()

    assert states() == ["canceled"] * 2 + ["delivered"] * 3


def test_a_rule_that_is_deleted_meanwhile_does_not_go_on(holding):
    services.discard_held(holding.rule.pk)

    services.archive_rule(holding.rule.pk)
    while jobs.step():
        pass

    assert (state_of(holding), states()) == ("archived", ["canceled"] * 5)


def test_what_a_resumed_rule_had_held_is_let_go_in_steps_and_none_is_lost(
    holding, run_pass, monkeypatch
):
    services.resume_rule(holding.rule.pk)
    with monkeypatch.context() as dying:
        dying.setitem(jobs._VERBS, "release", killed)
        with pytest.raises(RuntimeError):
            jobs.step()
    while jobs.step():
        pass
    run_pass()

    assert states() == ["delivered"] * 5
