from __future__ import annotations

import factories
import pytest
from django.db import IntegrityError, transaction

from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.models import Rule
from postbacks import services
from postbacks.models import Trigger
from postbacks.routing import RETRY_DELAYS

pytestmark = pytest.mark.django_db


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
        ({"method_kind": "fax"}, "method_kind", "Choose one of"),
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
    with refused(template="Choose an XML template"):
        factories.trigger(format="xml", template=factories.template(format="json"))


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
    assert Rule.objects.get(pk=trigger.rule_id).state == "paused"
