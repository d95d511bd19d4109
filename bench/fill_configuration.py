"""Customers, triggers, their rules and destinations, as a shop of some size has them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from dispatcher import services as dispatcher
from dispatcher.models import Destination, Rule
from postbacks import services
from postbacks.events import EventType
from postbacks.models import Customer, Template, Trigger

CUSTOMERS, DESTINATIONS, RULES = 200, 120, 360
DOWN, PAUSED = 3, 5
"""The number of the destination whose breaker is open, and of the one paused by hand."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A rule as the ledgers need it."""

    rule_id: int
    route_id: int
    destination_id: int
    owner: str
    event: str
    url: str
    weight: float


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that deliveries are made by."""

    senders: list[Sender]
    silent: list[int]
    destinations: list[int]


def configure() -> Configuration:
    """Make it through the front doors."""
    chance = random.Random(11)
    template = services.save_template(
        template=Template(
            name="Order, as JSON",
            body='{"order": "{{ orderId }}", "status": "{{ fulfillmentStatus }}"}',
            status=Template.Status.ACTIVE,
        )
    )
    customers = [_customer(number) for number in range(CUSTOMERS)]
    senders, silent = [], []
    for number in range(RULES):
        place = min(int(DESTINATIONS * chance.random() ** 2), DESTINATIONS - 1)
        url = f"https://shop-{place}.example/hooks/{number}"
        trigger = Trigger(
            name=f"Tell shop {place} ({number})",
            customer=customers[number % CUSTOMERS],
            event=EventType.values[number % len(EventType.values)],
            url=url,
            template=template,
            status=Trigger.Status.ACTIVE,
            retry_on_failure=number % 3 > 0,
        )
        services.save_trigger(trigger=trigger)
        rule = Rule.objects.select_related("route").get(pk=trigger.rule_id)
        route = rule.route
        if number % 40 == 39 or route is None or route.destination_id is None:
            silent.append(rule.pk)
            continue
        weight = 1 / (1 + len(senders)) ** 0.7
        owner = f"customer:{customers[number % CUSTOMERS].pk}"
        senders.append(
            Sender(rule.pk, route.pk, route.destination_id, owner, str(trigger.event), url, weight)
        )
    destinations = sorted({sender.destination_id for sender in senders})
    Destination.objects.filter(pk=destinations[DOWN]).update(breaker="open")
    dispatcher.pause_destination(destinations[PAUSED])
    return Configuration(senders, silent, destinations)


def _customer(number: int) -> Customer:
    customer = Customer(name=f"Print shop {number}", reference_id=f"shop-{number}")
    return services.save_customer(customer=customer)
