"""A plan checks what applying would: every mistake is seen before, not after."""

from __future__ import annotations

import factories
import notification_factories as notifications
import offer_factories as offers
import pytest
import yaml
from command_line import config
from django.core.management import CommandError

from notifications.models import Channel
from postbacks import services
from postbacks.models import Customer, LookupTable, Template, Trigger

pytestmark = pytest.mark.django_db

PAGE = "/admin/configuration/"
API_KEY = "the-api-key-5Tq9"
NAME = "TRIGGERS_STUDIO_NORD_SHIPPED_HEADERS_X_API_KEY"
SLACK = "https://hooks.slack.com/services/T0000000/B0000000/abcdefghijklmnopqrstuvwx"


@pytest.fixture
def document():
    """One of most things, as it is exported."""
    customer = factories.customer(name="Studio Nord", reference_id="studio-nord")
    template = factories.template(name="Shipped", body='{"a": 1}')
    factories.lookup_table({"dhl": "DHL"}, name="Carriers")
    headers = [{"name": "X-Api-Key", "value": API_KEY, "is_secret": True}]
    factories.trigger(name="Shipped", customer=customer, template=template, headers=headers)
    shoes = offers.offer(name="Shoes", reference_id="shoes")
    offers.goal(shoes, name="Sale", reference_id="sale")
    notifications.slack(name="Team", secret={"webhook": SLACK})
    return yaml.safe_load(config("export"))


@pytest.fixture
def planned(document, tmp_path):
    """The document as a file, and what `plan` says of it."""

    def plan(verb="plan", *options):
        file = tmp_path / "config.yaml"
        file.write_text(yaml.safe_dump(document))
        return config(verb, str(file), *options)

    return plan


def refusal(planned, *arguments):
    with pytest.raises(CommandError) as refused:
        planned(*arguments)
    return str(refused.value)


def page(client, document, **more):
    client.force_login(factories.operator())
    answer = client.post(PAGE, {"text": yaml.safe_dump(document), **more})
    return answer.content.decode()


def spoil(document):
    document["customers"]["studio-nord"] |= {"descripton": "typo", "is_active": "maybe"}
    document["triggers"]["studio-nord-shipped"] |= {"event": "order_recieved", "status": "activ"}
    document["templates"]["new"] = {"name": "New", "body": "{% if %}"}


MISTAKES = [
    ("customers", "studio-nord", "descripton"),
    ("customers", "studio-nord", "is_active"),
    ("triggers", "studio-nord-shipped", "event"),
    ("triggers", "studio-nord-shipped", "status"),
]


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_the_command_names_every_mistake_with_section_row_and_field(document, planned, verb):
    spoil(document)

    lines = refusal(planned, verb).splitlines()

    for mistake in MISTAKES:
        assert [line for line in lines if line.strip().startswith(": ".join(mistake) + ": ")], lines


def test_the_page_names_every_mistake_and_offers_nothing_to_press(client, document):
    spoil(document)

    shown = page(client, document)

    assert "This file cannot be applied" in shown
    for section, key, field in MISTAKES:
        assert f"{section.capitalize()}: {key}" in shown
        assert f"<code>{field}</code>" in shown
    assert "Did you mean description?" in shown
    assert 'name="apply"' not in shown


def test_the_page_names_every_mistake_too_when_it_is_applied_all_the_same(client, document):
    spoil(document)

    shown = page(client, document, apply="yes")

    assert "<code>descripton</code>" in shown
    assert "<code>status</code>" in shown
    assert Customer.objects.get().description == ""


def test_what_only_the_service_refuses_is_a_mistake_too(document, planned):
    document["triggers"]["studio-nord-shipped"] |= {"url": "ftp://nord.example", "descripton": "x"}

    words = refusal(planned)

    assert "triggers: studio-nord-shipped: url: " in words
    assert "triggers: studio-nord-shipped: descripton: " in words


