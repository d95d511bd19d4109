"""Guessing passwords: slowed by being locked out, by name and address."""

from __future__ import annotations

from datetime import timedelta

import factories
import pytest
from django.utils import timezone

LOGIN = "/admin/login/"
PASSWORD = "a-long-enough-one"


@pytest.fixture
def olga(db):
    return factories.operator(username="olga", password=PASSWORD)


def log_in(client, username="olga", password=PASSWORD, address="192.0.2.1"):
    body = {"username": username, "password": password}
    return client.post(LOGIN, body, REMOTE_ADDR=address)


def fail(client, times, **whose):
    for _ in range(times):
        answer = log_in(client, password="wrong", **whose)
    return answer


def test_the_right_password_logs_in(client, olga):
    assert log_in(client).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_after_five_wrong_passwords_the_right_one_is_refused_too(client, olga):
    answer = fail(client, 5)

    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
    assert log_in(client).status_code == 429


def test_four_wrong_ones_are_forgiven_by_the_right_one(client, olga):
    fail(client, 4)
    assert log_in(client).status_code == 302
    client.logout()

    assert fail(client, 4).status_code == 200


def test_somebody_else_at_the_same_address_may_log_in(client, olga):
    factories.operator(username="piet", password=PASSWORD)
    fail(client, 5)

    assert log_in(client, username="piet").status_code == 302


def test_the_same_person_may_log_in_from_elsewhere(client, olga):
    fail(client, 5)

    assert log_in(client, address="192.0.2.9").status_code == 302


def test_it_ends_by_itself(client, olga, time_machine):
    fail(client, 5)

    time_machine.move_to(timezone.now() + timedelta(minutes=15, seconds=1))

    assert log_in(client).status_code == 302


def test_an_administrator_lets_them_try_again(client, olga, admin_client):
    fail(client, 5)

    body = {"action": "unlock", "_selected_action": [olga.pk]}
    admin_client.post("/admin/auth/user/", body)

    assert log_in(client).status_code == 302


def test_a_forged_forwarding_header_does_not_unlock(client, olga):
    fail(client, 5)

    body = {"username": "olga", "password": PASSWORD}
    answer = client.post(LOGIN, body, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.77")

    assert answer.status_code == 429
