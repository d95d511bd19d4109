from __future__ import annotations

import factories
import pytest


@pytest.fixture
def operator(db):
    return factories.operator()


@pytest.fixture
def console(client, operator):
    """A browser in which an operator has logged in."""
    client.force_login(operator)
    return client
