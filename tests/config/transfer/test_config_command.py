"""`manage.py config`: from staging to production by review, not by typing it again."""

from __future__ import annotations

import factories
import pytest
import yaml
from command_line import config
from django.core.management import CommandError

from dispatcher.models import Rule
from postbacks import services
from postbacks.models import Customer, LookupTable, OutgoingServer, Template, Trigger

pytestmark = pytest.mark.django_db

SECRETS = {
    "TRIGGERS_STUDIO_NORD_SHIPPED_SIGNING_SECRET": "whsec_c2lnbmluZy1zZWNyZXQtMDEyMzQ1Njc4OWFiY2Rl",
    "TRIGGERS_STUDIO_NORD_SHIPPED_HEADERS_X_API_KEY": "the-api-key-5Tq9",
    "OUTGOING_SERVERS_DEFAULT_PASSWORD": "the-smtp-password",
}


@pytest.fixture
def configured():
    customer = factories.customer(name="Studio Nord", reference_id="studio-nord")
    shared = factories.template(
        name="Shipped", body='{"a": "{{ a }}",\n "b": "Zürich: yes"}\n', sample='{"a": 1}'
    )
    factories.template(name="Shipped", body='{"other": 1}')  # the same name once more
    factories.lookup_table({"dhl": "DHL", "no": "yes", "1": "0010"}, customer=customer)
    factories.outgoing_server(
        username="smtp", password=SECRETS["OUTGOING_SERVERS_DEFAULT_PASSWORD"]
    )
    factories.trigger(
        name="Shipped",
        customer=customer,
        template=shared,
        signing_secret=SECRETS["TRIGGERS_STUDIO_NORD_SHIPPED_SIGNING_SECRET"],
        headers=[
            {"name": "X-Plain", "value": "1", "is_secret": False},
            {"name": "X-Api-Key", "value": "the-api-key-5Tq9", "is_secret": True},
        ],
    )
    factories.email_trigger(customer=None, name="To us")


@pytest.fixture
def secrets_file(tmp_path):
    file = tmp_path / "secrets.yaml"
    file.write_text(yaml.safe_dump(SECRETS))
    return str(file)


@pytest.fixture
def exported(configured, tmp_path):
    file = tmp_path / "config.yaml"
    config("export", "--output", str(file))
    return file


def empty_everything():
    for trigger in Trigger.objects.all():
        services.delete_trigger(trigger=trigger)
    for model in (Template, LookupTable, OutgoingServer, Customer):
        model.objects.all().delete()


def changed(exported, change):
    document = yaml.safe_load(exported.read_text())
    change(document)
    exported.write_text(yaml.safe_dump(document))
    return str(exported)


def test_no_secret_is_in_the_file(exported):
    text = exported.read_text()

    assert not [secret for secret in SECRETS.values() if secret in text]
    assert all(name in text for name in SECRETS)


def test_texts_are_as_they_were_written(exported):
    assert (
        '    body: |\n      {"a": "{{ a }}",\n       "b": "Zürich: yes"}\n' in exported.read_text()
    )


def test_exported_applied_to_nothing_and_exported_again_is_identical(exported, secrets_file):
    before = exported.read_text()
    empty_everything()
    assert not Customer.objects.exists()

    config("apply", str(exported), "--secrets", secrets_file)

    assert config("export") == before
    assert config("plan", str(exported)) == "Nothing to do.\n"


def test_what_was_applied_works_with_its_secrets(exported, secrets_file):
    empty_everything()

    config("apply", str(exported), "--secrets", secrets_file)

    trigger = Trigger.objects.get(name="Shipped")
    assert trigger.rule.credentials["headers"] == [["X-Api-Key", "the-api-key-5Tq9"]]
    assert trigger.rule.credentials["signing"][0]["secret"].startswith("whsec_")
    assert trigger.rule.route.spec["url"] == trigger.url
    assert OutgoingServer.objects.get().password == "the-smtp-password"


def test_what_is_here_already_is_nothing_to_do(exported):
    assert config("plan", str(exported)) == "Nothing to do.\n"


def test_a_plan_shows_what_would_change_and_changes_nothing(exported):
    def rename(document):
        document["customers"]["studio-nord"]["name"] = "Studio Süd"
        template = document["triggers"]["studio-nord-shipped"]["template"]
        document["templates"][template]["body"] = '{"a": "{{ a }}",\n "b": "Bern"}\n'

    shown = config("plan", changed(exported, rename))

    assert "~ customers: studio-nord" in shown
    assert "name: 'Studio Nord' → 'Studio Süd'" in shown
    assert '+  "b": "Bern"}' in shown
    assert Customer.objects.get().name == "Studio Nord"


