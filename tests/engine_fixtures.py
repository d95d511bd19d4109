"""Fixtures that deliver for real: a sample receiver on this machine, and passes on demand.

A conftest imports what its tests use.
"""

import pytest

from dispatcher.engine import engine as engine_module
from dispatcher.engine.breaker import Breakers
from dispatcher.engine.routes import RouteCache
from dispatcher.engine.run import Pass
from dispatcher.receiver import ReceiverProcess
from dispatcher.transports import transport


@pytest.fixture(scope="session")
def receiver_process():
    with ReceiverProcess() as process:
        yield process


@pytest.fixture
def receiver(receiver_process, settings):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    receiver_process.clear()
    return receiver_process


@pytest.fixture
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


@pytest.fixture
def run_pass(forgetful_engine):
    """Deliver what is due now and return when everything has been recorded."""

    def run(*, linger=0, poll=60, **options):
        return Pass(linger=linger, poll=poll, **options).run()

    return run
