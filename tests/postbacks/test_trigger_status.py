from __future__ import annotations

import factories
import pytest

from dispatcher import services as dispatcher
from dispatcher import signals
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.models import Delivery, Rule
from postbacks import services
from postbacks.models import Trigger
from postbacks.services import NewOrderEvent

pytestmark = pytest.mark.django_db


def emit_to(trigger):
    item = NewOrderEvent(
        type=trigger.event, customer=trigger.customer.reference_id, payload='{"orderId": "1"}'
    )
    return services.emit_order_event(item=item, emitter="user:1")


def state_of(trigger):
    return Rule.objects.get(pk=trigger.rule_id).state


def test_pausing_holds_what_waits_and_what_comes_and_resuming_sends_it():
    trigger = factories.trigger()
    emit_to(trigger)

    services.set_trigger_status(trigger=trigger, status="paused")
    emitted = emit_to(trigger)

    assert state_of(trigger) == "paused"
    assert len(emitted.deliveries) == 1
    services.set_trigger_status(trigger=trigger, status="active")
    assert state_of(trigger) == "active"


def test_a_status_changed_in_the_form_reaches_the_rule_too():
    trigger = factories.trigger()

    trigger.status = "paused"
    services.save_trigger(trigger=trigger)

    assert state_of(trigger) == "paused"


def test_a_trigger_that_starts_paused_holds_from_the_start():
    assert state_of(factories.trigger(status="paused")) == "paused"


def test_a_save_without_a_change_of_status_resumes_nothing_that_the_engine_paused():
    trigger = factories.trigger()
    dispatcher.pause_rule(trigger.rule_id, reason="410")

    trigger.name = "Another name"
    services.save_trigger(trigger=trigger)

    assert state_of(trigger) == "paused"


def test_of_two_who_change_the_status_the_second_is_told():
    trigger = factories.trigger()
    late = Trigger.objects.get(pk=trigger.pk)
    services.set_trigger_status(trigger=trigger, status="paused")

    with pytest.raises(ChangedMeanwhileError):
        services.set_trigger_status(trigger=late, status="active")

    assert state_of(trigger) == "paused"


def test_the_loser_between_look_and_change_is_told_too(monkeypatch):
    trigger = factories.trigger()
    refresh = Trigger.refresh_from_db

    def refresh_then_lose(self, *args, **kwargs):
        refresh(self, *args, **kwargs)
        Trigger.objects.filter(pk=self.pk).update(status="paused")

    monkeypatch.setattr(Trigger, "refresh_from_db", refresh_then_lose)

    with pytest.raises(ChangedMeanwhileError):
        services.set_trigger_status(trigger=trigger, status="paused")


def test_a_draft_is_activated_only_when_complete(refused):
    trigger = factories.trigger(status="draft", template=None)

    with refused(template="Choose the template"):
        services.set_trigger_status(trigger=trigger, status="active")

    assert Trigger.objects.get(pk=trigger.pk).status == "draft"


def test_what_was_in_use_cannot_become_a_draft_again(refused):
    trigger = factories.trigger()

    with refused(status="Pause it instead"):
        services.set_trigger_status(trigger=trigger, status="draft")


def test_an_unknown_status_is_refused(refused):
    with refused(status="Choose one of draft, active, paused"):
        services.set_trigger_status(trigger=factories.trigger(), status="on")


def test_a_rule_paused_by_the_engine_shows_as_a_paused_trigger():
    trigger = factories.trigger()
    dispatcher.pause_rule(trigger.rule_id, reason="The receiver answered 410")

    signals.rule_paused.send(Rule, rule_id=trigger.rule_id, reason="The receiver answered 410")

    trigger.refresh_from_db()
    assert trigger.status == "paused"
    assert trigger.history.latest().history_change_reason == "The receiver answered 410"


def test_a_rule_that_merely_keeps_failing_leaves_the_triggers_status_alone():
    trigger = factories.trigger()

    signals.rule_paused.send(Rule, rule_id=trigger.rule_id, reason="It kept failing.")

    trigger.refresh_from_db()
    assert trigger.status == "active"


def test_a_rule_resumed_from_the_ledgers_shows_as_an_active_trigger():
    trigger = factories.trigger(status="paused")
    dispatcher.resume_rule(trigger.rule_id)

    signals.rule_resumed.send(Rule, rule_id=trigger.rule_id)

    trigger.refresh_from_db()
    assert trigger.status == "active"


# --- Deleting ----------------------------------------------------------------


def test_deleting_cancels_what_waits_and_the_ledger_keeps_the_rule():
    trigger = factories.trigger(name="Gone soon")
    emitted = emit_to(trigger)

    canceled = services.delete_trigger(trigger=trigger)

    assert canceled == 1
    assert not Trigger.objects.exists()
    delivery = Delivery.objects.select_related("rule").get(uid=emitted.deliveries[0].id)
    assert delivery.state == "canceled"
    assert (delivery.rule.name, delivery.rule.state) == ("Gone soon", "archived")


def test_who_deleted_it_is_in_the_history():
    operator = factories.operator()
    trigger = factories.trigger()

    services.delete_trigger(trigger=trigger, by=operator)

    latest = Trigger.history.latest()
    assert (latest.history_type, latest.history_user) == ("-", operator)
