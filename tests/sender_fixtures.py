"""A rule that sends to the sample receiver, as apps make one: tests emit its events.

A conftest imports what its tests use, and from `engine_fixtures` what delivers them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest

from dispatcher import http, services
from dispatcher.models import Delivery, Route, Rule
from dispatcher.types import Match, NewEvent, Plan

TEMPLATE = '{"order": "{{ orderId }}"}'


@dataclass
class Sender:
    """A rule with its route, and what a test does with them."""

    rule: Rule
    route: Route

    def match(self, events):
        return [
            Plan([Match(self.rule.pk, self.route.pk, self.route.destination_id, self.route.delay,
                        self.route.is_ordered)])
            for _ in events
        ]  # fmt: skip

    def emit(self, order="PO-1", *, payload=None, owner="", subject="", **more):
        event = NewEvent(
            type="order_shipped",
            payload=payload or f'{{"orderId": "{order}"}}',
            emitter="user:1",
            endpoint="order-events",
            owner=owner,
            subject=subject or f"order:{order}",
            **more,
        )
        emitted = services.emit(event, self.match)
        return Delivery.objects.get(uid=emitted.deliveries[0].id)


@pytest.fixture
def sender(db, receiver):
    """Make a rule that sends to a path of the sample receiver."""

    def make(path="/ok", *, url=None, delays=(), ordered=False, template=TEMPLATE, **more):
        url = url or receiver.url + path
        spec = {
            "method": "POST",
            "url": url,
            "headers": [],
            "content_type": "application/json",
            "template": {"format": "json", "source": template, "strict": more.pop("strict", False)},
            "deadline": more.pop("deadline", 5.0),
        }
        rule = services.create_rule(kind="trigger", name=f"Rule {uuid4().hex[:6]}")
        route = services.save_route(
            rule=rule,
            transport="http",
            destination=http.origin(url),
            spec=spec,
            retry_policy={"delays": list(delays), **more.pop("policy", {})},
            is_ordered=ordered,
            **more,
        )
        return Sender(rule, route)

    return make
