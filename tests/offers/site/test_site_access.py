"""Who comes in, who does not, and what they are told."""

from __future__ import annotations

import re

import factories
import offer_factories as make
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from offers import services
from offers.models import Affiliate, Postback

PASSWORD = "affiliate-password-1"  # noqa: S105, RUF100
PAGES = ("", "offers/", "postbacks/", "postbacks/new/", "conversions/", "deliveries/", "tokens/")


def set_status(affiliate, status):
    services.set_affiliate_status(affiliate=affiliate, status=status)


@pytest.mark.parametrize("name", ["anna", "anna@nordlicht.example", "Anna@Nordlicht.example"])
def test_an_affiliates_user_logs_in_with_name_or_address(anonymous, anna, log_in, name):
    answer = log_in(anonymous, name)

    assert answer["Location"] == "/affiliates/"
    assert "Nordlicht Media" in anonymous.get("/affiliates/").content.decode()


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(anonymous, anna, log_in):
    texts = []
    for name in ("anna", "nobody"):
        page = log_in(anonymous, name, "wrong").content.decode().replace(name, "NAME")
        texts.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page))

    assert texts[0] == texts[1]
    assert "do not belong together" in texts[0]


def test_the_session_is_another_one_after_logging_in(anonymous, anna, log_in, settings):
    anonymous.get("/affiliates/login/")
    anonymous.session["planted"] = 1
    anonymous.cookies[settings.SESSION_COOKIE_NAME] = "planted-by-somebody"

    log_in(anonymous, "anna")

    assert anonymous.cookies[settings.SESSION_COOKIE_NAME].value != "planted-by-somebody"
    assert "planted" not in anonymous.session


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/admin/",
        "/affiliates/../admin/\\evil",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_elsewhere_after_logging_in(anonymous, anna, log_in, wanted):
    answer = log_in(anonymous, "anna", next=wanted)

    assert answer["Location"] == "/affiliates/" or answer["Location"].startswith("/affiliates/..")
    assert "evil.example" not in answer["Location"]


def test_somebody_comes_back_to_the_page_they_wanted(anonymous, anna, log_in):
    asked = anonymous.get("/affiliates/deliveries/?state=failed")
    answer = log_in(anonymous, "anna", next="/affiliates/deliveries/?state=failed")

    assert asked["Location"].startswith("/affiliates/login/?next=%2Faffiliates%2Fdeliveries%2F")
    assert answer["Location"] == "/affiliates/deliveries/?state=failed"


def test_an_affiliates_user_never_opens_the_admin(site):
    for path in ("/admin/", "/admin/offers/affiliate/", "/admin/auth/user/"):
        answer = site.get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_an_operator_cannot_log_in_here(anonymous, log_in):
    factories.operator(username="olga", password=PASSWORD)

    page = log_in(anonymous, "olga").content.decode()

    assert "operator&#x27;s account" in page
    assert anonymous.get("/affiliates/")["Location"].startswith("/affiliates/login/")


def test_an_operator_who_is_logged_in_to_the_admin_is_nobody_here(anonymous):
    anonymous.force_login(factories.operator())

    for page in PAGES:
        assert anonymous.get(f"/affiliates/{page}")["Location"] == "/affiliates/login/"
    assert anonymous.get("/affiliates/login/").status_code == 200


def test_a_blocked_affiliate_is_logged_out_and_told_why(site, mine, log_in):
    set_status(mine, Affiliate.Status.BLOCKED)

    first = site.get("/affiliates/postbacks/")
    again = site.get("/affiliates/")

    assert first.status_code == 403
    assert "has blocked the account of <strong>Nordlicht Media" in first.content.decode()
    assert again["Location"].startswith("/affiliates/login/")
    assert "is blocked. Ask your network why" in log_in(site, "anna").content.decode()


def test_a_pending_affiliate_sees_why_and_can_do_nothing(site, mine):
    set_status(mine, Affiliate.Status.PENDING)

    for page in PAGES:
        answer = site.get(f"/affiliates/{page}")
        assert "waits for approval" in answer.content.decode()
        assert answer.status_code == (403 if page else 200)
    site.post("/affiliates/postbacks/new/", {"url": "https://mine.example/"})
    assert not Postback.objects.exists()


