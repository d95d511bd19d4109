from __future__ import annotations

import pytest
from engine_fixtures import forgetful_engine, receiver, receiver_process, run_pass  # noqa: F401
from sender_fixtures import Sender, sender  # noqa: F401


@pytest.fixture(autouse=True)
def fresh(forgetful_engine):
    """No test sees what another one left in the engine."""


@pytest.fixture
def sender_class():
    return Sender
