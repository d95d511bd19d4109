from __future__ import annotations

import offer_factories as make
import pytest
from api_client import Api


@pytest.fixture
def api(db):
    """A caller who may do everything."""
    return Api()


@pytest.fixture
def mine(db):
    """The affiliate that `token` is of."""
    return make.affiliate(name="Mine")


@pytest.fixture
def token(mine, settings):
    """A caller with an affiliate's token, as often as it likes."""
    settings.READ_RATE = settings.EMIT_RATE = ""
    return Api(restricted_to=mine.owner)
