"""Two-step log-in: whoever set it up gets nowhere with the password alone."""

from __future__ import annotations

import base64
import re

import factories
import offer_factories
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from config.signin import second_factor
from config.signin.models import SecondFactor
from dispatcher.models import Delivery
from offers.models import Affiliate
from offers.site.access import LOOKING_AT

PASSWORD = "a-long-enough-one"
CHALLENGE, SETUP, OFF = "/admin/second-step/", "/admin/two-step/", "/admin/two-step/off/"


@pytest.fixture
def olga(db):
    return factories.operator(username="olga", password=PASSWORD)


def code_of(user, *, steps_ahead=0):
    key = base64.b32decode(SecondFactor.objects.get(user=user).key)
    return f"{totp(key, drift=steps_ahead):06d}"


@pytest.fixture
def recovery_codes(olga):
    second_factor.begin(olga)
    return second_factor.confirm(olga, code_of(olga))


def log_in(client, path="/admin/"):
    body = {"username": "olga", "password": PASSWORD, "next": path}
    return client.post("/admin/login/", body)


def give(client, code, **more):
    return client.post(CHALLENGE, {"code": code, **more})


def test_without_one_the_password_is_enough(client, olga):
    log_in(client)

    assert client.get("/admin/").status_code == 200


def test_with_one_every_page_leads_to_the_question(client, olga, recovery_codes):
    log_in(client)

    for path in ("/admin/", "/admin/dispatcher/delivery/", SETUP.replace("two-step", "auth/user")):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url.startswith(CHALLENGE)


def test_nothing_is_changed_before_the_answer(client, olga, recovery_codes):
    log_in(client)

    answer = client.post("/admin/auth/user/", {"action": "unlock", "_selected_action": [olga.pk]})

    assert answer.url == CHALLENGE
    assert not Delivery.objects.exists()


def test_the_apps_code_lets_in_and_leads_on(client, olga, recovery_codes):
    log_in(client)

    answer = give(client, code_of(olga, steps_ahead=1), next="/admin/auth/user/")

    assert answer.url == "/admin/auth/user/"
    assert client.get(answer.url).status_code == 200


def test_it_leads_to_no_other_site(client, olga, recovery_codes):
    log_in(client)

    answer = give(client, recovery_codes[0], next="https://evil.example/")

    assert answer.url == "/admin/"


def test_a_code_counts_once(client, olga, recovery_codes):
    log_in(client)
    code = code_of(olga, steps_ahead=1)
    give(client, code)
    client.logout()
    log_in(client)

    answer = give(client, code)

    assert answer.status_code == 200
    assert "was used before" in answer.content.decode()


def test_a_recovery_code_lets_in_once(client, olga, recovery_codes):
    log_in(client)
    assert give(client, f" {recovery_codes[3].upper()} ").status_code == 302
    client.logout()
    log_in(client)

    assert give(client, recovery_codes[3]).status_code == 200
    assert give(client, recovery_codes[4]).status_code == 302


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "١٢٣٤٥٦", "-1", "9" * 10])
def test_a_wrong_code_does_not(client, olga, recovery_codes, code):
    log_in(client)

    answer = give(client, code)

    assert answer.status_code == 200
    assert client.get("/admin/").status_code == 302


def test_wrong_codes_lock_like_wrong_passwords(client, olga, recovery_codes):
    log_in(client)
    for _ in range(5):
        answer = give(client, "000000")

    assert answer.status_code == 429
    assert give(client, recovery_codes[0]).status_code == 429


def test_a_right_password_does_not_forgive_wrong_codes(client, olga, recovery_codes):
    for _ in range(4):
        log_in(client)
        give(client, "000000")
    log_in(client)

    assert give(client, "000000").status_code == 429
    assert log_in(client).status_code == 429


def test_a_right_code_forgives_wrong_ones(client, olga, recovery_codes):
    log_in(client)
    for _ in range(4):
        give(client, "000000")
    give(client, recovery_codes[0])
    client.logout()
    log_in(client)

    answers = [give(client, "000000").status_code for _ in range(4)]

    assert answers == [200] * 4


