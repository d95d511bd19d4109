"""Worker processes as they run in earnest, on the test's database.

A test module imports the fixture that it uses.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def workers(transactional_db):
    """Start `manage.py dispatch` so many times; they end with the test."""
    started = []

    def start(count):
        environment = os.environ | {
            "DATABASE_URL": _url(),
            "SECRET_KEY": "tests-only-" + "0123456789" * 5,
            "ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        for _ in range(count):
            command = [sys.executable, "manage.py", "dispatch"]
            started.append(
                subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
            )

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


def _url():
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, host = database["USER"] or "postgres", database["HOST"] or "127.0.0.1"
    login = f"{user}:{database['PASSWORD']}" if database["PASSWORD"] else user
    return f"postgres://{login}@{host}:{database['PORT'] or 5432}/{database['NAME']}"
