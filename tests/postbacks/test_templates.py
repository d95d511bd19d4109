from __future__ import annotations

import factories
import pytest

from dispatcher.configuration.errors import ChangedMeanwhileError, InUseError
from postbacks import services
from postbacks.models import Template
from postbacks.services.templates import sample_of

pytestmark = pytest.mark.django_db


def route_of(trigger):
    trigger.rule.refresh_from_db()
    return trigger.rule.route


def test_the_first_save_is_version_one():
    operator = factories.operator()

    template = services.save_template(template=Template(name="T", body="{}"), by=operator)

    version = template.versions.get()
    assert (version.number, version.body, version.created_by) == (1, "{}", operator)
    assert template.version == 1


@pytest.mark.parametrize(
    "change",
    [{"body": "[]"}, {"is_strict": True}, {"format": "xml", "body": "<a/>"}],
    ids=["body", "strictness", "format"],
)
def test_a_change_of_what_renders_is_a_version(change):
    template = factories.template()

    for name, value in change.items():
        setattr(template, name, value)
    services.save_template(template=template)

    assert [version.number for version in template.versions.order_by("number")] == [1, 2]
    assert Template.objects.get(pk=template.pk).version == 2


def test_a_rename_is_no_version_and_makes_no_route():
    template = factories.template()
    trigger = factories.trigger(template=template)
    before = route_of(trigger)

    template.name = "Another name"
    services.save_template(template=template)

    assert template.versions.count() == 1
    assert route_of(trigger) == before
    assert trigger.rule.routes.count() == 1


def test_a_saved_body_is_what_its_triggers_send_from_then_on():
    template = factories.template(body='{"v": 1}')
    triggers = [factories.trigger(template=template) for _ in range(2)]
    stranger = factories.trigger()

    template.body = '{"v": 2}'
    services.save_template(template=template)

    for trigger in triggers:
        route = route_of(trigger)
        assert route.spec["template"]["source"] == '{"v": 2}'
        assert route.made_from == f"template:{template.pk}@2"
        assert trigger.rule.routes.count() == 2
    assert stranger.rule.routes.count() == 1


def test_a_trigger_saved_with_a_template_read_earlier_sends_the_present_one():
    trigger = factories.trigger(template=factories.template(body='{"v": 1}'))
    template = Template.objects.get(pk=trigger.template_id)
    template.body = '{"v": 2}'
    services.save_template(template=template)

    assert trigger.template.body == '{"v": 1}'
    services.save_trigger(trigger=trigger)

    assert route_of(trigger).spec["template"]["source"] == '{"v": 2}'


def test_a_draft_may_be_unfinished():
    template = factories.template(status="draft", body="{% for")

    assert template.version == 1


def test_an_active_template_must_be_readable_and_the_message_names_the_line(refused):
    with refused(body="Line 2"):
        factories.template(body='{"a": 1,\n{% for %}')


def test_an_active_template_needs_a_body(refused):
    with refused(body="Write the template's body"):
        factories.template(body="  ")


def test_a_draft_is_activated_only_when_it_can_be_read(refused):
    template = factories.template(status="draft", body="{% for")

    with refused(body="Line 1"):
        services.set_template_status(template=template, status="active")

    assert Template.objects.get(pk=template.pk).status == "draft"


def test_activating_makes_no_version():
    template = factories.template(status="draft")

    services.set_template_status(template=template, status="active")

    assert template.is_active
    assert template.versions.count() == 1


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": " "}, "name", "Give the template a name"),
        ({"kind": "email", "subject": "a\nb", "status": "draft"}, "subject", "one line"),
        ({"format": "", "status": "draft"}, "format", "Choose JSON or XML"),
        ({"format": "html", "status": "draft"}, "format", "Choose one of json, xml"),
        ({"status": "live"}, "status", "Choose one of draft, active"),
        ({"sample": "[1]"}, "sample", "must be a JSON object"),
        ({"sample": '{"a": }'}, "sample", "line 1, column 7"),
        ({"event": "order_eaten"}, "event", "Choose one of order_received"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_a_bad_field_is_refused_by_name(refused, values, field, words):
    with refused(**{field: words}):
        factories.template(**values)


def test_a_template_in_use_keeps_its_format(refused):
    template = factories.template()
    factories.trigger(template=template, name="To the shop")

    template.format, template.body = "xml", "<a/>"
    with refused(format="“To the shop” would send it in another format"):
        services.save_template(template=template)


def test_a_template_in_use_by_others_cannot_become_one_customers(refused):
    template = factories.template()
    factories.trigger(template=template, customer=None, name="For all")

    template.customer = factories.customer()
    with refused(customer="“For all” would use a template of another customer"):
        services.save_template(template=template)


def test_who_saves_second_is_told_and_makes_no_version():
    template = factories.template()
    late = Template.objects.get(pk=template.pk)
    template.body = '{"first": 1}'
    services.save_template(template=template)

    late.body = '{"second": 1}'
    with pytest.raises(ChangedMeanwhileError):
        services.save_template(template=late)

    assert Template.objects.get(pk=template.pk).body == '{"first": 1}'
    assert template.versions.count() == 2


def test_a_template_in_use_cannot_be_deleted():
    template = factories.template()
    for number in range(5):
        factories.trigger(template=template, name=f"T{number}")

    with pytest.raises(InUseError, match="Triggers “T0”, “T1”, “T2” and 2 more use this template"):
        services.delete_template(template=template)


def test_an_unused_template_is_deleted_with_its_versions():
    template = factories.template()

    services.delete_template(template=template)

    assert not Template.objects.exists()


def test_a_template_is_tried_with_its_own_sample_or_that_of_its_event():
    own = factories.template(sample='{"orderId": "mine"}')
    of_event = factories.template(event="order_failed")

    assert sample_of(own) == '{"orderId": "mine"}'
    assert '"errorReason"' in sample_of(of_event)


def test_the_author_of_a_change_is_in_its_history():
    operator = factories.operator()
    template = factories.template()

    services.set_template_status(template=template, status="draft", by=operator)

    assert template.history.latest().history_user == operator
