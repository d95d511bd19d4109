"""A plan looks at each row for itself, and yet sees what the rows of a file are to each other."""

from __future__ import annotations

import factories
import notification_factories as notifications
import offer_factories as offers
import pytest
from django.db.models import F, UniqueConstraint

from config import transfer
from config.transfer.sections import SECTIONS

pytestmark = pytest.mark.django_db


def problems(document, *, prune=False):
    """What a plan says; applying says the same, or is done."""
    plan = transfer.make_plan(document, find_secret=lambda _: None, prune=prune)
    found = plan.problems(find_secret=lambda _: None)
    told = ()
    try:
        plan.apply(find_secret=lambda _: None, by=None)
    except transfer.RefusedError as error:
        told = error.problems
    assert found == told
    return [(one.section, one.key, one.field) for one in found]


@pytest.fixture
def customers():
    return [factories.customer(name=name, reference_id=name.lower()) for name in ("North", "South")]


def row(**fields):
    return {"status": "active", **fields}


def test_two_new_rows_cannot_both_have_what_only_one_may(customers):
    document = transfer.export()
    document["customers"]["a"] = {"name": "A", "reference_id": "x"}
    document["customers"]["b"] = {"name": "B", "reference_id": " x "}

    assert problems(document) == [("customers", "b", "reference_id")]


def test_a_row_may_take_what_an_earlier_one_gives_up(customers):
    document = transfer.export()
    document["customers"]["north"]["reference_id"] = "west"
    document["customers"]["south"]["reference_id"] = "north"
    document["customers"]["new"] = {"name": "New", "reference_id": "south"}

    assert problems(document) == []


def test_a_row_may_not_take_what_only_a_later_one_gives_up(customers):
    document = transfer.export()
    document["customers"]["north"]["reference_id"] = "south"
    document["customers"]["south"]["reference_id"] = "west"

    assert problems(document) == [("customers", "north", "reference_id")]


def test_what_is_unique_for_a_new_row_is_so_among_its_own():
    offers.offer(name="Shoes", reference_id="shoes")
    document = transfer.export()
    document["offers"]["hats"] = {"name": "Hats", "reference_id": "hats"}
    document["goals"]["one"] = {"offer": "hats", "name": "Sale", "reference_id": "sale"}
    document["goals"]["two"] = {"offer": "shoes", "name": "Sale", "reference_id": "sale"}
    document["goals"]["three"] = {"offer": "hats", "name": "Lead", "reference_id": "sale"}

    assert [one[:2] for one in problems(document)] == [("goals", "three")]


def test_a_new_row_of_new_rows_is_looked_at_with_all_of_them():
    offers.affiliate(name="Nord", reference_id="nord")
    document = transfer.export()
    document["affiliates"]["new"] = {"name": "New", "reference_id": "new"}
    shoes = {"name": "Shoes", "reference_id": "shoes", "affiliates": ["nord", "new"]}
    document["offers"]["shoes"] = shoes
    document["offers"]["hats"] = shoes | {"name": "Hats", "reference_id": "hats"}
    document["goals"]["sale"] = {"offer": "shoes", "name": "Sale", "reference_id": "sale"}
    told = {"affiliate": "new", "goal": "sale", "url": "https://nord.example/"}
    document["postbacks"]["right"] = told | {"offer": "shoes"}
    document["postbacks"]["wrong"] = told | {"offer": "hats"}

    assert problems(document) == [("postbacks", "wrong", "goal")]


def test_a_row_is_looked_at_with_what_it_refers_to_as_it_will_be():
    template = factories.template(name="Shipped")
    factories.trigger(name="Shipped", customer=None, template=factories.template(name="Other"))
    document = transfer.export()
    document["templates"]["shipped"] |= {"format": "xml", "body": "<a/>"}
    document["triggers"]["shipped"]["template"] = "shipped"

    assert problems(document) == [("triggers", "shipped", "template")]
    template.refresh_from_db()
    assert template.format == "json"


def test_a_channel_s_events_are_looked_at_with_its_new_kind():
    channel = notifications.channel(name="Team")
    notifications.attachment("order_completed", channel=channel)
    document = transfer.export()
    document["channels"]["new"] = document["channels"]["team"] | {"name": "New"}
    first = document["event_channels"]["order-completed-team"]
    document["event_channels"] |= {
        "one": first | {"channel": "new"}, "two": first | {"channel": "new"},
    }  # fmt: skip

    assert [one[:2] for one in problems(document)] == [("event_channels", "two")]


@pytest.mark.parametrize("where", ["south", None], ids=["to-another", "to-nobody"])
def test_a_row_may_go_when_what_refers_to_it_goes_or_is_moved(customers, where):
    own = factories.template(name="Own", customer=customers[0])
    for name in ("One", "Two"):
        factories.trigger(name=name, customer=customers[0], template=own)
    document = transfer.export()
    del document["customers"]["north"], document["templates"]["north-own"]
    del document["triggers"]["north-one"]
    document["templates"]["other"] = {"name": "Other", "body": "{}", "format": "json"}
    document["triggers"]["north-two"] |= {"customer": where, "template": "other"}

    assert problems(document, prune=True) == []


def test_a_row_may_not_go_while_one_refers_to_it_that_stays(customers):
    for name in ("One", "Two"):
        factories.trigger(name=name, customer=customers[0])
    document = transfer.export()
    del document["customers"]["north"], document["triggers"]["north-one"]
    del document["triggers"]["north-two"]["customer"]  # stays as it is

    assert problems(document, prune=True) == [("customers", "north", "")]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_each_section_names_what_only_one_row_may_have(section):
    if section.name == "event_switches":  # there is one for each event, which is never added
        return
    options = section.model._meta
    fields = section._view(None).get_serializer().fields.items()
    written = {name for name, one in fields if not one.read_only}
    unique = [{one.name} for one in options.concrete_fields if one.unique]
    unique += [
        {part.name for one in rule.expressions for part in one.flatten() if isinstance(part, F)}
        | set(rule.fields)
        for rule in options.constraints
        if isinstance(rule, UniqueConstraint)
    ]

    unnamed = [
        names
        for names in unique
        if names & written and not any(names <= {*one} for one in section.unique_by)
    ]

    assert unnamed == []
