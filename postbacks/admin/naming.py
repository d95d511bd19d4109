"""What the ledgers call customers and template versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse

from dispatcher.console import names
from dispatcher.console.names import Name
from postbacks.models import Customer, Template


def name_customers(keys: Iterable[str]) -> Mapping[str, Name]:
    """Customers by primary key; one query."""
    wanted = [int(key) for key in keys if key.isdigit()]
    return {
        str(pk): Name(name, reverse("admin:postbacks_customer_change", args=[pk]))
        for pk, name in Customer.objects.filter(pk__in=wanted).values_list("pk", "name")
    }


def name_templates(keys: Iterable[str]) -> Mapping[str, Name]:
    """Template versions by `<primary key>@<number>`; one query."""
    parts = {key: key.partition("@")[::2] for key in keys}
    wanted = [int(pk) for pk, _ in parts.values() if pk.isdigit()]
    found = dict(Template.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return {
        key: Name(
            f"{found[int(pk)]}, version {number}",
            f"{reverse('admin:postbacks_template_versions', args=[pk])}?number={number}",
        )
        for key, (pk, number) in parts.items()
        if pk.isdigit() and int(pk) in found
    }


def register() -> None:
    """Make the names known; once, when the admin is loaded."""
    names.register("customer", name_customers)
    names.register("template", name_templates)
    names.register_subject("order")
