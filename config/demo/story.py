"""A few orders and conversions, told to the service as a developer's system would: by its API."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from config.demo import shop
from config.demo.offers import AFFILIATE, OFFER
from config.demo.seed import CUSTOMER
from postbacks.events import EventType, sample_payload

LIFE = [
    EventType.ORDER_RECEIVED,
    EventType.ORDER_PRODUCED,
    EventType.ORDER_SHIPPED,
    EventType.ORDER_DELIVERED,
]
BUYERS = [("Ida", "Sørensen"), ("Noa", "בן־דוד"), ('Zoë "Zo"', "O'Neil & Sons <Ltd>")]
PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 60.0

Stopped = Callable[[], bool]


def wait_for_web(base_url: str, *, is_stopped: Stopped) -> bool:
    """Wait until the web server answers; False if it does not, or the demo is being stopped."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at and not is_stopped():
        try:
            urllib.request.urlopen(f"{base_url}/health/live", timeout=5).close()  # noqa: S310 - ours
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def tell(*, base_url: str, token: str, is_stopped: Stopped) -> int:
    """Emit every order's events, one stage after the other, then facts; how many were accepted.

    Raises OSError, with the API's own words, when it refuses one.
    """
    accepted = 0
    for event in _events():
        if is_stopped():
            break
        _post(f"{base_url}/api/v1/order-events/", token, event)
        accepted += 1
        time.sleep(PAUSE_SECONDS / len(BUYERS))
    for path, fact in shop.facts():
        if is_stopped():
            break
        _post(f"{base_url}/api/v1/{path}", token, fact)
        accepted += 1
    return accepted


def tell_conversions(*, base_url: str, token: str, is_stopped: Stopped) -> int:
    """Three conversions of the affiliate, two decided on soon after; how many calls were accepted.

    Raises OSError, with the API's own words, when it refuses one.
    """
    accepted = 0
    for conversion, after in _conversions():
        if is_stopped():
            break
        made = _post(f"{base_url}/api/v1/conversions/", token, conversion)
        accepted += 1
        if after:
            path = f"{base_url}/api/v1/conversions/{made['id']}/"
            _post(path, token, {"status": after}, method="PATCH")
            accepted += 1
    return accepted


def _conversions() -> Iterator[tuple[dict[str, object], str]]:
    moment = f"{datetime.now(UTC):%d%H%M%S}"
    for number, (goal, payout, after) in enumerate(
        [
            ("first-order", "12.50", "done"),
            ("newsletter", "0.75", ""),
            ("first-order", "9", "rejected"),
        ],
        start=1,
    ):
        conversion: dict[str, object] = {
            "offer": OFFER,
            "affiliate": AFFILIATE,
            "goal": goal,
            "status": "pending",
            "transaction_id": f"T-{moment}-{number}",
            "click_id": f"c-{uuid4().hex[:8]}",
            "sub_id1": "newsletter & blog",
            "payout": payout,
            "sale_amount": "100.00",
            "currency": "EUR",
            "country": "DE",
        }
        yield conversion, after


def _events() -> Iterator[dict[str, object]]:
    moment = datetime.now(UTC)
    orders = [
        (f"PO-{moment:%d%H%M%S}-{number}", str(uuid4()), first, last)
        for number, (first, last) in enumerate(BUYERS, start=1)
    ]
    for event_type in LIFE:
        for reference, order_id, first, last in orders:
            payload = json.loads(sample_payload(event_type))
            payload |= {"orderId": order_id, "orderReferenceId": reference}
            payload["created"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            payload["shippingAddress"] |= {"firstName": first, "lastName": last}
            yield {
                "type": event_type.value,
                "customer": CUSTOMER,
                "payload": payload,
                "id": f"{reference}-{event_type.value}",
            }


def _post(url: str, token: str, body: object, *, method: str = "POST") -> Any:
    request = urllib.request.Request(  # noqa: S310 - our own address
        url,
        method=method,
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            answer = error.read(2000).decode(errors="replace")
        raise OSError(f"The API answered {error.code}: {answer}") from None
