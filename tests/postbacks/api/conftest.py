from __future__ import annotations

import factories
import pytest
from api_client import Api


@pytest.fixture
def api(db):
    """A caller who may do everything."""
    return Api()


@pytest.fixture
def trigger_body(db):
    """An active trigger as it is handed in, with everything that is secret."""
    customer = factories.customer()
    return {
        "name": "Shipped to shop",
        "customer": customer.pk,
        "event": "order_shipped",
        "status": "active",
        "url": "https://receiver.example/hooks",
        "headers": [
            {"name": "X-Shop", "value": "12", "is_secret": False},
            {"name": "X-Key", "value": "hush-hush", "is_secret": True},
        ],
        "signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "template": factories.template().pk,
    }
