"""The configuration as a file, for people who have no command line."""

from __future__ import annotations

import factories
import pytest
import yaml
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile

from postbacks import services
from postbacks.models import Customer, Trigger

PAGE, DOWNLOAD = "/admin/configuration/", "/admin/configuration/download/"
API_KEY = "the-api-key-5Tq9"
NAME = "TRIGGERS_STUDIO_NORD_SHIPPED_HEADERS_X_API_KEY"


@pytest.fixture
def console(client, db):
    client.force_login(factories.operator())
    return client


@pytest.fixture
def trigger(db):
    customer = factories.customer(name="Studio Nord", reference_id="studio-nord")
    headers = [{"name": "X-Api-Key", "value": API_KEY, "is_secret": True}]
    return factories.trigger(name="Shipped", customer=customer, headers=headers)


def downloaded(console):
    return console.get(DOWNLOAD).content.decode()


def upload(console, text, **more):
    file = SimpleUploadedFile("c.yaml", text if isinstance(text, bytes) else text.encode())
    return console.post(PAGE, {"file": file, **more}).content.decode()


def renamed(text):
    document = yaml.safe_load(text)
    document["customers"]["studio-nord"]["name"] = "Studio Süd"
    return yaml.safe_dump(document, allow_unicode=True)


def test_it_is_downloaded_without_secrets(console, trigger):
    answer = console.get(DOWNLOAD)

    assert "attachment" in answer["Content-Disposition"]
    assert NAME in answer.content.decode()
    assert API_KEY not in answer.content.decode()


def test_a_file_shows_what_it_would_change_and_changes_nothing(console, trigger):
    page = upload(console, renamed(downloaded(console)))

    assert "<code>Studio Süd</code>" in page
    assert Customer.objects.get().name == "Studio Nord"


def test_then_it_is_applied(console, trigger):
    text = renamed(downloaded(console))
    upload(console, text)

    console.post(PAGE, {"text": text, "apply": "yes"})

    assert Customer.objects.get().name == "Studio Süd"


def test_secrets_that_are_needed_are_asked_for(console, trigger):
    text = downloaded(console)
    services.delete_trigger(trigger=trigger)

    assert f'name="secret:{NAME}"' in upload(console, text)
    console.post(PAGE, {"text": text, "apply": "yes", f"secret:{NAME}": API_KEY})

    assert Trigger.objects.get().rule.credentials["headers"] == [["X-Api-Key", API_KEY]]


def test_what_is_only_here_is_deleted_only_when_that_is_asked(console, trigger):
    text = downloaded(console)
    factories.customer(name="Newer", reference_id="newer")

    assert "Only here, and left alone: Customers: newer" in upload(console, text)
    console.post(PAGE, {"text": text, "apply": "yes", "prune": "on"})

    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nothing", "must begin with"),
        (b"\xff\xfe\x00", "not a text file"),
        ("version: 1\ncustomers: [", "not YAML"),
        (b"#" * (1024 * 1024 + 1), "larger than 1 MB"),
    ],
    ids=["other", "binary", "broken", "large"],
)
def test_a_wrong_file_is_refused_in_words(console, text, words):
    page = upload(console, text)

    assert words in page
    assert "Nothing was changed" in page


@pytest.mark.parametrize(
    ("role", "look", "change"),
    [("Administrator", 200, 200), ("Operator", 200, 200), ("Viewer", 200, 403)],
)
def test_who_may(client, trigger, role, look, change):
    user = User.objects.create_user("somebody", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)

    assert client.get(PAGE).status_code == look
    assert client.get(DOWNLOAD).status_code == look
    assert client.post(PAGE, {"text": "version: 1"}).status_code == change
