"""The list of users: what each may, and who cannot log in just now."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import factories
import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"


def person(name, *groups, **values):
    user = User.objects.create_user(name, password="a-long-enough-1", **values)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def row(client, name):
    """The words of this user's row in the list."""
    shown = client.get(reverse("admin:auth_user_changelist")).content.decode()
    rows = re.findall(r"<tr.*?</tr>", shown, re.DOTALL)
    mine = next(one for one in rows if f">{name}<" in one)
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", mine).split()))


def fail(client, name, times, address="192.0.2.1"):
    for _ in range(times):
        client.post(LOGIN, {"username": name, "password": "wrong"}, REMOTE_ADDR=address)


@pytest.mark.parametrize(
    ("groups", "values", "words"),
    [
        (("Viewer", "Operator"), {"is_staff": True}, "Operator, Viewer"),
        ((), {"is_staff": True}, "No group yet"),
        ((), {}, "Affiliates' site or API only"),
        (("Operator",), {}, "Affiliates' site or API only: Operator"),
        (("Operator",), {"is_staff": True, "is_superuser": True}, "Everything"),
        (("Operator",), {"is_staff": True, "is_active": False}, "Not active"),
    ],
    ids=["groups", "no-group", "no-pages", "api", "superuser", "not-active"],
)
def test_it_says_what_each_may(admin_client, groups, values, words):
    person("vera", *groups, **values)

    assert f" {words} " in row(admin_client, "vera")


def test_it_says_who_is_locked_out_until_they_may_try_again(admin_client, client, time_machine):
    vera = person("vera", "Viewer", is_staff=True)
    fail(client, "vera", 4)
    fail(client, "vera", 4, address="192.0.2.2")
    assert "Locked out" not in row(admin_client, "vera")

    fail(client, "vera", 1)
    assert "Locked out" in row(admin_client, "vera")

    body = {"action": "unlock", "_selected_action": [vera.pk]}
    admin_client.post(reverse("admin:auth_user_changelist"), body)
    assert "Locked out" not in row(admin_client, "vera")

    fail(client, "vera", 5)
    time_machine.move_to(timezone.now() + timedelta(minutes=15, seconds=1))
    assert "Locked out" not in row(admin_client, "vera")


def test_more_people_cost_no_more(admin_client, django_assert_max_num_queries):
    for number in range(30):
        person(f"user{number}", "Viewer", is_staff=True)
    factories.operator()

    with django_assert_max_num_queries(10):
        admin_client.get(reverse("admin:auth_user_changelist"))
