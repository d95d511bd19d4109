"""In order per conversion, with several worker processes as they run in earnest."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

import offer_factories as make
from worker_fixtures import workers  # noqa: F401

from dispatcher.models import Route
from offers import services

CONVERSIONS = 4


def test_rejected_never_overtakes_done_although_the_first_attempt_fails(receiver, workers):  # noqa: F811, RUF100
    postback = make.postback(
        url=f"{receiver.url}/flaky/1?t={{transaction_id}}&s={{status}}", http_type="post_form"
    )
    Route.objects.update(retry_policy={"delays": [0.5]})
    items = [
        make.item(
            offer=postback.offer,
            affiliate=postback.affiliate,
            transaction_id=f"T-{n}",
            status="done",
        )
        for n in range(CONVERSIONS)
    ]
    workers(3)

    created = services.create_conversions(items=items)
    for one in created:
        services.change_status(conversion=one.conversion, status="rejected")

    ledger = receiver.wait_for(CONVERSIONS * 2 * 2, seconds=60)
    came = defaultdict(list)
    for request in ledger:
        query = parse_qs(urlsplit(request["path"]).query)
        came[query["t"][0]].append((query["s"][0], request["status"]))
    expected = [(status, code) for status in ("done", "rejected") for code in (503, 200)]
    assert dict(came) == {f"T-{n}": expected for n in range(CONVERSIONS)}
