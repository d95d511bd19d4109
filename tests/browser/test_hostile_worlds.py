"""The same on every page of offers, of notifications, and of the affiliates' own site."""

from __future__ import annotations

import found
import pytest
import rights
from django.apps import apps
from django.conf import settings
from django.db import models
from rights import AFFILIATE, SUPERUSER
from test_hostile_texts import EVIL, INJECTED, hand_over, is_page
from world import World

from config import roles
from dispatcher.fields import EncryptedTextField
from dispatcher.models import Attempt, Delivery, Event, Request, Rule

CODES = {"kind", "fingerprint", "currency", "country"}
"""Not what somebody writes, but one of a few words that the service knows or has made."""
NAMED = {"status", "source", "event", "type", "kind", "verb", *CODES}


@pytest.fixture
def world(transactional_db):
    roles.keep()  # a test before may have emptied the tables
    world = World()
    for app in ("offers", "notifications"):
        for model in apps.get_app_config(app).get_models():
            for row in model._default_manager.all():
                spoil(row)
    Rule.objects.update(name=EVIL)
    Event.objects.update(subject=EVIL)
    Attempt.objects.update(body=EVIL, error=EVIL)
    Request.objects.update(body=EVIL)
    return world


def spoil(row):
    """Every text in this row that somebody may have written is hostile, in documents too."""
    new = {}
    for field in row._meta.fields:
        value = getattr(row, field.attname)
        is_text = isinstance(field, (models.CharField, models.TextField))
        if isinstance(field, EncryptedTextField) or field.choices or field.name in CODES:
            continue
        if isinstance(field, models.JSONField):
            new[field.name] = spoilt(value)
        elif is_text and "history" not in field.name:
            new[field.name] = f"{row.pk}{EVIL}"[: field.max_length]
    if new:
        type(row)._base_manager.filter(pk=row.pk).update(**new)


def spoilt(value):
    if isinstance(value, dict):
        return {key: one if key in NAMED else spoilt(one) for key, one in value.items()}
    if isinstance(value, list):
        return [spoilt(one) for one in value]
    return EVIL if isinstance(value, str) and value else value


def served_to(world, role, area):
    """Address → answer of each page of this part that this role may open."""
    client = world.client(role)
    pages = [
        one
        for one in found.pages()
        if one.route.startswith(area) and role in rights.may_open(one).get
    ]
    addresses = {page.address(world.part(page, role)) for page in pages}
    if role == SUPERUSER:
        deliveries = Delivery.objects.values_list("pk", flat=True)
        addresses |= {f"/admin/dispatcher/delivery/{pk}/change/" for pk in deliveries}
    answers = {address: client.get(address) for address in sorted(addresses)}
    return {address: answer for address, answer in answers.items() if is_page(answer)}


@pytest.mark.parametrize(
    ("role", "area", "at_least"),
    [
        (SUPERUSER, "admin/offers/", 35),
        (SUPERUSER, "admin/notifications/", 18),
        (AFFILIATE, "affiliates/", 12),
    ],
    ids=["offers", "notifications", "the affiliates' site"],
)
def test_nothing_hostile_becomes_markup(chromium, live_server, world, role, area, at_least):
    served = served_to(world, role, area)
    context = chromium.new_context(base_url=live_server.url)
    key = world.client(role).cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": key.key, "value": key.value, "url": live_server.url}])
    page, dialogs = context.new_page(), []
    page.on("dialog", lambda dialog: (dialogs.append(page.url), dialog.dismiss()))
    hand_over(page, served)

    for address in served:
        page.goto(address)
        assert page.locator(INJECTED).count() == 0, address
    context.close()

    assert dialogs == []
    assert len(served) >= at_least
    assert any(b"&lt;img src=x" in answer.content for answer in served.values())
