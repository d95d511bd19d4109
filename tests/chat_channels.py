"""A channel of each chat service, complete and with secrets, and its deliveries."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import UUID

from dispatcher import transports
from dispatcher.chat import SERVICES
from dispatcher.engine.routes import compile_credentials
from dispatcher.rendering import Template, renderer
from dispatcher.retries import RetryPolicy
from dispatcher.work import CompiledRoute, Work
from notifications import kinds
from notifications.contracts import Message

TOKEN = "123456789:AAFsecretsecretsecretsecretsecretse"
WEBHOOKS = {
    "slack": "https://hooks.slack.com/services/T0AAA/B0BBB/secretslacksecretslack12",
    "teams": "https://prod-12.westeurope.logic.azure.com:443/workflows/abc/triggers/manual"
    "/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=secretteams",
    "discord": "https://discord.com/api/webhooks/1234567890/secretdiscord",
    "mattermost": "https://chat.example.com/hooks/secretmattermostsecret1234",
    "rocketchat": "https://chat.example.com/hooks/64fa/secretrocket",
    "google_chat": "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=K&token=secretgoogle",
}
CHANNELS = {name: ({}, {"webhook": url}) for name, url in WEBHOOKS.items()} | {
    "telegram": ({"chat_id": "-1001234567890"}, {"bot_token": TOKEN}),
    "ntfy": ({"topic": "orders", "priority": "4"}, {"token": "tk_secretntfy"}),
    "gotify": ({"server": "https://push.example.com"}, {"token": "secretgotify"}),
}
assert CHANNELS.keys() == SERVICES.keys()

TITLE = "Order {{ order }} completed"
TEXT = "Customer: {{ name }}\nhttps://postbacks.example.com/orders?reference={{ order }}"


def work_for(name, *, payload='{"order": 1001, "name": "Ann"}', title=TITLE, text=TEXT, deadline=5):
    """A delivery to a channel of this kind, rendered and frozen, as the engine has it in hand."""
    config, secret = CHANNELS[name]
    compiled = kinds.kind(name).compile(
        config, secret, event="order_completed", message=Message(title=title, text=text)
    )
    templates = tuple(
        Template(part["format"], part["source"]) for part in compiled.spec["templates"]
    )
    route = CompiledRoute(1, "chat", dict(compiled.spec), RetryPolicy(), deadline, templates)
    transport = transports.transport("chat")
    job = transport.job(route, payload=payload, owner="")
    return Work(
        id=1, uid=UUID(int=7), route_id=1, rule_id=1, rule_version=1, destination_id=None,
        attempts_made=0, round_start=0, claims=1, fence=1, created_at=datetime.now(UTC), owner="",
        payload=payload, request=transport.freeze(route, renderer().render(job)),
        lease_ends=time.monotonic() + 60, route=route,
        credentials=compile_credentials(dict(compiled.credentials)),
    )  # fmt: skip


def send(work):
    return transports.transport("chat").send(work)
