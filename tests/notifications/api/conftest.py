from __future__ import annotations

import pytest
from api_client import Api


@pytest.fixture
def api(db, settings):
    settings.EMIT_RATE = settings.READ_RATE = settings.ANONYMOUS_RATE = ""
    return Api()
