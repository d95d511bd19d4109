"""Logging in where one does not work: told only to whoever knows the password."""

from __future__ import annotations

import html

import offer_factories as offers
import pytest
from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
PASSWORD = "a-long-enough-one"
TOLD = "does not work on these pages"
USUAL = "Please enter the correct username and password"


@pytest.fixture
def ida():
    return User.objects.create_user("ida", password=PASSWORD)


def log_in(client, password=PASSWORD):
    return client.post(LOGIN, {"username": "ida", "password": password})


def words(answer):
    return answer.content.decode()


def test_the_right_password_of_an_account_for_elsewhere_is_told_so(client, ida):
    answer = log_in(client)

    assert TOLD in words(answer)
    assert "Ask an administrator" in words(answer)
    assert "/affiliates/" not in words(answer)
    assert USUAL not in words(answer)
    assert "_auth_user_id" not in client.session


def test_a_person_of_an_affiliate_is_told_where_their_site_is(client, ida):
    offers.affiliate(name="Coupon Club").users.add(ida)

    assert "site is at <code" in html.unescape(words(log_in(client)))
    assert "http://testserver/affiliates/" in words(log_in(client))


def test_a_wrong_password_is_told_nothing(client, ida):
    offers.affiliate(name="Coupon Club").users.add(ida)

    answer = log_in(client, "wrong")

    assert TOLD not in words(answer)
    assert "affiliates" not in words(answer)
    assert USUAL in words(answer)


def test_nor_is_anybody_about_an_account_that_is_not_active(client, ida):
    ida.is_active = False
    ida.save()

    assert TOLD not in words(log_in(client))


def test_the_right_password_forgives_no_wrong_ones(client, ida):
    for _ in range(4):
        log_in(client, "wrong")
    log_in(client)

    assert log_in(client, "wrong").status_code == 429
    assert TOLD not in words(log_in(client))
