"""The pages of groups: what a role may do is read in sentences, others are made of rights."""

from __future__ import annotations

import re
from pathlib import Path

import factories
import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse
from lxml import html

from config import rights, roles

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "dispatcher", "postbacks", "offers", "notifications")
OFFERED = {
    f"{app}.{action}_{model}"
    for rows in rights.AREAS.values()
    for app, model, _, actions in rows
    for action in actions
}


@pytest.fixture
def console(client, db):
    client.force_login(factories.operator())
    return client


def address(group):
    return reverse("admin:auth_group_change", args=[group.pk])


def permission(name):
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


@pytest.mark.parametrize("name", roles.ROLES)
def test_a_role_is_read_in_sentences_and_cannot_be_changed(console, name):
    group = Group.objects.get(name=name)
    group.user_set.add(User.objects.create_user("olga", first_name="Olga"))
    before = set(group.permissions.all())

    page = console.get(address(group)).content.decode()
    console.post(address(group), {"name": "Other", "permissions": []})

    assert all(sentence in html.fromstring(page).text_content() for sentence in roles.MAY[name])
    assert "Can view" not in page
    assert "Olga" in page
    assert set(Group.objects.get(name=name).permissions.all()) == before


def test_a_group_of_ones_own_is_made_of_rights_in_words(console):
    page = html.fromstring(console.get(reverse("admin:auth_group_add")).content)
    chosen = page.xpath("//label[contains(., 'Send deliveries again')]//input/@value")

    console.post(reverse("admin:auth_group_add"), {"name": "Night shift", "permissions": chosen})

    group = Group.objects.get(name="Night shift")
    assert [one.codename for one in group.permissions.all()] == ["change_delivery"]
    assert "Can " not in page.text_content()


def test_saving_a_group_keeps_what_the_page_does_not_show(console):
    group = Group.objects.create(name="Own")
    hidden, shown = permission("dispatcher.view_attempt"), permission("offers.view_offer")
    group.permissions.set([hidden, shown])

    console.post(address(group), {"name": "Own", "permissions": []})

    assert list(group.permissions.all()) == [hidden]


def test_nothing_can_be_smuggled_in_that_is_not_offered(console):
    group = Group.objects.create(name="Own")

    console.post(
        address(group),
        {"name": "Own", "permissions": [permission("sessions.view_session").pk]},
    )

    assert not group.permissions.exists()


def test_every_right_that_the_code_asks_for_can_be_given(db):
    wanted = re.compile(rf'"((?:{"|".join(APPS)}|auth|admin)\.(?:view|add|change|delete)_[a-z]+)"')
    asked = {
        name
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if path.name != "rights.py" and "migrations" not in path.parts
        for name in wanted.findall(path.read_text(encoding="utf-8"))
    }

    assert asked
    assert asked <= OFFERED


def test_every_list_of_the_admin_can_be_opened_to_a_group(db):
    labels = {model._meta for model in admin.site._registry}
    ours = {one for one in labels if one.app_label in {*APPS, "auth", "admin"}}

    assert {f"{one.app_label}.view_{one.model_name}" for one in ours} <= OFFERED


def test_every_right_that_is_offered_exists(db):
    there = {
        f"{one.content_type.app_label}.{one.codename}"
        for one in Permission.objects.select_related("content_type")
    }

    assert there >= OFFERED