def test_a_user_who_was_taken_from_the_affiliate_is_logged_out(site, mine, anna):
    services.remove_user(affiliate=mine, user=anna)

    assert site.get("/affiliates/")["Location"] == "/affiliates/login/"
    assert "belongs to no affiliate" in site.get("/affiliates/login/").content.decode()


def test_logging_out_is_a_post(site):
    assert site.get("/affiliates/logout/").status_code == 405
    assert site.post("/affiliates/logout/")["Location"] == "/affiliates/login/"
    assert site.get("/affiliates/").status_code == 302


@pytest.mark.parametrize("page", [*PAGES, "login/", "password/", "nowhere/", "account/"])
def test_every_page_is_kept_by_no_cache_framed_by_nobody_and_runs_no_inline_code(
    site, anonymous, page
):
    for client in (site, anonymous):
        answer = client.get(f"/affiliates/{page}")
        policy = answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Frame-Options"] == "DENY"
        assert "Cookie" in answer["Vary"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(
            r"<script(?! (defer |type=\"module\" )?src=)|\son\w+=|\sstyle=", answer.content.decode()
        )


def test_a_post_without_the_forms_mark_is_refused(anna):
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)

    for page in ("logout/", "account/", "tokens/", "postbacks/new/", "postbacks/new/preview/"):
        answer = client.post(f"/affiliates/{page}", {"name": "x"})
        assert answer.status_code == 403
        assert "This page is too old" in answer.content.decode()


def test_an_operator_sees_the_site_as_the_affiliate_and_changes_nothing(anonymous, mine):
    anonymous.force_login(factories.operator())
    postback = make.postback(affiliate=mine)

    begun = anonymous.post(f"/affiliates/look/{mine.pk}/")
    seen = [anonymous.get(f"/affiliates/{page}") for page in (*PAGES, "account/")]
    tried = [
        anonymous.post(f"/affiliates/{page}", {"to": "off", "name": "x", "scopes": "read"})
        for page in (
            f"postbacks/{postback.pk}/switch/",
            f"postbacks/{postback.pk}/delete/",
            "tokens/",
            "account/",
        )
    ]
    left = anonymous.post("/affiliates/leave/")

    assert begun["Location"] == "/affiliates/"
    assert all("as Nordlicht Media sees it" in page.content.decode() for page in seen)
    assert [answer.status_code for answer in tried] == [403] * 4
    assert Postback.objects.get().is_active
    assert left["Location"] == f"/admin/offers/affiliate/{mine.pk}/change/"
    assert anonymous.get("/affiliates/")["Location"] == "/affiliates/login/"
    assert LogEntry.objects.filter(object_id=str(mine.pk)).count() == 2


@pytest.mark.parametrize("status", ["pending", "blocked"])
def test_what_an_affiliate_that_is_not_active_sees_can_be_looked_at(anonymous, mine, status):
    anonymous.force_login(factories.operator())
    set_status(mine, status)
    anonymous.post(f"/affiliates/look/{mine.pk}/")

    page = anonymous.get("/affiliates/").content.decode()

    assert "as Nordlicht Media sees it" in page
    assert ("waits for approval" if status == "pending" else "is blocked") in page


def test_who_may_not_see_everything_in_admin_may_not_look(anonymous, mine, site):
    clerk = get_user_model().objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_affiliate"))
    anonymous.force_login(clerk)

    assert anonymous.post(f"/affiliates/look/{mine.pk}/").status_code == 404
    assert site.post(f"/affiliates/look/{mine.pk}/").status_code == 404
    assert site.post("/affiliates/leave/").status_code == 404
    assert anonymous.get("/affiliates/")["Location"] == "/affiliates/login/"


def test_looking_ends_with_the_permission(anonymous, mine):
    operator = factories.operator()
    anonymous.force_login(operator)
    anonymous.post(f"/affiliates/look/{mine.pk}/")

    operator.is_superuser = False
    operator.save()

    assert anonymous.get("/affiliates/")["Location"] == "/affiliates/login/"
