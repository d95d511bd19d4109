from __future__ import annotations

import pytest
from api_client import Api
from django.core.cache import cache

from dispatcher.api import throttling


@pytest.fixture(autouse=True)
def _nobody_counted_yet():
    throttling.forget()
    cache.clear()


@pytest.fixture
def api(db):
    """A caller who may do everything."""
    return Api()
