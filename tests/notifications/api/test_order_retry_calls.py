"""One failed notification of an order is retried over the API, by its delivery."""

from __future__ import annotations

import notification_factories as make
import pytest

from dispatcher.models import Delivery
from notifications.models import Order


@pytest.fixture
def failed(api):
    """Two failed deliveries of one order."""
    for _ in range(2):
        make.attachment("refund_applied")
    make.emit("refund_applied")
    Delivery.objects.update(state="failed", outcome="rejected")
    return Delivery.objects.order_by("pk")


def retry(api, reference="PO-1", **body):
    return api.post(f"orders/{Order.objects.get(reference=reference).pk}/retry/", body)


def test_one_is_sent_again_and_the_other_is_not(api, failed):
    answer = retry(api, delivery=str(failed[0].uid))

    assert answer.status_code == 202
    assert answer.json() == {"taken": 1}
    assert [row.state for row in failed.all()] == ["pending", "failed"]


def test_one_of_another_order_is_refused_with_the_reason(api, failed):
    make.emit("refund_applied", {"order": {"reference": "PO-2"}})

    answer = retry(api, "PO-2", delivery=str(failed[0].uid))

    assert answer.status_code == 409
    assert "cannot be retried here" in answer.json()["detail"]
    assert failed[0].state == "failed"


@pytest.mark.parametrize("body", [{"delivery": "all"}, {"deliveries": []}], ids=["id", "name"])
def test_what_is_no_delivery_retries_nothing(api, failed, body):
    assert retry(api, **body).status_code == 400
    assert not Delivery.objects.filter(state="pending").exists()
