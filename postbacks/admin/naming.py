"""What the ledgers call customers and template versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet
from django.urls import reverse

from dispatcher.console import in_use, names
from dispatcher.console.names import Name
from dispatcher.console.near_misses import NearMiss
from dispatcher.console.near_misses import register as register_near_misses
from dispatcher.console.wording import register_types
from dispatcher.keys import as_key, as_keys
from dispatcher.models import Event
from postbacks.events import EventType
from postbacks.models import Customer, Template, Trigger


def name_customers(keys: Iterable[str]) -> Mapping[str, Name]:
    """Customers by primary key; one query."""
    wanted = as_keys(keys)
    return {
        str(pk): Name(name, reverse("admin:postbacks_customer_change", args=[pk]))
        for pk, name in Customer.objects.filter(pk__in=wanted).values_list("pk", "name")
    }


def name_templates(keys: Iterable[str]) -> Mapping[str, Name]:
    """Template versions by `<primary key>@<number>`; one query."""
    parts = {key: key.partition("@") for key in keys}
    wanted = as_keys(pk for pk, _, _ in parts.values())
    found = dict(Template.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return {
        key: Name(
            f"{found[template]}, version {number}",
            f"{reverse('admin:postbacks_template_versions', args=[template])}?number={number}",
        )
        for key, (pk, _, number) in parts.items()
        if (template := as_key(pk)) in found
    }


def find_customers(text: str) -> list[str]:
    """Customers by reference ID or a part of their name, 50 at most."""
    meant = Customer.objects.filter(Q(reference_id=text) | Q(name__icontains=text))
    return [str(pk) for pk in meant.order_by("name").values_list("pk", flat=True)[:50]]


def near_misses(event: Event) -> list[NearMiss]:
    """Triggers of the same customer, or for all, that wait for another event; few of them."""
    kind, _, key = event.owner.partition(":")
    if event.type not in EventType.values:
        return []
    whose = Q(customer=None)
    if kind == "customer":
        whose |= Q(customer_id=as_key(key))
    others = Trigger.objects.filter(whose).exclude(event=event.type).order_by("name", "pk")[:20]
    return [
        NearMiss(
            trigger.name,
            reverse("admin:postbacks_trigger_change", args=[trigger.pk]),
            f"It waits for “{trigger.get_event_display()}”.",
        )
        for trigger in others
    ]


def register() -> None:
    """Make the names known; once, when the admin is loaded."""
    names.register("customer", name_customers)
    names.register("template", name_templates)
    names.register_finder("customer", find_customers)
    names.register_subject("order")
    register_types(EventType.choices)
    register_near_misses(near_misses)
    in_use.register("trigger", rules_in_use)


def rules_in_use() -> QuerySet[Trigger, int]:
    """Those of active triggers of customers that are active."""
    active = Trigger.objects.filter(status=Trigger.Status.ACTIVE)
    return active.exclude(customer__is_active=False).values_list("rule_id", flat=True)
