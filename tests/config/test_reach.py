"""Nobody makes more of themselves: not by groups, others' passwords, or tokens of others."""

from __future__ import annotations

import factories
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from dispatcher.models import ApiToken

pytestmark = pytest.mark.django_db

PASSWORD = "another-long-one"


def somebody(name, *rights, group=None):
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def helper():
    rights = ("view_user", "change_user", "view_apitoken", "add_apitoken", "view_event")
    return somebody("helper", *rights)


@pytest.fixture
def console(client, helper):
    client.force_login(helper)
    return client


def save(console, user, *groups):
    body = {"username": user.username, "is_active": "on", "is_staff": "on"}
    chosen = [Group.objects.get(name=name).pk for name in groups]
    return console.post(
        reverse("admin:auth_user_change", args=[user.pk]), body | {"groups": chosen}
    )


def groups_of(user):
    return set(user.groups.values_list("name", flat=True))


def make_token(console, owner, *scopes):
    body = {"name": "x", "owner": owner.pk, "scopes": scopes}
    return console.post(reverse("admin:dispatcher_apitoken_add"), body).content.decode()


@pytest.mark.parametrize("group", ["Administrator", "Viewer"])
def test_nobody_gets_into_a_group_that_gives_more_than_whoever_chooses_has(console, helper, group):
    ida = somebody("ida")

    for user in (helper, ida):
        save(console, user, group)

    assert not groups_of(helper) | groups_of(ida)


def test_a_group_that_gives_nothing_more_is_offered_and_stays_when_saved_again(console):
    looks = Group.objects.create(name="Looks at people")
    looks.permissions.set(Permission.objects.filter(codename__in=["view_user", "view_event"]))
    ida = somebody("ida")

    for _ in range(2):
        assert save(console, ida, "Looks at people").status_code == 302
        assert groups_of(ida) == {"Looks at people"}


@pytest.mark.parametrize("is_active", [True, False])
def test_who_may_do_more_is_not_changed(console, is_active):
    chief = somebody("chief", group="Administrator")
    User.objects.filter(pk=chief.pk).update(is_active=is_active)
    before = User.objects.filter(pk=chief.pk).values()[0]
    passwords = {"password1": PASSWORD, "password2": PASSWORD}

    save(console, chief)
    console.post(reverse("admin:auth_user_password_change", args=[chief.pk]), passwords)
    console.post(
        reverse("admin:auth_user_changelist"),
        {"action": "turn_two_step_off", "_selected_action": [chief.pk]},
    )

    assert User.objects.filter(pk=chief.pk).values()[0] == before
    assert groups_of(chief) == {"Administrator"}


def test_who_may_do_as_much_is_given_a_new_password(console):
    ida = somebody("ida", "view_event")
    address = reverse("admin:auth_user_password_change", args=[ida.pk])

    console.post(address, {"password1": PASSWORD, "password2": PASSWORD})

    ida.refresh_from_db()
    assert ida.check_password(PASSWORD)


@pytest.mark.parametrize("owner", ["superuser", "Administrator", "Viewer"])
def test_nobody_reads_a_new_token_of_somebody_who_may_do_more(console, owner):
    if owner == "superuser":
        chosen = factories.operator(username="boss")
    else:
        chosen = somebody("chief", group=owner)

    page = make_token(console, chosen, "read")

    assert f"{chosen.username} may do more than you" in page
    assert not ApiToken.objects.exists()


def test_an_administrator_makes_tokens_for_everybody_but_superusers(client):
    client.force_login(somebody("chief", group="Administrator"))
    operator, boss = somebody("olga", group="Operator"), factories.operator(username="boss")

    make_token(client, operator, "configure")
    make_token(client, boss, "read")

    assert [token.owner for token in ApiToken.objects.all()] == [operator]


def test_a_token_of_ones_own_has_no_scope_that_one_has_not(console, helper):
    page = make_token(console, helper, "read", "configure")
    assert "“Change the configuration, send again” yourself, so no token" in page

    make_token(console, helper, "read")
    assert ApiToken.objects.get().scopes == ["read"]