def test_setting_it_up_ends_the_sessions_that_the_password_alone_opened(client, olga):
    elsewhere, piet = Client(), Client()
    log_in(elsewhere)
    piet.force_login(factories.operator(username="piet"))
    log_in(client)
    client.get(SETUP)

    client.post(SETUP, {"code": code_of(olga)})

    assert elsewhere.get("/admin/").url.startswith("/admin/login/")
    assert client.get("/admin/").status_code == 200
    assert piet.get("/admin/").status_code == 200


def test_it_is_set_up_by_showing_that_it_works(client, olga):
    log_in(client)

    page = client.get(SETUP).content.decode()
    key = re.search(r'pb-key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    done = client.post(SETUP, {"code": f"{totp(base64.b32decode(key)):06d}"}).content.decode()

    assert len(re.findall(r"<code>[0-9a-f]{10}</code>", done)) == 10
    assert second_factor.is_set_up(olga)
    assert client.get("/admin/").status_code == 200  # this session has passed


def test_a_wrong_code_sets_nothing_up(client, olga):
    log_in(client)
    client.get(SETUP)

    answer = client.post(SETUP, {"code": "000000"})

    assert "This code is not right" in answer.content.decode()
    assert not second_factor.is_set_up(olga)


def test_turning_it_off_takes_the_password(client, olga, recovery_codes):
    log_in(client)
    give(client, recovery_codes[0])

    client.post(OFF, {"password": "wrong"})
    assert second_factor.is_set_up(olga)

    client.post(OFF, {"password": PASSWORD})
    assert not second_factor.is_set_up(olga)
    assert client.get("/admin/").status_code == 200


def test_it_cannot_be_turned_off_before_the_code_was_given(client, olga, recovery_codes):
    log_in(client)

    client.post(OFF, {"password": PASSWORD})

    assert second_factor.is_set_up(olga)


def test_an_administrator_turns_it_off_for_who_lost_the_phone(admin_client, olga, recovery_codes):
    body = {"action": "turn_two_step_off", "_selected_action": [olga.pk]}
    admin_client.post("/admin/auth/user/", body)

    assert not second_factor.is_set_up(olga)


def test_where_it_is_required_everybody_is_led_to_set_it_up(client, olga, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    log_in(client)

    answer = client.get("/admin/auth/user/")

    assert answer.url.startswith(SETUP)


def test_key_and_recovery_codes_cannot_be_read_from_the_database(olga, recovery_codes):
    factor = SecondFactor.objects.get(user=olga)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM config_secondfactor")
        stored = repr(cursor.fetchall())

    assert factor.key not in stored
    assert not any(code in stored for code in recovery_codes)


@pytest.fixture
def look(db):
    """The door by which operators see the affiliates' site."""
    return reverse("affiliates:look", args=[offer_factories.affiliate().pk])


AFFILIATES_PAGES = ("overview", "postbacks", "deliveries", "tokens", "conversions_export")


def test_the_affiliates_site_is_no_way_around_the_question(client, olga, recovery_codes, look):
    log_in(client)

    answer = client.post(look)

    assert (answer.status_code, answer.url) == (302, CHALLENGE)
    assert LOOKING_AT not in client.session


def test_nor_is_logging_in_there(client, olga, recovery_codes, look):
    client.post(reverse("affiliates:login"), {"username": "olga", "password": PASSWORD})

    assert client.post(look).status_code in {302, 404}
    assert LOOKING_AT not in client.session


@pytest.mark.parametrize("page", AFFILIATES_PAGES)
def test_who_was_looking_is_asked_again_after_the_next_log_in(
    client, olga, recovery_codes, look, page
):
    log_in(client)
    session = client.session
    session[LOOKING_AT] = Affiliate.objects.get().pk
    session.save()

    answer = client.get(reverse(f"affiliates:{page}"))

    assert answer.status_code == 302
    assert answer.url.startswith(CHALLENGE)


def test_where_one_is_required_nobody_looks_without_one(client, olga, look, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    log_in(client)

    answer = client.post(look)

    assert (answer.status_code, answer.url) == (302, SETUP)
    assert LOOKING_AT not in client.session


def test_whoever_passed_it_looks(client, olga, recovery_codes, look):
    log_in(client)
    give(client, recovery_codes[0])

    client.post(look)

    assert client.get(reverse("affiliates:overview")).status_code == 200
