"""Secrets are used by the engine and seen by nobody: not in rows, histories, words or errors."""

from __future__ import annotations

from datetime import datetime, timedelta

import factories
import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from dispatcher import signing
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.models import Route, Rule
from postbacks import services
from postbacks.models import Trigger
from postbacks.routing import compile_trigger

pytestmark = pytest.mark.django_db

VALUE = "s3cret-value-of-a-header"
SECRET_HEADER = {"name": "X-Key", "value": VALUE, "is_secret": True}


def credentials_of(trigger):
    return Rule.objects.get(pk=trigger.rule_id).credentials


# --- Headers -----------------------------------------------------------------


def test_a_secret_header_goes_to_the_rule_and_leaves_the_trigger():
    trigger = factories.trigger(headers=[SECRET_HEADER])

    assert trigger.headers == [{"name": "X-Key", "value": "", "is_secret": True}]
    assert credentials_of(trigger)["headers"] == [["X-Key", VALUE]]
    assert compile_trigger(trigger)["spec"]["headers"] == []


def test_a_secret_header_without_a_value_keeps_what_is_stored():
    trigger = factories.trigger(headers=[SECRET_HEADER])
    version = Rule.objects.get(pk=trigger.rule_id).version

    trigger.headers = [{"name": "x-key", "value": "", "is_secret": True}]
    services.save_trigger(trigger=trigger)

    assert credentials_of(trigger)["headers"] == [["x-key", VALUE]]
    services.save_trigger(trigger=trigger)
    assert Rule.objects.get(pk=trigger.rule_id).version == version + 1


def test_a_new_value_replaces_the_stored_one():
    trigger = factories.trigger(headers=[SECRET_HEADER])

    trigger.headers = [{**SECRET_HEADER, "value": "another"}]
    services.save_trigger(trigger=trigger)

    assert credentials_of(trigger)["headers"] == [["X-Key", "another"]]


def test_a_removed_header_is_forgotten():
    trigger = factories.trigger(headers=[SECRET_HEADER])

    trigger.headers = []
    services.save_trigger(trigger=trigger)

    assert "headers" not in credentials_of(trigger)


def test_a_secret_header_made_plain_needs_its_value_again(refused):
    trigger = factories.trigger(headers=[SECRET_HEADER])

    trigger.headers = [{"name": "X-Key", "value": "", "is_secret": False}]
    with refused(headers="Header X-Key: give it a value"):
        services.save_trigger(trigger=trigger)


@pytest.mark.parametrize("name", ["Authorization", "cookie"])
def test_what_carries_credentials_is_always_secret(name):
    trigger = factories.trigger(headers=[{"name": name, "value": VALUE, "is_secret": False}])

    assert trigger.headers == [{"name": name, "value": "", "is_secret": True}]
    assert credentials_of(trigger)["headers"] == [[name, VALUE]]


@pytest.mark.parametrize(
    "name",
    ["webhook-id", "Webhook-Signature", "HOST", "Content-Length", "transfer-encoding",
     "Connection", "Content-Type", "Proxy-Authorization", "Accept-Encoding"],
)  # fmt: skip
def test_what_the_service_sets_itself_may_not_be_set(refused, name):
    with refused(headers="the service sets this one itself"):
        factories.trigger(headers=[{"name": name, "value": "x"}])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("X-Key: 1", "as a list"),
        (["X-Key"], "Header 1: give a name"),
        ([{"value": "x"}], "Header 1: give it a name"),
        ([{"name": "X Key", "value": "x"}], "letters, digits"),
        ([{"name": "X-Key", "value": "a\r\nHost: b"}], "line break"),
        ([{"name": "X-Key", "value": "a\x00b"}], "line break or control"),
        ([{"name": "X-Key", "value": "a\ud800b"}], "line break or control"),
        ([{"name": "X-Key", "value": 5}], "must be text"),
        ([{"name": "X-Key", "value": "x", "is_secret": "yes"}], "true or false"),
        ([{"name": "X-Key", "value": "x" * 5000}], "more than 4096"),
        ([{"name": "X-Key", "value": "x"}, {"name": "x-key", "value": "y"}], "there twice"),
        ([{"name": f"X-{n}", "value": "x"} for n in range(51)], "50 are the most"),
        ([{"name": "X-Key", "value": "", "is_secret": True}], "give it a value"),
    ],
    ids=["text", "row", "no-name", "name", "line-break", "nul", "surrogate", "number", "flag",
         "long", "twice", "many", "secret-without-value"],
)  # fmt: skip
def test_a_bad_header_is_refused_in_words(refused, rows, words):
    with refused(headers=words):
        factories.trigger(headers=rows)


# --- Signing secrets ---------------------------------------------------------


def test_a_trigger_signs_only_when_asked_to():
    trigger = factories.trigger()

    assert not services.has_signing_secret(trigger)
    assert "signing" not in credentials_of(trigger)


def test_a_secret_of_the_operators_own_is_taken():
    secret = signing.new_secret()

    trigger = factories.trigger(signing_secret=secret)

    assert services.has_signing_secret(trigger)
    assert credentials_of(trigger)["signing"] == [{"secret": secret, "until": None}]


