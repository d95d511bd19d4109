"""The new colleague: somebody with the role Viewer looks around, and can break nothing."""

from __future__ import annotations

import factories
import ledger
import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from config import roles
from dispatcher.models import Delivery
from postbacks.models import Template


@pytest.fixture
def operator(transactional_db):
    """The colleague, in place of the operator whom the window would log in."""
    roles.keep()  # a test before may have emptied the tables
    person = User.objects.create_user("nora", password="browser-password-1", is_staff=True)
    person.groups.add(Group.objects.get(name="Viewer"))
    return person


def test_a_new_colleague_looks_at_everything_and_can_change_nothing(open_console):
    trigger = ledger.trigger(name="Tell the shop", template=factories.template(name="Shipped"))
    ledger.delivery(state="failed", attempts=2)
    page = open_console()
    seen = [page.content()]

    page.click("nav a:has-text('Deliveries')")
    page.wait_for_selector("h1:has-text('Deliveries')")
    seen.append(page.content())
    assert page.locator("select[name=action]").count() == 0
    page.click("#result_list tbody a.pb-title >> nth=0")
    page.wait_for_selector("h1:has-text('Failed')")
    seen.append(page.content())
    assert page.locator("text=Resend as sent").count() == 0
    page.click("nav a:has-text('Templates')")
    page.click("#result_list >> text=Shipped")
    page.wait_for_selector("h1:has-text('Shipped'), h1:has-text('template')")
    seen.append(page.content())
    assert page.locator("button[type=submit]:visible:has-text('Save')").count() == 0
    page.goto(reverse("admin:postbacks_trigger_change", args=[trigger.pk]))
    seen.append(page.content())

    assert not [one for text in seen for one in ledger.SECRETS if one in text]
    assert page.locator("nav a:has-text('Users')").count() == 0


def test_what_a_viewer_sends_anyway_is_refused(open_console):
    template = factories.template(name="Shipped")
    trigger = ledger.trigger(template=template)
    delivery = ledger.delivery(state="failed")
    page = open_console()
    send = (
        "async address => (await fetch(address, {method: 'POST', headers: {'X-CSRFToken': "
        "document.cookie.match(/csrf=([^;]+)/)[1]}, "
        "body: new URLSearchParams({name: 'x'})})).status"
    )

    answers = {
        address: page.evaluate(send, address)
        for address in (
            reverse("admin:dispatcher_delivery_resend", args=[delivery.pk]),
            reverse("admin:postbacks_template_change", args=[template.pk]),
            reverse("admin:postbacks_trigger_rotate", args=[trigger.pk]),
            reverse("admin:postbacks_customer_add"),
        )
    }

    assert set(answers.values()) == {403}
    assert Delivery.objects.get().state == "failed"
    assert Template.objects.get(pk=template.pk).name == "Shipped"
