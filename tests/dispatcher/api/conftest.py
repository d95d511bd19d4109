from __future__ import annotations

import factories
import pytest
from api_client import Api


@pytest.fixture
def api(db):
    """A caller who may do everything."""
    return Api()


@pytest.fixture
def trigger(db):
    """A customer's, with a signing secret and a secret header."""
    return factories.trigger(
        customer=factories.customer(reference_id="studio-nord"),
        signing_secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        headers=[{"name": "X-Key", "value": "hush-hush", "is_secret": True}],
    )


@pytest.fixture
def emit(api, trigger):
    """Emit an order of the trigger's customer; the id of its delivery."""

    def emit_order(order="PO-1", **more):
        body = {"type": "order_shipped", "customer": "studio-nord"} | more
        return api.post("order-events/", body | {"payload": {"orderReferenceId": order}}).json()[
            "deliveries"
        ][0]["id"]

    return emit_order