@pytest.mark.parametrize("secret", ["hunter2hunter2", "whsec_%%%%", "whsec_c2hvcnQ="])
def test_an_unusable_secret_is_refused_without_quoting_it(secret):
    with pytest.raises(ValidationError) as caught:
        factories.trigger(signing_secret=secret)

    assert set(caught.value.message_dict) == {"signing_secret"}
    assert secret not in str(caught.value)
    assert secret not in repr(caught.value)


def test_after_a_rotation_the_old_secret_is_valid_for_24_hours(time_machine):
    old = signing.new_secret()
    trigger = factories.trigger(signing_secret=old)

    new = services.rotate_signing_secret(trigger=trigger)

    current, previous = credentials_of(trigger)["signing"]
    assert current == {"secret": new, "until": None}
    assert previous["secret"] == old
    left = datetime.fromisoformat(previous["until"]) - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)


def test_a_second_rotation_does_not_prolong_the_oldest_secret():
    trigger = factories.trigger(signing_secret=signing.new_secret())
    services.rotate_signing_secret(trigger=trigger)
    until = credentials_of(trigger)["signing"][1]["until"]

    services.rotate_signing_secret(trigger=trigger)

    signing_entries = credentials_of(trigger)["signing"]
    assert len(signing_entries) == 3
    assert signing_entries[2]["until"] == until


def test_a_secret_whose_day_is_over_is_forgotten(time_machine):
    trigger = factories.trigger(signing_secret=signing.new_secret())
    services.rotate_signing_secret(trigger=trigger)
    time_machine.move_to(timezone.now() + timedelta(hours=25))

    services.rotate_signing_secret(trigger=trigger)

    assert len(credentials_of(trigger)["signing"]) == 2


def test_rotating_to_the_secret_in_use_changes_nothing():
    secret = signing.new_secret()
    trigger = factories.trigger(signing_secret=secret)

    assert services.rotate_signing_secret(trigger=trigger, secret=secret) == secret

    assert credentials_of(trigger)["signing"] == [{"secret": secret, "until": None}]


def test_a_rotation_keeps_the_secret_headers():
    trigger = factories.trigger(headers=[SECRET_HEADER])

    services.rotate_signing_secret(trigger=trigger)

    assert credentials_of(trigger)["headers"] == [["X-Key", VALUE]]


def test_a_save_keeps_the_signing_secret_unless_told_otherwise():
    trigger = factories.trigger(signing_secret=signing.new_secret())

    services.save_trigger(trigger=trigger)
    assert services.has_signing_secret(trigger)

    services.save_trigger(trigger=trigger, signing_secret="")
    assert not services.has_signing_secret(trigger)


def test_a_removed_secret_signs_no_longer():
    trigger = factories.trigger(signing_secret=signing.new_secret())

    services.remove_signing_secret(trigger=trigger)

    assert credentials_of(trigger) == {}


def test_of_two_rotations_at_once_the_second_is_told_and_shows_no_secret():
    trigger = factories.trigger(signing_secret=signing.new_secret())
    late = Trigger.objects.get(pk=trigger.pk)
    new = services.rotate_signing_secret(trigger=trigger)

    with pytest.raises(ChangedMeanwhileError):
        services.rotate_signing_secret(trigger=late)

    assert credentials_of(trigger)["signing"][0]["secret"] == new


def test_that_a_secret_changed_is_in_the_history_with_its_author():
    operator = factories.operator()
    trigger = factories.trigger()

    services.rotate_signing_secret(trigger=trigger, by=operator)

    latest = trigger.history.latest()
    assert latest.history_change_reason == "Signing secret changed"
    assert latest.history_user == operator


# --- Nowhere else ------------------------------------------------------------


def test_no_secret_is_in_any_table_as_it_stands():
    secret = signing.new_secret()
    trigger = factories.trigger(headers=[SECRET_HEADER], signing_secret=secret)
    services.rotate_signing_secret(trigger=trigger)
    services.set_trigger_status(trigger=trigger, status="paused")

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = str(cursor.fetchall())
            assert VALUE not in rows, table
            assert secret not in rows, table


def test_no_secret_is_in_words_routes_or_dumps():
    secret = signing.new_secret()
    trigger = factories.trigger(headers=[SECRET_HEADER], signing_secret=secret)
    route = Route.objects.get(rule_id=trigger.rule_id)
    dump = serializers.serialize("json", [trigger, trigger.rule, *trigger.history.all()])

    seen = " ".join([
        str(trigger), repr(trigger), str(trigger.__dict__["headers"]), str(route.spec),
        repr(trigger.rule), str(compile_trigger(trigger)), dump,
    ])  # fmt: skip

    assert VALUE not in seen
    assert secret not in seen


def test_a_refusal_quotes_no_secret_value():
    bad = {"name": "X-Key", "value": f"{VALUE}\n", "is_secret": True}
    worse = {"name": "X-Other", "value": f"{VALUE}\r\nx: {VALUE}", "is_secret": True}

    with pytest.raises(ValidationError) as caught:
        factories.trigger(headers=[bad, worse])

    assert VALUE not in repr(caught.value)
