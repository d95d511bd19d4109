"""Looking at a plan holds nobody up, and somebody else's lock is told in words."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import factories
import pytest
import yaml
from command_line import config
from django.core.management import CommandError
from django.db import connection, connections, transaction

from config import transfer
from config.transfer import locking
from config.transfer.section import Section
from dispatcher.models import Rule
from postbacks.models import Customer, Trigger

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/admin/configuration/"
WORDS = "Somebody is changing the same rows just now. Try again."


def no_secret(_):
    return None


@pytest.fixture
def triggers():
    template = factories.template()
    return [factories.trigger(name=f"T {number}", template=template) for number in range(40)]


@pytest.fixture
def document(triggers):
    """What is here, with another address for each trigger."""
    changed = transfer.export()
    for row in changed["triggers"].values():
        row["url"] += "/new"
    return changed


@pytest.fixture
def plan(document):
    return transfer.make_plan(document, find_secret=no_secret)


def elsewhere(work):
    """Do it by a connection of its own, as another process would."""

    def run():
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.fixture
def saves(monkeypatch):
    """Which rows are being saved; put a function into `before` that is called each time."""

    class Saves(list):
        def before(self):
            pass

    saved, save = Saves(), Section.save

    def watched(self, row, document, **how):
        saved.before()
        saved.append(row.pk)
        return save(self, row, document, **how)

    monkeypatch.setattr(Section, "save", watched)
    return saved


def test_others_can_write_whenever_one_row_was_looked_at(plan, triggers, saves, monkeypatch):
    looked_at = []
    database = type(connections["default"])
    rollback = database.rollback

    def rolled_back(self):
        rollback(self)
        looked_at.append(len(saves))
        saves.clear()
        elsewhere(lambda: Rule.objects.update(window_failures=len(looked_at)))

    monkeypatch.setattr(database, "rollback", rolled_back)

    assert plan.problems(find_secret=no_secret) == ()

    assert looked_at == [1] * len(triggers)
    assert set(Rule.objects.values_list("window_failures", flat=True)) == {len(triggers)}


def test_the_rules_of_rows_looked_at_before_are_free_in_the_middle_of_the_next(plan, saves):
    def rules_can_be_taken():
        with transaction.atomic():
            earlier = Trigger.objects.filter(pk__in=saves).values("rule")
            return len(Rule.objects.select_for_update(nowait=True).filter(pk__in=earlier))

    taken = []
    if connection.vendor == "postgresql":  # on SQLite one row is everybody's lock
        saves.before = lambda: taken.append(elsewhere(rules_can_be_taken))

    assert plan.problems(find_secret=no_secret) == ()

    assert taken in ([], list(range(40)))


def test_on_sqlite_who_waits_gets_a_turn(plan, monkeypatch):
    turns = []
    monkeypatch.setattr(locking, "AT_ONCE", 0)
    monkeypatch.setattr(locking.time, "sleep", lambda _: turns.append(connection.in_atomic_block))

    plan.problems(find_secret=no_secret)

    assert turns == ([False] * 40 if connection.vendor == "sqlite" else [])


@pytest.fixture
def little_patience(monkeypatch):
    monkeypatch.setattr(locking, "PATIENCE", "100ms")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 100")
    yield
    connection.close()


@contextmanager
def somebody_changing(customer):
    """Another connection holds this row, and on SQLite everything, until the end."""
    is_held, is_over = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Customer.objects.filter(pk=customer.pk).update(description="Half-way")
            is_held.set()
            is_over.wait(30)
            transaction.set_rollback(True)

    holder = threading.Thread(target=lambda: elsewhere(hold))
    holder.start()
    assert is_held.wait(10)
    try:
        yield
    finally:
        is_over.set()
        holder.join()


@pytest.fixture
def contended(little_patience, client, tmp_path):
    """A row that is to be renamed, and the file that says so."""
    customer = factories.customer(name="Studio Nord", reference_id="studio-nord")
    client.force_login(factories.operator())
    document = transfer.export()
    document["customers"]["studio-nord"]["name"] = "Studio South"
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(document))
    return customer, file


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_the_command_says_that_somebody_is_changing_the_same(contended, verb):
    customer, file = contended

    with somebody_changing(customer), pytest.raises(CommandError) as refused:
        config(verb, str(file))

    assert str(refused.value) == WORDS
    assert Customer.objects.get().name == "Studio Nord"


@pytest.mark.parametrize("more", [{}, {"apply": "yes"}], ids=["plan", "apply"])
def test_the_page_says_so_and_can_be_tried_again(contended, client, more):
    customer, file = contended

    with somebody_changing(customer):
        answer = client.post(PAGE, {"text": file.read_text(), **more})

    assert answer.status_code == 200
    assert WORDS in answer.content.decode()
    assert "Studio South" in answer.content.decode()  # the file, to be sent again
    assert Customer.objects.get().name == "Studio Nord"


def test_another_trouble_of_the_database_is_not_taken_for_that(plan, saves):
    def go_away():
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nowhere")

    saves.before = go_away

    with pytest.raises(Exception, match="nowhere"):
        plan.problems(find_secret=no_secret)
