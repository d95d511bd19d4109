"""Liveness, readiness and metrics, as a load balancer, an operator and Prometheus see them."""

from datetime import timedelta

import factories
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from dispatcher import services as dispatcher
from dispatcher.models import Delivery, Destination, Heartbeat, Rule
from dispatcher.services import health
from dispatcher.sql import now
from postbacks import services
from postbacks.events import sample_payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return Heartbeat.objects.create(pk="here:1", started_at=now(), beat_at=now())


@pytest.fixture
def overdue(worker):
    """A delivery that is due for two minutes and that nobody took."""
    return make_overdue()


def make_overdue(**values):
    trigger = factories.trigger(**values)
    services.emit_order_event(
        item=services.NewOrderEvent(
            type=trigger.event,
            customer=trigger.customer.reference_id,
            payload=sample_payload(trigger.event),
        ),
        emitter="tests",
    )
    delivery = Delivery.objects.latest("pk")
    change(delivery, due_at=now() - timedelta(minutes=2))
    return delivery


def change(delivery, **values):
    Delivery.objects.filter(pk=delivery.pk).update(**values)


def test_live_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/health/live")

    assert (response.status_code, response.content) == (200, b"ok")


def test_ready_while_workers_live_and_nothing_is_overdue(client, worker):
    response = client.get("/health/ready")

    assert response.status_code == 200
    assert set(response.json()["checks"].values()) == {"ok"}


def test_not_ready_without_a_sign_of_life(client, worker):
    Heartbeat.objects.update(beat_at=now() - timedelta(seconds=61))

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert "No worker" in response.json()["checks"]["workers"]


def test_not_ready_while_work_is_overdue(client, overdue):
    response = client.get("/health/ready")

    assert response.status_code == 503
    assert "due for 120 seconds" in response.json()["checks"]["work"]


def test_not_ready_without_a_database(client, monkeypatch):
    def refuse():
        raise OperationalError("connection to 10.1.2.3 failed: password secret")

    monkeypatch.setattr(connection, "cursor", refuse)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["checks"]["database"] == "The database answered with OperationalError."


def test_not_ready_while_migrations_are_missing(client, worker, monkeypatch):
    monkeypatch.setattr("config.health._migrated", False)
    plan = "config.health.MigrationExecutor.migration_plan"
    monkeypatch.setattr(plan, lambda self, targets: ["0002"])

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert "manage.py migrate" in response.json()["checks"]["migrations"]


HOLDS = [
    pytest.param(lambda d: dispatcher.pause_rule(d.rule_id, reason="test"), id="rule-paused"),
    pytest.param(
        lambda d: Rule.objects.filter(pk=d.rule_id).update(breaker="open"), id="rule-failing"
    ),
    pytest.param(lambda d: dispatcher.pause_destination(d.destination_id), id="destination-paused"),
    pytest.param(
        lambda d: Destination.objects.filter(pk=d.destination_id).update(breaker="half_open"),
        id="destination-failing",
    ),
    pytest.param(lambda d: dispatcher.hold_owner(d.owner, reason="test"), id="customer-inactive"),
    pytest.param(lambda d: change(d, is_parked=True), id="known-to-be-held"),
    pytest.param(lambda d: change(d, lease_until=now() + timedelta(seconds=9)), id="being-sent"),
    pytest.param(lambda d: change(d, due_at=now() + timedelta(hours=1)), id="to-be-retried"),
    pytest.param(lambda d: change(d, state="failed"), id="ended"),
]


@pytest.mark.parametrize("hold", HOLDS)
def test_what_no_worker_should_take_is_not_overdue(overdue, hold):
    hold(overdue)

    assert health.overdue_seconds() == 0


def test_what_must_wait_for_an_earlier_one_is_not_overdue(worker):
    first = make_overdue(is_ordered=True)
    change(first, due_at=now() + timedelta(hours=1))
    second = Delivery.objects.get(pk=first.pk)
    second.pk, second.uid, second.due_at = None, dispatcher_uid(), now() - timedelta(minutes=2)
    second.save()

    assert first.ordering_key
    assert health.overdue_seconds() == 0


def dispatcher_uid():
    return Delivery._meta.get_field("uid").get_default()


def test_a_queue_before_a_slow_receiver_is_not_overdue(overdue):
    change(overdue, lease_until=now() + timedelta(seconds=9))
    waiting = Delivery.objects.get(pk=overdue.pk)
    waiting.pk, waiting.uid, waiting.lease_until = None, dispatcher_uid(), None
    waiting.save()

    assert health.overdue_seconds() == 0


def test_only_workers_that_pass_count_as_working():
    moment = now()
    Heartbeat.objects.create(pk="here:1", started_at=moment, beat_at=moment, is_busy=True)
    Heartbeat.objects.create(pk="here:2", started_at=moment, beat_at=moment, last_pass_at=moment)
    Heartbeat.objects.create(pk="here:3", started_at=moment, beat_at=moment)
    Heartbeat.objects.create(pk="there:4", started_at=moment, beat_at=moment, is_busy=True)

    assert sorted(health.working_processes("here")) == [1, 2]


def test_metrics_count_what_waits(client, overdue):
    text = client.get("/metrics").content.decode()

    assert 'postbacks_deliveries_waiting{state="pending"} 1.0' in text
    assert 'postbacks_last_deliveries{state="delivered"} 0.0' in text
    assert "postbacks_workers_alive 1.0" in text


def test_metrics_take_a_bounded_number_of_queries(client, overdue):
    with CaptureQueriesContext(connection) as queries:
        client.get("/metrics")

    assert len(queries) <= 12


@pytest.mark.parametrize(
    ("token", "request_values", "status"),
    [
        pytest.param("", {"REMOTE_ADDR": "127.0.0.1"}, 200, id="this-machine"),
        pytest.param("", {"REMOTE_ADDR": "::1"}, 200, id="this-machine-ipv6"),
        pytest.param("", {"REMOTE_ADDR": "192.0.2.7"}, 404, id="another-machine"),
        pytest.param("", {"REMOTE_ADDR": ""}, 404, id="proxy-on-a-socket"),
        pytest.param(
            "",
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
            404,
            id="through-a-proxy-here",
        ),
        pytest.param("abc", {"HTTP_AUTHORIZATION": "Bearer abc"}, 200, id="right-token"),
        pytest.param("abc", {"HTTP_AUTHORIZATION": "Bearer abd"}, 404, id="wrong-token"),
        pytest.param("abc", {}, 404, id="no-token"),
        pytest.param("abc", {"HTTP_AUTHORIZATION": "Bearer ä"}, 404, id="odd-token"),
    ],
)
def test_metrics_are_not_public(client, settings, token, request_values, status):
    settings.METRICS_TOKEN = token

    assert client.get("/metrics", **request_values).status_code == status
