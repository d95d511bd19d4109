"""Opens every page of the operators' interface, found from the admin's own registry."""

from __future__ import annotations

import factories
import ledger
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dispatcher.admin.base import LedgerAdmin
from dispatcher.models import ApiToken
from dispatcher.services import pause_destination
from postbacks import services
from postbacks.models import Customer, LookupTable, Template, Trigger

SCRIPT = "<script>alert(1)</script>"


def fill(operator, rows):
    """A service in use: names that would be markup, secrets, and each state of a delivery."""
    template = factories.template(name=f"{SCRIPT} template")
    trigger = ledger.trigger(name=f"{SCRIPT} trigger", template=template)
    customer = factories.customer(name=f"{SCRIPT} customer")
    for number in range(rows):
        owner = factories.customer(name=f"{SCRIPT} {number}") if number % 2 else customer
        state = ["delivered", "failed", "pending", "canceled"][number % 4]
        ledger.delivery(number, state=state, attempts=number % 3, customer=owner)
        factories.trigger(customer=owner, url=f"https://host-{number}.example/in")
        factories.template(customer=owner)
        factories.operator()
        ApiToken.objects.create_key(name=f"{SCRIPT} {number}", owner=operator)
    services.deactivate_customer(customer=customer, by=operator)
    factories.lookup_table({SCRIPT: SCRIPT}, name=f"{SCRIPT} table")
    pause_destination(trigger.rule.route.destination_id)
    template.refresh_from_db()
    template.body += " "
    services.save_template(template=template, by=operator)


def listing(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def pages():
    """Every address that can be opened: lists, rows, forms, histories, questions."""
    yield reverse("admin:index")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        first = model._default_manager.order_by("pk").first()
        if first is None:
            continue
        key = admin.utils.quote(first.pk)
        yield reverse(f"{name}_change", args=[key])
        if not isinstance(admin.site._registry[model], LedgerAdmin):
            yield reverse(f"{name}_history", args=[key])
        if isinstance(first, Customer | LookupTable | Template | Trigger):
            yield reverse(f"{name}_add")
            yield reverse(f"{name}_delete", args=[key])
    yield reverse("admin:dispatcher_apitoken_add")
    yield reverse("admin:auth_user_add")
    yield reverse("admin:postbacks_lookuptable_import", args=[LookupTable.objects.first().pk])
    yield reverse("admin:postbacks_trigger_test", args=[Trigger.objects.first().pk])
    yield reverse("admin:postbacks_template_versions", args=[Template.objects.first().pk])


def test_pages_show_no_secret_no_markup_and_nothing_of_other_hosts(console, operator):
    """What they cost is looked at in tests/config/test_page_cost.py."""
    fill(operator, 12)
    read = {address: console.get(address) for address in pages()}

    for address, answer in read.items():
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert [secret for secret in ledger.SECRETS if secret in page] == [], address
        assert SCRIPT not in page, address
        assert list(foreign_links(page)) == [], address


def foreign_links(page):
    page = page.replace('href="http://www.w3.org', "")
    for attribute in ("src", "href", "action"):
        for scheme in ("http:", "https:", "//"):
            if (link := f'{attribute}="{scheme}') in page:
                yield link


def test_a_ledger_never_counts_the_whole_table(console, operator):
    fill(operator, 2)

    for name in ("delivery", "event", "rule", "destination"):
        with CaptureQueriesContext(connection) as statements:
            console.get(reverse(f"admin:dispatcher_{name}_changelist"))
        counts = [row["sql"] for row in statements if "COUNT(" in row["sql"].upper()]
        assert all("LIMIT" in count or "GROUP BY" in count for count in counts), counts


def test_every_action_of_every_list_runs(console, operator):
    fill(operator, 4)
    ran = 0

    for model, model_admin in admin.site._registry.items():
        chosen = [admin.utils.quote(row.pk) for row in model._default_manager.all()[:3]]
        for action in model_admin.actions or ():
            data = {"action": action, "_selected_action": chosen}
            answer = console.post(listing(model), data, follow=True)
            assert answer.status_code == 200, (model, action)
            ran += 1

    assert ran >= 12


def test_who_may_only_look_is_offered_and_allowed_no_action(client, db):
    fill(factories.operator(), 4)
    guest = User.objects.create_user("guest", is_staff=True)
    guest.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(guest)
    trigger = Trigger.objects.order_by("pk").first()

    for verb in ("pause", "activate", "rotate", "unsign"):
        answer = client.post(reverse(f"admin:postbacks_trigger_{verb}", args=[trigger.pk]))
        assert answer.status_code == 403, verb

    for model in admin.site._registry:
        page = client.get(listing(model))
        assert page.status_code == 200
        assert 'name="action"' not in page.content.decode(), model
