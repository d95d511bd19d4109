"""One receiver process for these tests, empty at the start of each."""

from __future__ import annotations

import pytest
from receiver_client import Client

from dispatcher.receiver import ReceiverProcess


@pytest.fixture(scope="module")
def receiver_process():
    with ReceiverProcess() as process:
        yield process


@pytest.fixture
def receiver(receiver_process):
    receiver_process.clear()
    receiver_process.set_secret("")
    return receiver_process


@pytest.fixture
def client(receiver):
    return Client(receiver.url)
