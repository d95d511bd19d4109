"""Rows kept in memory: what they save, when a change is seen, what a failure leaves behind."""

from __future__ import annotations

import json
from threading import Thread

import factories
import pytest
from django.db import OperationalError, connection

from dispatcher import rendering
from dispatcher.rendering import Job
from postbacks import services
from postbacks.lookups.cache import LookupCache, cache
from postbacks.models import LookupRow, LookupTable

pytestmark = pytest.mark.django_db


@pytest.fixture
def slow_machine(monkeypatch):
    """The second lasts an hour, so that no test depends on how fast this machine is."""
    monkeypatch.setattr("postbacks.lookups.cache.CHECK_SECONDS", 3600.0)


def test_a_thousand_lookups_cost_two_queries(render, slow_machine, django_assert_num_queries):
    factories.lookup_table({str(n): f"value {n}" for n in range(900)}, field="sku")
    body = '[{% for n in range(900) %}"{{ lookups({"sku": n}) }}",{% endfor %}0]'
    rendering.renderer().render(Job((), "{}"))

    with django_assert_num_queries(2):
        rendered = render(body)

    assert json.loads(rendered.output)[899] == "value 899"


def test_lookups_within_a_second_cost_no_query_at_all(ask, slow_machine, django_assert_num_queries):
    factories.lookup_table({"A": "1"}, field="sku")
    ask('lookups({"sku": "A"})')

    with django_assert_num_queries(0):
        for _ in range(20):
            ask('lookups({"sku": "A"})')


def change(value):
    """As another process would: nobody tells this one."""
    LookupRow.objects.update(value=value)
    table = LookupTable.objects.get()
    table.revision += 1
    table.save()


def test_a_change_made_elsewhere_is_seen_after_a_second(ask, slow_machine):
    factories.lookup_table({"A": "1"}, field="sku")
    ask('lookups({"sku": "A"})')
    change("2")
    at_once = ask('lookups({"sku": "A"})')[0]
    cache._checked_at -= 3600

    assert (at_once, ask('lookups({"sku": "A"})')[0]) == ("1", "2")


@pytest.mark.django_db(transaction=True)
def test_a_change_made_here_is_seen_at_once(ask):
    table = factories.lookup_table({"A": "1"}, field="sku")
    before = ask('lookups({"sku": "A"})')[0]

    services.set_row(table=table, key="A", value="2", row=LookupRow.objects.get())

    assert (before, ask('lookups({"sku": "A"})')[0]) == ("1", "2")


def test_an_unchanged_table_is_not_read_again(ask, slow_machine, django_assert_num_queries):
    factories.lookup_table({"A": "1"}, field="sku")
    ask('lookups({"sku": "A"})')
    cache.forget()

    with django_assert_num_queries(1):
        ask('lookups({"sku": "A"})')


def test_a_deleted_table_is_forgotten(ask):
    table = factories.lookup_table({"A": "1"}, field="sku")
    ask('lookups({"sku": "A"})')
    services.delete_table(table=table)
    cache.forget()

    assert "no lookup table" in ask('lookups({"sku": "A"})')[1][0]
    assert cache._rows == {}


def test_memory_holds_the_tables_that_are_used(monkeypatch):
    monkeypatch.setattr("postbacks.lookups.cache.MAX_ROWS_KEPT", 3)
    first = factories.lookup_table({"A": "1", "B": "2"}, field="one")
    second = factories.lookup_table({"A": "1", "B": "2"}, field="two")
    own = LookupCache()

    for field in ("one", "two"):
        assert own.value(own.tables(field, None)[0], "A") == "1"

    assert (first.pk in own._rows, second.pk in own._rows) == (False, True)


def test_an_error_of_the_database_is_passed_on_and_the_next_render_works(ask, monkeypatch):
    factories.lookup_table({"A": "1"}, field="sku")

    def away(*_, **__):
        raise OperationalError

    monkeypatch.setattr("postbacks.lookups.cache.LookupTable.objects.values_list", away)
    with pytest.raises(OperationalError):
        ask('lookups({"sku": "A"})')
    monkeypatch.undo()

    assert ask('lookups({"sku": "A"})')[0] == "1"


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_had_no_connection_keeps_none(ask):
    factories.lookup_table({"A": "1"}, field="sku")
    seen = []

    def look():
        seen.append(ask('lookups({"sku": "A"})')[0])
        seen.append(connection.connection)

    thread = Thread(target=look)
    thread.start()
    thread.join()

    assert seen == ["1", None]
    assert connection.connection is not None
