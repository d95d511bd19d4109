"""A trigger copied to another customer: a draft, without secrets."""

from __future__ import annotations

import factories
import ledger
import pytest

from postbacks import services
from postbacks.models import Trigger

pytestmark = pytest.mark.django_db


def test_a_copy_is_a_draft_of_the_other_customer_that_sends_the_same():
    template = factories.template()
    source = factories.trigger(template=template, is_ordered=True, retry_on_failure=False)
    other = factories.customer()

    copy = services.duplicate_trigger(trigger=source, customer=other).trigger

    assert copy.pk != source.pk
    assert copy.rule_id != source.rule_id
    assert (copy.status, copy.customer, copy.name) == ("draft", other, source.name)
    assert (copy.url, copy.template, copy.event) == (source.url, template, source.event)
    assert copy.is_ordered
    assert not copy.retry_on_failure
    assert copy.rule.owner == other.owner
    source.refresh_from_db()
    assert source.status == "active"


def test_secrets_are_not_copied_and_what_is_missing_is_named():
    source = ledger.trigger()

    made = services.duplicate_trigger(trigger=source, customer=factories.customer())

    assert [header["name"] for header in made.trigger.headers] == ["X-Shop"]
    made.trigger.rule.refresh_from_db()
    assert made.trigger.rule.credentials == {}
    assert made.left_out == [
        "The secret header X-Api-Key: give its value.",
        "The signing secret: make a new one.",
    ]


def test_a_template_of_the_first_customer_stays_with_it():
    owner = factories.customer()
    own = factories.template(customer=owner, name="Theirs")
    source = factories.trigger(customer=owner, template=own)

    made = services.duplicate_trigger(trigger=source, customer=factories.customer())
    beside = services.duplicate_trigger(trigger=source, customer=owner)

    assert made.trigger.template is None
    assert "“Theirs”" in made.left_out[0]
    assert beside.trigger.template == own
    assert beside.left_out == []


def test_a_copy_for_the_same_customer_is_told_apart_by_its_name():
    source = factories.trigger(name="n" * 255)

    beside = services.duplicate_trigger(trigger=source, customer=source.customer).trigger
    named = services.duplicate_trigger(trigger=source, customer=None, name=" Mine ").trigger

    assert beside.name == "n" * 248 + " (copy)"
    assert (named.name, named.customer) == ("Mine", None)


def test_a_name_that_cannot_be_leaves_no_copy(refused):
    source = factories.trigger()

    with refused(name="at most 255"):
        services.duplicate_trigger(trigger=source, customer=None, name="n" * 256)

    assert Trigger.objects.count() == 1


def test_an_email_trigger_keeps_its_people():
    source = factories.email_trigger(cc="b@there.example", reply_to="c@there.example")

    copy = services.duplicate_trigger(trigger=source, customer=factories.customer()).trigger

    assert (copy.method_kind, copy.to, copy.cc) == ("email", source.to, source.cc)
    assert copy.reply_to == "c@there.example"
