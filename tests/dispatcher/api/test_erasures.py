"""Erasing on demand by the API: who may, of whom, and what is noted."""

from __future__ import annotations

import factories
import ledger
import notification_factories as told
import pytest
from api_client import Api, problem
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User

from dispatcher.models import Erasure, Event
from dispatcher.retention import clean_up
from notifications.models import Contact

pytestmark = pytest.mark.django_db


def person(role):
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def test_an_administrator_erases_a_contact_by_its_address_and_that_is_noted():
    told.purchase(source="shop", contact={"reference": "C-7", "email": "ann@example.com"})
    administrator = person("Administrator")
    api = Api("configure", "read", owner=administrator)

    answer = api.post("erasures/", {"name": "Ann@example.com"})
    while clean_up():
        pass

    assert answer.status_code == 202, answer.content
    done = api.get(f"erasures/{answer.json()['id']}/").json()
    assert done["finished_at"]
    assert done["events"] == Event.objects.count() > 0
    assert not Event.objects.exclude(payload="").exists()
    assert Contact.objects.get().email == ""
    note = LogEntry.objects.get()
    assert (note.user, note.object_id) == (administrator, str(done["id"]))
    assert note.get_change_message() == "Erased everything of contact C-7, over the API"
    assert "ann" not in f"{note.object_repr} {note.get_change_message()}".lower()


def test_a_customer_is_erased_by_its_reference():
    customer = factories.customer(reference_id="studio-nord")
    factories.trigger(customer=customer)
    ledger.delivery(1, customer=customer)

    answer = Api().post("erasures/", {"kind": "customer", "name": "studio-nord"})

    assert answer.json()["owner"] == customer.owner
    assert [row["owner"] for row in Api().get("erasures/").json()["results"]] == [customer.owner]


@pytest.mark.parametrize("role", ["Operator", "Viewer", "Developer"])
def test_nobody_else_erases(role):
    factories.customer(reference_id="studio-nord")
    api = Api("configure", "read", "emit", owner=person(role))

    answer = api.post("erasures/", {"kind": "customer", "name": "studio-nord"})

    problem(answer, 403)
    assert not Erasure.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"name": "nobody@example.com"}, "name", id="nobody-of-this-name"),
        pytest.param({"kind": "planet", "name": "Mars"}, "kind", id="no-such-kind"),
        pytest.param({}, "name", id="no-name"),
        pytest.param({"name": ""}, "name", id="an-empty-name"),
    ],
)
def test_who_is_not_there_is_refused_beside_the_field(body, field):
    answer = problem(Api().post("erasures/", body), 400)

    assert [error["field"] for error in answer["errors"]] == [field]
    assert not Erasure.objects.exists()


def test_a_channel_owns_no_events_so_it_cannot_be_erased():
    channel = told.attachment().channel

    answer = Api().post("erasures/", {"kind": "channel", "name": str(channel.pk)})

    assert answer.status_code == 400, answer.content
    assert "Choose one of affiliate, contact, customer." in answer.content.decode()
    assert not Erasure.objects.exists()
