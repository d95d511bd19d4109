"""Affiliates, offers and goals on their forms, and the people who log in for an affiliate."""

from __future__ import annotations

import offer_factories as make
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from offer_pages import press, said

from offers.models import Affiliate, Goal, Membership, Offer


def test_affiliates_offers_and_goals_are_added_on_their_forms(console):
    console.post(
        reverse("admin:offers_affiliate_add"),
        {"name": "Nord", "status": "active", "reference_id": "", "requires_approval": "unknown"},
    )
    console.post(
        reverse("admin:offers_offer_add"),
        {"name": "Café", "status": "active", "is_open": "on", "enabled_goals": "on"},
    )
    offer = Offer.objects.get()
    answer = console.post(
        reverse("admin:offers_goal_add"), {"offer": offer.pk, "name": "Sale", "is_default": "on"}
    )

    assert Affiliate.objects.get().reference_id == "nord"
    assert (offer.enabled_goals, Goal.objects.get().is_default) == (True, True)
    assert answer.url == reverse("admin:offers_offer_goals", args=[offer.pk])


def test_who_sees_an_offer_that_is_not_open_is_chosen(console):
    offer, chosen = make.offer(), make.affiliate()

    console.post(
        reverse("admin:offers_offer_change", args=[offer.pk]),
        {"name": "X", "reference_id": "x", "status": "active", "affiliates": [chosen.pk]},
    )

    assert list(Offer.objects.get().affiliates.all()) == [chosen]
    assert not Offer.objects.get().is_open


def test_an_affiliate_is_blocked_and_its_people_are_invited_and_removed(console):
    affiliate = make.affiliate()

    press(console, "affiliate_invite", affiliate, email="anna@example.com")
    member = Membership.objects.get()
    bad = press(console, "affiliate_invite", affiliate, email="nobody")
    press(console, "affiliate_remove-user", affiliate, user=member.user_id)
    press(console, "affiliate_block", affiliate)

    affiliate.refresh_from_db()
    assert member.user.email == "anna@example.com"
    assert "e-mail" in said(bad)
    assert (affiliate.status, Membership.objects.count()) == ("blocked", 0)


def test_without_a_mail_server_the_operator_hands_over_a_link_that_is_shown_once(console, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    affiliate = make.affiliate()
    page = console.get(reverse("admin:offers_affiliate_change", args=[affiliate.pk]))
    assert "No mail server is set up" in page.content.decode()

    shown = press(console, "affiliate_invite", affiliate, email="anna@example.com")
    link = shown.context["link"]
    later = console.get(reverse("admin:offers_affiliate_change", args=[affiliate.pk]))

    assert link in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert link not in later.content.decode()
    form = Client().get(link.removeprefix(settings.BASE_URL), follow=True)
    assert "new_password1" in form.content.decode()


def test_a_link_is_made_for_somebody_who_forgot_their_password_and_that_is_noted(console):
    affiliate = make.affiliate()
    user = make.affiliate_user(affiliate, email="anna@example.com")
    stranger = make.affiliate_user()

    shown = press(console, "affiliate_link", affiliate, user=user.pk)
    refused = press(console, "affiliate_link", affiliate, user=stranger.pk)

    assert "/affiliates/password/" in shown.context["link"]
    assert "does not belong" in said(refused)
    note = LogEntry.objects.get()
    assert note.object_id == str(user.pk)
    assert note.get_change_message() == "Made a link to choose a password, to hand over."


def test_what_names_no_user_removes_none(console):
    affiliate = make.affiliate()
    user = make.affiliate_user(affiliate)

    answer = press(console, "affiliate_remove-user", affiliate, user="²")

    assert "does not belong" in said(answer)
    assert Membership.objects.get().user == user


def test_whether_postbacks_need_approval_is_asked_in_words(console, settings):
    settings.OFFERS_REQUIRE_APPROVAL = True

    page = console.get(reverse("admin:offers_affiliate_add")).content.decode()

    assert "As for most affiliates: needed" in page
    assert "Unknown" not in page
