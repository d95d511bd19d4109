from __future__ import annotations

import re
from importlib import import_module

from django.apps import apps
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from dispatcher.models import ApiToken
from dispatcher.models.tokens import Scope


def make(console, operator, **values):
    values = {"name": "Shop", "owner": operator.pk, "scopes": ["emit", "read"]} | values
    return console.post(reverse("admin:dispatcher_apitoken_add"), values)


def test_a_new_token_is_shown_once_works_and_is_kept_by_no_cache(console, operator):
    answer = make(console, operator)

    secret = re.search(r'<code id="secret">([^<]+)</code>', answer.content.decode())[1]
    token = ApiToken.objects.get()
    assert ApiToken.objects.is_valid(secret)
    assert token.scopes == ["emit", "read"]
    assert "no-store" in answer["Cache-Control"]
    later = console.get(reverse("admin:dispatcher_apitoken_change", args=[token.pk]))
    assert secret not in later.content.decode()


def test_the_address_of_a_token_holds_nothing_of_its_hash(console, operator):
    make(console, operator)

    token = ApiToken.objects.get()
    [noted] = LogEntry.objects.all()
    listed = console.get(reverse("admin:dispatcher_apitoken_changelist")).content.decode()
    assert token.pk == noted.object_id == token.prefix
    assert token.hashed_key not in listed
    assert token.hashed_key.split("$")[-1] not in listed


def test_a_token_of_before_keeps_working_under_its_new_key(operator):
    token, secret = ApiToken.objects.create_key(name="Shop", owner=operator)
    migration = import_module("dispatcher.migrations.0010_tokens_by_prefix")
    migration.by_hash(apps, None)
    was = ApiToken.objects.get()
    LogEntry.objects.create(
        user=operator, object_id=was.pk, object_repr="Shop", action_flag=ADDITION,
        content_type=ContentType.objects.get_for_model(ApiToken),
    )  # fmt: skip
    assert was.hashed_key in was.pk

    migration.by_prefix(apps, None)

    assert ApiToken.objects.get().pk == LogEntry.objects.get().object_id == token.prefix
    assert ApiToken.objects.is_valid(secret)


def test_the_list_says_what_a_token_may_do_in_the_words_of_the_form(console, operator):
    make(console, operator, scopes=["emit", "read", "configure"])

    form = console.get(reverse("admin:dispatcher_apitoken_add")).content.decode()
    listed = console.get(reverse("admin:dispatcher_apitoken_changelist")).content.decode()

    for words in Scope.labels:
        assert words in form
        assert f'<span class="pb-chip">{words}</span>' in listed


def test_a_token_needs_something_it_may_do(console, operator):
    answer = make(console, operator, scopes=[])

    assert "Choose at least one." in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_refused(console, operator):
    token, secret = ApiToken.objects.create_key(name="Shop", owner=operator)

    console.post(
        reverse("admin:dispatcher_apitoken_changelist"),
        {"action": "revoke_selected", "_selected_action": [token.pk]},
    )

    assert not ApiToken.objects.is_valid(secret)
