from __future__ import annotations

import pytest
from api_client import Api

from dispatcher.api import throttling


@pytest.fixture
def api(db, settings):
    settings.EMIT_RATE = settings.READ_RATE = settings.ANONYMOUS_RATE = ""
    throttling.forget()
    return Api()