def test_a_change_is_applied_and_keeps_the_secrets_that_are_here(exported):
    def move(document):
        trigger = document["triggers"]["studio-nord-shipped"]
        trigger["url"] = trigger["url"] + "/new"

    config("apply", changed(exported, move))

    trigger = Trigger.objects.get(name="Shipped")
    assert trigger.url.endswith("/new")
    assert trigger.rule.credentials["headers"] == [["X-Api-Key", "the-api-key-5Tq9"]]
    assert services.has_signing_secret(trigger)


def test_a_new_value_of_a_secret_alone_is_a_change(exported, tmp_path):
    name = "OUTGOING_SERVERS_DEFAULT_PASSWORD"
    file = tmp_path / "renewed.yaml"
    file.write_text(yaml.safe_dump(SECRETS | {name: "the-new-password"}))

    shown = config("plan", str(exported), "--secrets", str(file))
    config("apply", str(exported), "--secrets", str(file))

    assert shown.splitlines() == [
        "~ outgoing_servers: default",
        f"    {name}: 'the value that is stored' → 'another value'",
    ]
    assert OutgoingServer.objects.get().password == "the-new-password"
    assert config("plan", str(exported), "--secrets", str(file)) == "Nothing to do.\n"


def test_a_section_that_the_file_does_not_have_is_not_pruned(exported):
    shown = config("plan", changed(exported, lambda d: d.pop("triggers")), "--prune")

    assert "triggers: studio-nord-shipped is only here" in shown
    assert not [line for line in shown.splitlines() if line.startswith("-")]


def test_without_the_secrets_nothing_is_applied(exported):
    empty_everything()

    with pytest.raises(CommandError, match="TRIGGERS_STUDIO_NORD_SHIPPED_SIGNING_SECRET"):
        config("apply", str(exported))

    assert not Customer.objects.exists()


def test_one_bad_row_and_nothing_is_applied(exported):
    def spoil(document):
        document["customers"]["studio-nord"]["name"] = "Changed"
        document["triggers"]["studio-nord-shipped"]["http_method"] = "BREW"

    with pytest.raises(CommandError, match="triggers: studio-nord-shipped: http_method: "):
        config("apply", changed(exported, spoil))

    assert Customer.objects.get().name == "Studio Nord"


def test_what_the_file_does_not_have_stays_unless_pruned(exported):
    factories.customer(name="Newer", reference_id="newer")

    assert "customers: newer is only here" in config("apply", str(exported))
    assert Customer.objects.count() == 2

    assert "- customers: newer" in config("apply", str(exported), "--prune")
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda d: d.pop("version"), "must begin with “version: 1”"),
        (lambda d: d.update(tempaltes={}), "Did you mean “templates”"),
        (lambda d: d["triggers"]["studio-nord-shipped"].update(template="x"), "not among"),
        (lambda d: d["customers"].update(x="y"), "fields below it"),
        (lambda d: d.update(customers=["x"]), "give the rows by key"),
        (lambda d: d["customers"]["studio-nord"].update(nmae="X"), "nmae"),
    ],
    ids=["version", "section", "reference", "row", "list", "field"],
)
def test_a_wrong_file_is_refused_in_words_that_help(exported, spoil, words):
    with pytest.raises(CommandError, match=words):
        config("apply", changed(exported, spoil))


def test_what_is_no_yaml_names_the_place(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("version: 1\ncustomers: [")

    with pytest.raises(CommandError, match=r"not YAML.*line [23]"):
        config("plan", str(file))


def test_a_key_that_is_there_twice_is_refused(tmp_path):
    file = tmp_path / "twice.yaml"
    file.write_text("version: 1\ncustomers:\n  a: {name: A}\n  a: {name: B}\n")

    with pytest.raises(CommandError, match="“a” is there twice, again in line 4"):
        config("plan", str(file))


def test_the_history_names_who_applied_it(exported):
    factories.operator(username="olga")

    def rename(document):
        document["customers"]["studio-nord"]["name"] = "Studio Süd"

    config("apply", changed(exported, rename), "--by", "olga")

    assert Customer.history.first().history_user.username == "olga"
    assert Rule.objects.exists()
