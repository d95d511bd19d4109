from __future__ import annotations

import re

from django.urls import reverse

from dispatcher.models import ApiToken


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
