"""Deleting people: what stays, and why somebody cannot go."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from dispatcher.models import ApiToken

pytestmark = pytest.mark.django_db


def deletion(user):
    return reverse("admin:auth_user_delete", args=[user.pk])


def test_who_owns_nothing_is_deleted_after_a_question(admin_client):
    user = User.objects.create_user("ida")

    page = admin_client.get(deletion(user)).content.decode()
    admin_client.post(deletion(user), {"post": "yes"})

    assert "Delete “ida”?" in page
    assert not User.objects.filter(username="ida").exists()


def test_who_owns_what_one_may_not_delete_stays_and_the_page_says_what_to_do(client):
    helper = User.objects.create_user("helper", is_staff=True)
    rights = ["view_user", "change_user", "delete_user"]
    helper.user_permissions.set(Permission.objects.filter(codename__in=rights))
    owner = User.objects.create_user("ida")
    ApiToken.objects.create_key(name="Shop", owner=owner)
    client.force_login(helper)

    page = client.get(deletion(owner)).content.decode()
    client.post(deletion(owner), {"post": "yes"})

    assert "“ida” cannot be deleted yet" in page
    assert "Switch off “Active”" in page
    assert User.objects.filter(username="ida").exists()
