"""System notifications of the demo: some channels, and the facts of a few orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User

from notifications import services
from notifications.events import EventType, OperationalType
from notifications.models import Channel

_E = EventType
_HERE = "http://127.0.0.1"
_CHANNELS: list[tuple[str, str, list[tuple[str, list[str]]]]] = [
    (
        "Shop backend",
        "/ok",
        [
            (_E.ORDER_COMPLETED, []),
            (_E.CONTACT_CREATED, ["shop", "funnel"]),
            (_E.TRACKING_UPDATED, []),
            (_E.TRANSACTION_DECLINED, []),
        ],
    ),
    ("Customer database", "/ok", [(_E.CUSTOMER_CREATED, []), (_E.SURVEY_COMPLETED, [])]),
    ("Funnel statistics", "/ok", [(_E.ORDER_COMPLETED, ["funnel"])]),
    ("Bookkeeping (fails once, then accepts)", "/flaky/1", [(_E.TRANSACTION_APPROVED, [])]),
    ("Refund desk (refuses: retry it by hand)", "/status/400", [(_E.REFUND_APPLIED, [])]),
]


_CHAT = "Order desk's chat"
_CHAT_EVENTS = (_E.ORDER_COMPLETED, _E.TRANSACTION_DECLINED, OperationalType.DELIVERIES_FAILED)


def seed(*, receiver_url: str, signing_secret: str, by: User) -> None:
    """Make the channels that are missing and attach them; what an operator changed stays.

    Only where they send is put right, when the demo runs on another port this time.
    """
    for name, path, events in _CHANNELS:
        config = {"url": receiver_url + path}
        channel = Channel.objects.filter(name=name).first()
        if channel is None:
            secret = {"signing_secret": signing_secret}
            channel = Channel(name=name, kind="postback", config=config)
            services.save_channel(channel=channel, secret=secret, by=by)
            for event, sources in events:
                services.attach(event=event, channel=channel, sources=sources, by=by)
        elif channel.config != config and str(channel.config["url"]).startswith(_HERE):
            channel.config = {**channel.config, **config}
            services.save_channel(channel=channel, by=by)
    _keep_chat(receiver_url, by)


def _keep_chat(receiver_url: str, by: User) -> None:
    """A Mattermost that the sample receiver stands in for: it shows the message as it came."""
    secret = {"webhook": f"{receiver_url}/ok/hooks/order-desk"}
    channel = Channel.objects.filter(name=_CHAT).first()
    if channel is None:
        channel = Channel(name=_CHAT, kind="mattermost")
        services.save_channel(channel=channel, secret=secret, by=by)
        for event in _CHAT_EVENTS:
            services.attach(event=event, channel=channel, sources=[], by=by)
    elif channel.secret != secret and channel.secret.get("webhook", "").startswith(_HERE):
        services.save_channel(channel=channel, secret=secret, by=by)


_ANN = {"reference": "C-2041", "email": "ann@example.com", "name": "Ann Lindqvist"}
_NOA = {"reference": "C-2042", "email": "noa@example.com", "name": "Noa בן־דוד"}
_KIT = [{"reference": "kit-starter", "name": "Starter kit", "quantity": 2, "price": "35.50"}]
_COURSE = [{"reference": "course", "name": "Letterpress, a video course", "price": "49.00",
            "quantity": 1, "is_digital": True}]  # fmt: skip


def facts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each call's path and body: a shop order, two of funnels (one waits), and one of admin."""
    run = f"{datetime.now(UTC):%d%H%M%S}"
    for number, (kind, body) in enumerate(_stories(run)):
        yield f"facts/{kind}/", {**body, "id": f"demo-{run}-{number}"}


def _stories(run: str) -> Iterator[tuple[str, dict[str, Any]]]:
    shop = {"reference": f"SHOP-{run}", "number": f"{run}-1", "total": "71.00", "items": _KIT}
    yield "contact-saved", {"source": "shop", "contact": _ANN}
    yield "transaction", _purchase("shop", shop, "a", "declined", "71.00") | {"contact": _ANN}
    yield "transaction", _purchase("shop", shop, "b", "approved", "71.00") | {"contact": _ANN}
    tracking = {"carrier": "DHL", "tracking_number": "00340434161094"}
    yield "tracking", {"order": {"reference": shop["reference"]}, "tracking": tracking}
    funnel = {"reference": f"FUNNEL-{run}", "number": f"{run}-2", "total": "49.00",
              "items": _COURSE}  # fmt: skip
    yield "transaction", _purchase("funnel", funnel, "c", "approved", "49.00") | {"contact": _NOA}
    yield "thank-you", {"order": {"reference": funnel["reference"]}}
    waits = {"reference": f"WAITS-{run}", "number": f"{run}-3", "total": "49.00", "items": _COURSE}
    yield "transaction", _purchase("funnel", waits, "d", "approved", "49.00") | {"contact": _ANN}
    admin = {"reference": f"ADMIN-{run}", "number": f"{run}-4", "total": "35.50", "items": _KIT}
    yield "transaction", _purchase("admin", admin, "e", "approved", "35.50") | {"contact": _NOA}
    refund = {"reference": f"re-{run}", "amount": "35.50", "currency": "EUR"}
    yield "refund", {"order": {"reference": admin["reference"]}, "refund": refund}
    answers = [{"question": "Would you come again?", "answer": "Yes"}]
    survey = {"reference": "after-course", "name": "After the course", "answers": answers}
    yield "survey-completed", {"source": "funnel", "survey": survey, "contact": _NOA}


def _purchase(
    source: str, order: dict[str, Any], letter: str, status: str, amount: str
) -> dict[str, Any]:
    reference = f"tx-{order['reference']}-{letter}"
    transaction = {"reference": reference, "status": status, "amount": amount, "currency": "EUR"}
    return {"source": source, "order": order, "transaction": transaction}
