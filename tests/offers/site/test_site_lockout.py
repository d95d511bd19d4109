"""Guessing at the affiliates' log-in is stopped as at the operators', and stops nobody else."""

from __future__ import annotations

import re

import pytest
from axes.models import AccessAttempt

NEW = {"new_password1": "another-good-one-7", "new_password2": "another-good-one-7"}


@pytest.fixture
def locked(anonymous, anna, log_in):
    for _ in range(5):
        answer = log_in(anonymous, "anna", "wrong")
    return answer


def test_after_five_wrong_passwords_the_right_one_waits_by_name_and_by_address(
    anonymous, locked, log_in
):
    assert locked.status_code == 429
    assert "Wait 15 minutes" in locked.content.decode()
    assert log_in(anonymous, "anna").status_code == 429
    assert log_in(anonymous, "anna@nordlicht.example").status_code == 429


def test_the_page_for_who_has_to_wait_has_the_look_of_the_site_and_a_way_out(locked):
    page = locked.content.decode()

    assert "for affiliates" in page
    assert 'href="/affiliates/password/"' in page
    assert "default-src 'none'" in locked["Content-Security-Policy"]
    assert "no-store" in locked["Cache-Control"]


def test_wrong_passwords_by_address_count_for_the_same_person(anonymous, anna, log_in):
    for _ in range(5):
        log_in(anonymous, "anna@nordlicht.example", "wrong")

    assert log_in(anonymous, "anna").status_code == 429


def test_who_chooses_a_new_password_by_mail_need_not_wait(anonymous, locked, log_in, sent):
    anonymous.post("/affiliates/password/", {"email": "anna@nordlicht.example"})
    link = re.search(r"https://network\.example(/\S+)", sent[0].body.split("here:")[1])[1]
    page = anonymous.get(link, follow=True)
    anonymous.post(page.redirect_chain[-1][0], NEW)

    assert log_in(anonymous, "anna", NEW["new_password1"]).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_asking_for_the_mail_alone_unlocks_nobody(anonymous, locked, log_in, sent):
    anonymous.post("/affiliates/password/", {"email": "anna@nordlicht.example"})

    assert log_in(anonymous, "anna").status_code == 429


def test_a_second_factor_required_of_operators_is_not_asked_of_affiliates(
    settings, anonymous, anna, log_in
):
    settings.REQUIRE_SECOND_FACTOR = True

    log_in(anonymous, "anna")

    assert anonymous.get("/affiliates/").status_code == 200
    assert anonymous.get("/affiliates/postbacks/").status_code == 200
