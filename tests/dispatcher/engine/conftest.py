from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest

from dispatcher import http, services
from dispatcher.engine import engine as engine_module
from dispatcher.engine.breaker import Breakers
from dispatcher.engine.routes import RouteCache
from dispatcher.engine.run import Pass
from dispatcher.models import Delivery, Route, Rule
from dispatcher.receiver import ReceiverProcess
from dispatcher.transports import transport
from dispatcher.types import Match, NewEvent, Plan

TEMPLATE = '{"order": "{{ orderId }}"}'


@pytest.fixture(scope="session")
def receiver_process():
    with ReceiverProcess() as process:
        yield process


@pytest.fixture
def receiver(receiver_process, settings):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    receiver_process.clear()
    return receiver_process


@pytest.fixture(autouse=True)
def forgetful_engine():
    """The engine outlives a test, but primary keys come again after a rollback."""
    engine = engine_module.engine()
    engine.routes = RouteCache()
    engine.breakers = Breakers()
    engine.lanes._lanes.clear()
    yield
    webhook = transport("http")
    webhook.client.close()
    del webhook.client  # the next test may allow other networks
    engine.withdraw()
    engine.finished.clear()
    engine.rendered.clear()


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
def sender_class():
    return Sender


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
            "template": {"format": "json", "source": template, "strict": False},
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


@pytest.fixture
def run_pass():
    """Deliver what is due now and return when everything has been recorded."""

    def run(*, linger=0, poll=60, **options):
        return Pass(linger=linger, poll=poll, **options).run()

    return run
