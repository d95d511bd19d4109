"""Opens every page of affiliate offers: no secret, no markup let through."""

from __future__ import annotations

import offer_factories as make
import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from dispatcher.services import pause_rule
from offers import services
from offers.models import Affiliate, Conversion, Goal, Offer, Postback

SCRIPT = "<script>alert(1)</script>"
SECRETS = ("header-secret-5Tq9", "pass-secret-81Xw", "token-secret-3Zp0")
MODELS = (Affiliate, Conversion, Goal, Offer, Postback)


def fill(operator, rows):
    """Offers in use: names that would be markup, secrets, each state of a postback."""
    affiliate = make.affiliate(name=f"{SCRIPT} affiliate", requires_approval=True)
    make.affiliate_user(affiliate)
    offer = make.offer(name=f"{SCRIPT} offer", enabled_goals=True, description=SCRIPT)
    goal = make.goal(offer, name=f"{SCRIPT} goal", is_default=True)
    header = {"name": "X-Key", "value": SECRETS[0], "is_secret": True}
    postback = make.postback(
        affiliate=affiliate, offer=offer, goal=goal, headers=[header], auth_kind="basic",
        auth_login="joe", password=SECRETS[1], params=[{"name": SCRIPT, "value": "{offer}"}],
    )  # fmt: skip
    for number in range(rows):
        make.postback(affiliate=affiliate, offer=None, auth_kind="bearer", token=SECRETS[2])
        make.postback(offer=offer, url=f"https://host-{number}.example/")
        make.goal(offer)
        done = make.conversion(offer=offer, affiliate=affiliate, status="done", sub_id1=SCRIPT)
        services.change_status(conversion=done, status="rejected", by=operator, origin=SCRIPT)
    pause_rule(Postback.objects.order_by("pk").last().rule_id, reason=SCRIPT)
    postback.refresh_from_db()
    postback.url = "https://other.example/{click_id}"
    services.submit_postback(postback=postback, affiliate=affiliate, password="new-one")
    return offer


def pages(offer):
    """Every address that can be opened."""
    for model in MODELS:
        name = f"admin:offers_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        for row in {model.objects.order_by("pk").first(), model.objects.order_by("pk").last()}:
            yield reverse(f"{name}_change", args=[row.pk])
            if model is not Conversion:
                yield reverse(f"{name}_history", args=[row.pk])
                yield reverse(f"{name}_delete", args=[row.pk])
        if model is not Conversion:
            yield reverse(f"{name}_add")
    for tab in ("goals", "postbacks", "conversions", "deliveries"):
        yield reverse(f"admin:offers_offer_{tab}", args=[offer.pk])
    yield f"{reverse('admin:offers_postback_changelist')}?waiting=yes"
    yield f"{reverse('admin:offers_postback_add')}?offer={offer.pk}"
    yield reverse("admin:offers_conversion_import")
    yield reverse("admin:offers_conversion_reconciliation")
    for ledger in ("delivery", "event"):
        yield reverse(f"admin:dispatcher_{ledger}_changelist")


def test_pages_open_and_show_no_secret_or_markup(console, operator):
    """What they cost is looked at in tests/config/test_page_cost.py."""
    offer = fill(operator, 5)

    for address in pages(offer):
        answer = console.get(address)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert SCRIPT not in page, address
        assert [secret for secret in SECRETS if secret in page] == [], address


def test_ledgers_show_affiliates_and_conversions_by_name(console, operator):
    affiliate = make.affiliate(name="Nordlicht Media")
    offer = make.offer()
    make.postback(affiliate=affiliate, offer=offer)
    make.conversion(offer=offer, affiliate=affiliate, transaction_id="ORD-77")

    for ledger in ("delivery", "event"):
        page = console.get(reverse(f"admin:dispatcher_{ledger}_changelist")).content.decode()
        assert "Nordlicht Media" in page


def test_the_offers_postbacks_have_the_originals_columns_and_mark_the_default_goal(console):
    offer = make.offer(enabled_goals=True)
    goal = make.goal(offer, name="First purchase", is_default=True)
    made = make.postback(offer=offer, goal=goal, conversion_status="done", http_type="post_json")

    page = console.get(reverse("admin:offers_offer_postbacks", args=[offer.pk])).content.decode()

    heads = [head.partition("</th>")[0] for head in page.split("<th>")[1:]]
    assert heads == ["ID", "Affiliate", "Goal", "Conversion status", "URL", "HTTP type", "State",
                     "Created", "Updated"]  # fmt: skip
    assert 'First purchase <span class="pb-chip">Default</span>' in page
    assert "POST(JSON)" in page
    assert reverse("admin:offers_postback_change", args=[made.pk]) in page
    assert f"{reverse('admin:offers_postback_add')}?offer={offer.pk}" in page


def test_somebody_who_may_only_look_changes_and_tries_nothing(client, operator):
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_", content_type__app_label="offers")
    )
    postback = make.postback()
    conversion = make.conversion()
    client.force_login(viewer)

    for model in MODELS:
        assert (
            client.get(reverse(f"admin:offers_{model._meta.model_name}_changelist")).status_code
            == 200
        )
    assert (
        client.get(reverse("admin:offers_postback_change", args=[postback.pk])).status_code == 200
    )
    for name, key in [
        ("postback_test", postback.pk), ("postback_preview", postback.pk),
        ("postback_pause", postback.pk), ("postback_approve", postback.pk),
        ("conversion_status", conversion.pk), ("affiliate_block", postback.affiliate_id),
    ]:  # fmt: skip
        address = reverse(f"admin:offers_{name}", args=[key])
        assert client.post(address, {"status": "done"}).status_code == 403, name
    assert client.post(reverse("admin:offers_conversion_import")).status_code == 403


def test_every_button_wants_a_post(console):
    postback = make.postback()
    site = [
        url.name
        for url in admin.site._registry[Postback].get_urls()
        if url.name and url.name.startswith("offers_postback_")
    ]
    assert "offers_postback_resume" in site
    for verb in (
        "activate",
        "pause",
        "resume",
        "drop",
        "approve",
        "reject",
        "test",
        "preview",
    ):
        address = reverse(f"admin:offers_postback_{verb}", args=[postback.pk])
        assert console.get(address).status_code == 405, verb


@pytest.mark.parametrize("address", ["999", "99999999999999999999"])
def test_a_postback_that_is_not_there_is_not_found(console, address):
    page = reverse("admin:offers_postback_changelist") + f"{address}/preview/"

    assert console.post(page).status_code == 404