def test_rows_inside_a_field_are_counted(document, planned):
    document["triggers"]["studio-nord-shipped"]["headers"].append({"nmae": "X-Shop", "value": "1"})

    words = refusal(planned)

    assert "triggers: studio-nord-shipped: headers: number 2: nmae: There is no such field" in words


def test_every_wrong_section_row_and_reference_is_named(document, planned):
    document["tempaltes"] = {}
    document["customers"]["odd"] = "text"
    document["triggers"]["studio-nord-shipped"] |= {"template": "shiped", "event": "no_such"}
    document["goals"]["shoes-sale"]["offer"] = "boots"

    words = refusal(planned)

    assert "Did you mean “templates”" in words
    assert "customers: odd: " in words
    assert "triggers: studio-nord-shipped: template: “shiped” is not among the templates" in words
    assert "triggers: studio-nord-shipped: event: " in words
    assert "goals: shoes-sale: offer: “boots” is not among the offers" in words


def test_new_rows_may_refer_to_new_rows(document, planned):
    document["customers"]["bern"] = {"name": "Bern", "reference_id": "bern"}
    document["templates"]["bern"] = {"name": "Of Bern", "customer": "bern", "body": "{}"}
    document["triggers"]["bern"] = {
        "name": "Bern", "customer": "bern", "template": "bern", "event": "order_shipped",
        "url": "https://bern.example/",
    }  # fmt: skip

    assert "+ triggers: bern" in planned()


def test_what_refers_to_a_wrong_row_is_checked_for_its_own_mistakes_alone(document, planned):
    document["customers"]["bern"] = {"nmae": "Bern"}
    document["templates"]["bern"] = {"name": "Of Bern", "customer": "bern", "body": "{}"}
    document["triggers"]["bern"] = {"name": "B", "customer": "bern", "event": "no_such"}

    lines = refusal(planned).splitlines()

    assert [line.strip().partition(": There")[0].partition(": Cho")[0] for line in lines[1:]] == [
        "customers: bern: nmae",
        "customers: bern: name: This field is required.",
        "triggers: bern: event",
    ]


def test_a_secret_that_is_asked_for_later_is_no_mistake(client, document, planned):
    services.delete_trigger(trigger=Trigger.objects.get())
    Channel.objects.all().delete()

    shown = planned()

    assert "+ channels: team" in shown
    assert f"Secrets without a value: {NAME}, CHANNELS_TEAM_SECRET_WEBHOOK" in shown
    assert 'name="apply"' in page(client, document)


def test_a_row_that_lacks_a_secret_shows_its_other_mistakes(document, planned):
    Channel.objects.all().delete()
    document["channels"]["team"]["is_active"] = "maybe"

    words = refusal(planned)

    assert "channels: team: is_active: " in words
    assert "channels: team: secret" not in words


def test_a_row_of_a_lookup_table_is_checked_beside_its_fields(document, planned):
    document["lookups"]["carriers"] |= {"rows": ["dhl"], "naem": "x"}

    words = refusal(planned)

    assert "lookups: carriers: rows: " in words
    assert "lookups: carriers: naem: " in words


def test_a_plan_leaves_nothing_behind(
    client, document, planned, django_capture_on_commit_callbacks
):
    document["customers"]["studio-nord"]["is_active"] = False
    document["customers"]["bern"] = {"name": "Bern"}
    document["templates"]["shipped"]["body"] = '{"a": 2}'
    document["lookups"]["carriers"]["rows"] = {"ups": "UPS"}
    before = config("export")
    histories = [model.history.count() for model in (Customer, Template, LookupTable)]

    with django_capture_on_commit_callbacks() as callbacks:
        planned("plan", "--prune")
        page(client, document, prune="on")

    assert callbacks == []
    assert config("export") == before
    assert [model.history.count() for model in (Customer, Template, LookupTable)] == histories


def test_what_may_not_be_removed_is_a_mistake(document, planned):
    factories.trigger(name="Here only", customer=factories.customer(name="Here", reference_id="h"))
    del document["triggers"]  # so that it is left alone

    assert "customers: h: " in refusal(planned, "plan", "--prune")
