"""What changed of people and groups, from what to what: in Audit and in their own histories."""

from __future__ import annotations

import factories
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from config.audit import ledger

pytestmark = pytest.mark.django_db

LIST = "/admin/admin/logentry/"
PASSWORD = "a-long-enough-5Tq9"


@pytest.fixture
def vera():
    return User.objects.create_user("vera", email="vera@example.com", password="old-secret-7Kz")


@pytest.fixture
def console(admin_client, db):
    return admin_client


def groups(*names):
    return [group.pk for group in Group.objects.filter(name__in=names)]


def change(console, user, **fields):
    """Save the form of a user's page with these fields, and others as they are."""
    fields = {
        "username": user.username, "first_name": user.first_name, "last_name": user.last_name,
        "email": user.email, "is_active": "on" if user.is_active else "",
        "groups": [group.pk for group in user.groups.all()],
    } | fields  # fmt: skip
    answer = console.post(reverse("admin:auth_user_change", args=[user.pk]), fields)
    assert answer.status_code == 302, answer.context["errors"]


def shown(console, address):
    answer = console.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def places(console, user):
    """Where a change of a user is told: the entry's page, and the user's own history."""
    entry = ledger.entries(about=ledger.BY_HAND, most=1)[0]
    history = reverse("admin:auth_user_history", args=[user.pk])
    return [shown(console, f"{LIST}of/{entry.key}/"), shown(console, history)]


def test_who_made_somebody_what_is_told(console, vera):
    vera.groups.set(groups("Viewer"))

    change(console, vera, groups=groups("Viewer", "Operator"), first_name="Vera")

    for page in places(console, vera):
        assert "Viewer</span> → <strong>Operator, Viewer</strong>" in page
        assert "First name" in page
        assert "empty</span> → <strong>Vera</strong>" in page


def test_working_here_and_doing_everything_are_told_in_the_words_of_the_form(console, vera):
    change(console, vera, is_staff="on", is_superuser="on", is_active="", email="v@example.com")

    for page in places(console, vera):
        assert "Works on these pages" in page
        assert "May do everything" in page
        assert "no</span> → <strong>yes</strong>" in page
        assert "yes</span> → <strong>no</strong>" in page
        assert "vera@example.com</span> → <strong>v@example.com</strong>" in page


def test_single_permissions_are_told_in_words(console, vera):
    wanted = Permission.objects.get(codename="add_erasure", content_type__app_label="dispatcher")

    change(console, vera, user_permissions=[wanted.pk])

    for page in places(console, vera):
        assert "<strong>Erase all payloads of a customer, an affiliate or a person</strong>" in page


def test_of_a_password_only_that_it_was_changed(console, vera):
    body = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    answer = console.post(
        reverse("admin:auth_user_password_change", args=[vera.pk]),
        body | {"set-password": "Change password"},
    )
    assert answer.status_code == 302

    for page in [*places(console, vera), shown(console, LIST)]:
        assert "Password changed" in page
        assert PASSWORD not in page
    vera.refresh_from_db()
    assert vera.check_password(PASSWORD)


def test_a_new_person_is_told_with_what_they_may(console):
    body = {"username": "ida", "password1": PASSWORD, "password2": PASSWORD, "is_staff": "on"}
    console.post(reverse("admin:auth_user_add"), body | {"groups": groups("Operator")})

    for page in places(console, User.objects.get(username="ida")):
        assert "Operator" in page
        assert "Works on these pages" in page
        assert PASSWORD not in page


def test_a_user_s_history_begins_with_the_newest(console, vera):
    change(console, vera, first_name="Vera")
    vera.refresh_from_db()
    change(console, vera, last_name="Lang")

    page = places(console, vera)[1]

    assert page.index("Last name") < page.index("First name")


def test_what_a_group_allows_is_told_too(console):
    group = Group.objects.create(name="Night shift")
    look, again = (
        Permission.objects.get(codename=name, content_type__model="delivery")
        for name in ("view_delivery", "change_delivery")
    )
    group.permissions.add(look)
    address = reverse("admin:auth_group_change", args=[group.pk])

    console.post(address, {"name": "Night", "permissions": [look.pk, again.pk]})

    entry = ledger.entries(about=ledger.BY_HAND, most=1)[0]
    history = reverse("admin:auth_group_history", args=[group.pk])
    for page in (shown(console, f"{LIST}of/{entry.key}/"), shown(console, history)):
        assert "Night shift</span> → <strong>Night</strong>" in page
        assert "<code>Send deliveries again, and cancel them</code>" in page


def test_what_was_noted_before_is_still_shown(console, vera):
    operator = factories.operator(username="olga")
    noted = '[{"changed": {"fields": ["Groups"]}}]'
    operator.logentry_set.create(
        content_type=ContentType.objects.get_for_model(User), object_id=str(vera.pk),
        object_repr="vera", action_flag=2, change_message=noted,
    )  # fmt: skip

    for page in places(console, vera):
        assert "Changed Groups." in page
