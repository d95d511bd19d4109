from __future__ import annotations

import factories
import pytest
from django.db import IntegrityError, transaction

from dispatcher import services as dispatcher
from dispatcher import signals
from dispatcher.models import Delivery, Rule
from postbacks import services
from postbacks.errors import ChangedMeanwhileError
from postbacks.models import Trigger
from postbacks.routing import RETRY_DELAYS
from postbacks.services import NewOrderEvent

pytestmark = pytest.mark.django_db


def emit_to(trigger):
    item = NewOrderEvent(
        type=trigger.event, customer=trigger.customer.reference_id, payload='{"orderId": "1"}'
    )
    return services.emit_order_event(item=item, emitter="user:1")


def state_of(trigger):
    return Rule.objects.get(pk=trigger.rule_id).state


# --- Saving ------------------------------------------------------------------


def test_a_saved_trigger_has_a_rule_that_the_ledgers_can_show():
    trigger = factories.trigger(name="To the shop")

    rule = Rule.objects.get(pk=trigger.rule_id)

    assert (rule.kind, rule.name, rule.owner) == ("trigger", "To the shop", trigger.customer.owner)
    assert rule.link == f"/admin/postbacks/trigger/{trigger.pk}/change/"


def test_a_rename_reaches_the_rule_and_makes_no_route():
    trigger = factories.trigger()

    trigger.name = "Another name"
    services.save_trigger(trigger=trigger)

    assert Rule.objects.get(pk=trigger.rule_id).name == "Another name"
    assert trigger.rule.routes.count() == 1


def test_what_is_sent_is_on_the_route():
    trigger = factories.trigger(
        http_method="PUT",
        format="xml",
        is_ordered=True,
        headers=[{"name": "X-Shop", "value": "north", "is_secret": False}],
    )

    route = Rule.objects.get(pk=trigger.rule_id).route

    assert route.transport == "http"
    assert route.destination.key == "https://receiver.example:443"
    assert route.is_ordered is True
    assert route.retry_policy == {"delays": list(RETRY_DELAYS)}
    assert route.made_from == f"template:{trigger.template_id}@1"
    assert route.spec == {
        "method": "PUT",
        "url": factories.URL,
        "headers": [["X-Shop", "north"]],
        "content_type": "application/xml; charset=utf-8",
        "template": {"format": "xml", "source": factories.XML_BODY, "strict": False},
    }


def test_without_retry_on_failure_there_is_one_attempt():
    trigger = factories.trigger(retry_on_failure=False)

    assert trigger.rule.route.retry_policy == {"delays": []}


def test_a_changed_url_is_a_new_route():
    trigger = factories.trigger()
    before = trigger.rule.route

    trigger.url = "http://127.0.0.2.example:8080/other"
    services.save_trigger(trigger=trigger)

    assert trigger.rule.route != before
    assert trigger.rule.route.destination.key == "http://127.0.0.2.example:8080"


def test_a_draft_may_be_incomplete_and_has_no_route():
    trigger = factories.trigger(status="draft", url="", template=None)

    assert trigger.rule.route is None


@pytest.mark.parametrize("status", ["active", "paused"])
def test_only_a_draft_may_be_incomplete(refused, status):
    with refused(url="Give the URL", template="Choose the template"):
        factories.trigger(status=status, url="", template=None)


def test_the_database_refuses_an_active_trigger_without_url():
    trigger = factories.trigger()

    with pytest.raises(IntegrityError), transaction.atomic():
        Trigger.objects.filter(pk=trigger.pk).update(url="")


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": " "}, "name", "Give the trigger a name"),
        ({"url": "ftp://receiver.example/"}, "url", "http:// or https://"),
        ({"url": "https://user:pw@receiver.example/"}, "url", "user name or password"),
        ({"url": "http://169.254.169.254/"}, "url", "not allowed"),
        ({"event": "order_eaten"}, "event", "Choose one of order_received"),
        ({"http_method": "GET"}, "http_method", "Choose one of POST, PUT"),
        ({"status": "on"}, "status", "Choose one of draft, active, paused"),
        ({"method_kind": "email"}, "method_kind", "Choose one of url"),
    ],
    ids=["name", "scheme", "userinfo", "address", "event", "method", "status", "kind"],
)
def test_a_bad_field_is_refused_by_name(refused, values, field, words):
    with refused(**{field: words}):
        factories.trigger(**values)


def test_everything_that_is_wrong_is_said_at_once(refused):
    with refused(name="Give", url="http", headers="Remove the row"):
        factories.trigger(name="", url="nonsense", headers=[{"name": "Host", "value": "x"}])


def test_the_template_must_be_of_the_triggers_format(refused):
    with refused(template="Choose a JSON template"):
        factories.trigger(format="json", template=factories.template(format="xml"))


@pytest.mark.parametrize("for_all", [True, False], ids=["for-every-customer", "for-another"])
def test_another_customers_template_is_refused(refused, for_all):
    template = factories.template(customer=factories.customer())

    with refused(template="belongs to another customer"):
        factories.trigger(template=template, customer=None if for_all else factories.customer())


def test_the_customers_own_template_may_be_used():
    customer = factories.customer()

    trigger = factories.trigger(customer=customer, template=factories.template(customer=customer))

    assert trigger.rule.route


def test_who_saves_second_is_told_and_overwrites_nothing():
    trigger = factories.trigger()
    late = Trigger.objects.get(pk=trigger.pk)
    services.set_trigger_status(trigger=trigger, status="paused")

    late.name = "Late"
    with pytest.raises(ChangedMeanwhileError, match="Somebody else changed this trigger"):
        services.save_trigger(trigger=late)

    assert Trigger.objects.get(pk=trigger.pk).status == "paused"
    assert state_of(trigger) == "paused"


# --- Status ------------------------------------------------------------------


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
