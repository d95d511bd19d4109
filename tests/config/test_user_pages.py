"""Deleting people: what stays, and why somebody cannot go."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
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


def test_a_user_s_page_says_that_there_is_a_password_and_not_how_it_is_stored(admin_client):
    user = User.objects.create_user("ida", password="a-long-enough-1")

    page = admin_client.get(reverse("admin:auth_user_change", args=[user.pk])).content.decode()

    assert "A password is set." in page
    assert "Set another one" in page
    assert "algorithm" not in page
    assert "iterations" not in page


def test_a_new_colleague_is_made_on_one_page_with_the_groups_that_say_what_they_may(admin_client):
    viewer = Group.objects.get(name="Viewer")

    form = admin_client.get(reverse("admin:auth_user_add")).content.decode()
    body = {
        "username": "ida", "password1": "a-long-enough-1", "password2": "a-long-enough-1",
        "first_name": "Ida", "is_staff": "on", "groups": [viewer.pk],
    }  # fmt: skip
    admin_client.post(reverse("admin:auth_user_add"), body)

    assert "Works on these pages" in form
    assert "Viewer" in form
    assert "Designates" not in form
    made = User.objects.get(username="ida")
    assert made.check_password("a-long-enough-1")
    assert made.is_staff
    assert list(made.groups.all()) == [viewer]


def test_who_may_not_give_a_group_is_not_offered_it_for_a_new_person(client):
    helper = User.objects.create_user("helper", is_staff=True)
    rights = ["view_user", "add_user", "change_user"]
    helper.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(helper)
    administrator = Group.objects.get(name="Administrator")

    form = client.get(reverse("admin:auth_user_add"))
    body = {
        "username": "ida", "password1": "a-long-enough-1", "password2": "a-long-enough-1",
        "is_staff": "on", "groups": [administrator.pk],
    }  # fmt: skip
    client.post(reverse("admin:auth_user_add"), body)

    assert form.status_code == 200
    assert "Administrator" not in form.content.decode()
    assert not User.objects.filter(groups=administrator).exists()
