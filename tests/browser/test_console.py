"""The operators' pages as a person meets them."""

from __future__ import annotations

import factories
import ledger
from django.urls import reverse

from dispatcher.models import Delivery
from postbacks.models import Trigger


def page_of(row):
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def test_a_trigger_is_written_with_a_secret_header(open_console):
    template = factories.template(name="Shipped")
    factories.template(name="Other shape", format="xml")
    page = open_console()
    page.goto(reverse("admin:postbacks_trigger_add"))

    page.fill("[name=name]", "Tell the shop")
    page.select_option("[name=event]", "order_shipped")
    page.click("[data-next]")
    page.fill("[name=url]", "https://shop.example/in")
    page.click("text=Add a header")
    page.fill("[name=headers-name]", "X-Api-Key")
    page.check("[data-row-secret]")
    page.fill("[name=headers-value]", "browser-secret")
    hidden = page.locator("select[name=template] option:has-text('Other shape')")
    assert hidden.evaluate("option => option.hidden")
    page.select_option("[name=template]", str(template.pk))
    page.click("button[name=_continue]")
    page.wait_for_selector("text=was added successfully")

    trigger = Trigger.objects.select_related("rule").get()
    assert trigger.rule.credentials["headers"] == [["X-Api-Key", "browser-secret"]]
    assert "browser-secret" not in page.content()


def test_a_test_leads_to_a_page_that_shows_the_result_by_itself(open_console):
    trigger = ledger.trigger()
    page = open_console()
    page.goto(reverse("admin:postbacks_trigger_test", args=[trigger.pk]))

    page.click("text=Send the test")
    page.wait_for_selector("h1:has-text('Waiting')")
    Delivery.objects.update(state="delivered", outcome="delivered")

    page.wait_for_selector("#delivery h1:has-text('Delivered')")


def test_resending_asks_first(open_console):
    ledger.trigger()
    delivery = ledger.delivery(state="failed")
    page = open_console()
    page.goto(page_of(delivery))

    page.click("text=Resend as sent")
    page.click("dialog[open] >> text=Back")
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    page.click("text=Resend as sent")
    page.click("dialog[open] button[type=submit]")
    page.wait_for_selector("text=It is being sent again.")

    delivery.refresh_from_db()
    assert delivery.state == "pending"
