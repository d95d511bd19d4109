"""Passwords: chosen, forgotten and chosen anew by e-mail, and changed."""

from __future__ import annotations

import re

import factories
import offer_factories as make
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from offers import services
from offers.models import Affiliate
from offers.services.invitations import invite_user

PASSWORD = "affiliate-password-1"  # noqa: S105, RUF100
NEW = {"new_password1": "another-good-one-7", "new_password2": "another-good-one-7"}


def set_status(affiliate, status):
    services.set_affiliate_status(affiliate=affiliate, status=status)


def link_in(message):
    return re.search(r"https://network\.example(/\S+)", message.body.split("here:")[1])[1]


def test_a_forgotten_password_is_chosen_anew_by_mail(anonymous, anna, sent, log_in):
    anonymous.post("/affiliates/password/", {"email": "ANNA@nordlicht.example"})
    assert [message.to for message in sent] == [["anna@nordlicht.example"]]
    assert "works once" in sent[0].body

    page = anonymous.get(link_in(sent[0]), follow=True)
    answer = anonymous.post(page.redirect_chain[-1][0], NEW)

    assert answer["Location"] == "/affiliates/login/"
    assert log_in(anonymous, "anna", "another-good-one-7").status_code == 302
    assert "does not work any more" in Client().get(link_in(sent[0])).content.decode()


@pytest.mark.parametrize("kind", ["nobody", "operator", "blocked", "inactive"])
def test_who_has_no_account_here_gets_no_mail_and_the_same_answer(anonymous, anna, sent, kind):
    address = "who@else.example"
    if kind == "operator":
        factories.operator(email=address)
    elif kind != "nobody":
        of = make.affiliate()
        make.affiliate_user(of, email=address, is_active=kind != "inactive")
        if kind == "blocked":
            set_status(of, Affiliate.Status.BLOCKED)

    known = anonymous.post("/affiliates/password/", {"email": anna.email}, follow=True)
    unknown = anonymous.post("/affiliates/password/", {"email": address}, follow=True)

    assert known.content == unknown.content
    assert [message.to for message in sent] == [[anna.email]]


def test_nobody_is_flooded_with_mails(anonymous, anna, sent, clock):
    for _ in range(5):
        anonymous.post("/affiliates/password/", {"email": anna.email})
    assert len(sent) == 1

    clock.now += 60
    anonymous.post("/affiliates/password/", {"email": anna.email})
    assert len(sent) == 2


def test_while_the_cache_is_down_the_mail_is_sent_all_the_same(anonymous, anna, sent, no_cache):
    anonymous.post("/affiliates/password/", {"email": anna.email})

    assert len(sent) == 1


def test_somebody_is_invited_and_chooses_a_password(anonymous, mine, sent, log_in):
    invite_user(affiliate=mine, email="bo@nordlicht.example", name="Bo Holm")
    page = anonymous.get(link_in(sent[0]), follow=True)
    anonymous.post(page.redirect_chain[-1][0], NEW)

    assert sent[0].to == ["bo@nordlicht.example"]
    assert log_in(anonymous, "bo@nordlicht.example", "another-good-one-7").status_code == 302
    assert (
        get_user_model().objects.get(username="bo@nordlicht.example").membership.affiliate == mine
    )


def test_an_operator_or_anothers_user_cannot_be_invited(mine, refused):
    factories.operator(username="olga@network.example")
    make.affiliate_user(username="rita@rival.example")

    for email, word in (
        ("olga@network.example", "operator"),
        ("rita@rival.example", "belongs to"),
        ("no", "address"),
    ):
        with refused(email=word):
            invite_user(affiliate=mine, email=email)


def test_changing_the_password_ends_every_other_session(site, anna):
    other = Client()
    other.force_login(anna)

    site.post("/affiliates/account/", {"old_password": PASSWORD, **NEW})

    assert site.get("/affiliates/").status_code == 200
    assert other.get("/affiliates/").status_code == 302


def test_the_old_password_must_be_right_and_the_new_one_good(site, anna):
    wrong = site.post("/affiliates/account/", {"old_password": "wrong", **NEW})
    weak = site.post(
        "/affiliates/account/",
        {"old_password": PASSWORD, "new_password1": "1234", "new_password2": "1234"},
    )

    assert "old password was entered incorrectly" in wrong.content.decode()
    assert "too short" in weak.content.decode()
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_another_address_needs_the_password_and_the_former_one_is_told(site, anna, sent):
    body = {"first_name": "Anna", "last_name": "Berg", "email": "thief@evil.example"}

    refused = site.post("/affiliates/account/", body)
    anna.refresh_from_db()
    before = anna.email
    site.post(
        "/affiliates/account/", {**body, "email": "new@nordlicht.example", "password": PASSWORD}
    )

    assert "Give your password" in refused.content.decode()
    assert before == "anna@nordlicht.example"
    anna.refresh_from_db()
    assert anna.email == "new@nordlicht.example"
    assert [message.to for message in sent] == [["anna@nordlicht.example"]]


def test_the_name_needs_no_password(site, anna):
    site.post(
        "/affiliates/account/",
        {"first_name": "Änne", "last_name": "<b>Berg</b>", "email": anna.email},
    )

    anna.refresh_from_db()
    assert anna.first_name == "Änne"
    assert "&lt;b&gt;Berg" in site.get("/affiliates/").content.decode()


def test_where_no_mail_can_be_sent_the_page_says_whom_to_ask(anonymous, anna, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    page = anonymous.get("/affiliates/password/").content.decode()
    answer = anonymous.post("/affiliates/password/", {"email": anna.email})

    assert "Ask your network" in page
    assert "<form" not in page
    assert answer.status_code == 200
    assert "Ask your network" in answer.content.decode()
