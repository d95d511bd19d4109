"""On SQLite one process delivers at a time; elsewhere nobody waits for anybody."""

import fcntl
from pathlib import Path

import pytest
from django.db import connection

from dispatcher.engine import solo


@pytest.fixture(autouse=True)
def impatient(transactional_db, monkeypatch):
    monkeypatch.setattr(solo, "WAIT_SECONDS", 0)


@pytest.fixture
def another_process_delivers(tmp_path):
    if connection.vendor == "sqlite":
        file = Path(f"{connection.settings_dict['NAME']}-delivering").open("w")  # noqa: SIM115
    else:
        file = (tmp_path / "delivering").open("w")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_it_is_our_turn_when_nobody_else_delivers():
    with solo.turn() as is_ours:
        assert is_ours


def test_while_another_process_delivers_it_is_not_our_turn_on_sqlite(
    another_process_delivers,
):
    with solo.turn() as is_ours:
        assert is_ours == (connection.vendor == "postgresql")


def test_the_turn_ends_with_its_block():
    with solo.turn():
        pass

    with solo.turn() as is_ours:
        assert is_ours
