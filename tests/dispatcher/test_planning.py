"""Lists are planned for what they are filtered by, emitting is planned once."""

from __future__ import annotations

from types import SimpleNamespace

import factories
import ledger
import pytest
from api_client import Api
from django.db import connection
from django.urls import reverse

from dispatcher import sql

pytestmark = pytest.mark.django_db
OFTEN = 8  # more than it takes until a statement is prepared


def prepared(part):
    """How many prepared statements of this connection have this in them."""
    statement = "SELECT statement FROM pg_prepared_statements"
    return sum(part in text for (text,) in sql.fetch(statement))


def test_a_list_is_planned_for_its_filter_each_time(client):
    client.force_login(factories.operator())
    ledger.trigger()
    ledger.delivery(state="failed")
    before = prepared("dispatcher_delivery") if sql.is_postgresql() else 0

    for _ in range(OFTEN):
        answer = client.get(reverse("admin:dispatcher_delivery_changelist"), {"state": "failed"})

    assert answer.status_code == 200
    assert not sql.is_postgresql() or prepared("dispatcher_delivery") == before


def test_emitting_is_planned_once(settings):
    settings.EMIT_RATE = ""
    trigger = factories.trigger(customer=factories.customer(reference_id="nord"))
    event = {"type": trigger.event, "customer": "nord", "payload": {"orderId": "1"}}
    api = Api()

    answers = [api.post("order-events/", event).status_code for _ in range(OFTEN)]

    assert answers == [201] * OFTEN or answers == [202] * OFTEN
    assert not sql.is_postgresql() or prepared("dispatcher_event") > 0


def test_outside_of_it_statements_are_prepared_as_before():
    session = SimpleNamespace(prepare_threshold=3)
    seen = []

    def execute(*_):
        seen.append(session.prepare_threshold)

    context = {"connection": SimpleNamespace(connection=session)}
    sql._unprepared(execute, "", [], False, context)  # noqa: FBT003

    assert (seen, session.prepare_threshold) == ([None], 3)
    with sql.planned_by_values():
        assert sql._unprepared in connection.execute_wrappers
    assert sql._unprepared not in connection.execute_wrappers
