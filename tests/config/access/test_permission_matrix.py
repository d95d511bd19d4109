"""Role by page, by action and by call, all found from the service itself: who may, who may not."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from urllib.parse import urljoin

import api_rights
import found
import pytest
import rights
from django.contrib import admin
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, resolve, reverse
from world import World, is_refused, undone

from config.api import document
from dispatcher.models import ApiToken

POSTED = {
    "delete": {"post": "yes"},
    "admin:dispatcher_purge_erase": {"kind": "customer", "name": "nobody"},
}
NOTHING_TO_DO = {"notifications.order.retry_selected"}  # no order here has anything to try again
QUERIES = {
    "admin:autocomplete": "?app_label=dispatcher&model_name=delivery&field_name=rule",
    "admin:app_list": "",
}


@pytest.fixture
def world(db):
    return World()


@pytest.fixture(autouse=True)
def without_limits(settings):
    settings.ANONYMOUS_RATE = settings.READ_RATE = settings.EMIT_RATE = ""


@pytest.fixture
def unrendered(monkeypatch):
    """Who may is decided before a page is written."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


def address_of(world, page, role):
    query = QUERIES.get(page.key, "")
    if page.key.endswith("_goals") or page.key == "affiliates:goals":
        query = f"?offer={world.own['offer'].pk}"
    return page.address(world.part(page, role)) + query


def test_somebody_has_decided_on_every_page_action_and_call():
    undecided = []
    for page in found.pages():
        try:
            rights.may_open(page)
        except KeyError:
            undecided.append(f"page {page.key} {page.route}")
    for label, action in found.actions():
        try:
            rights.may_do(label, action)
        except KeyError:
            undecided.append(f"action {label}.{action}")
    for method, call in found.calls():
        try:
            api_rights.may_call(method, call.name)
        except KeyError:
            undecided.append(f"call {method} {call.name}")

    assert undecided == []


@pytest.mark.parametrize("role", rights.ROLES)
def test_a_page_opens_for_whom_it_may(world, unrendered, role):
    wrong = []
    for page in found.pages():
        with undone() as written:
            answer = world.client(role).get(address_of(world, page, role))
        may = role in rights.may_open(page).get
        if may == is_refused(answer) or (written and not may):
            wrong.append((page.key, answer.status_code, written))

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", rights.ROLES)
def test_what_is_sent_to_a_page_changes_something_only_for_whom_it_may(world, unrendered, role):
    wrong = []
    for page in found.pages():
        may = rights.may_open(page)
        data = POSTED.get(page.kind or page.key, {})
        with undone() as written:
            answer = world.client(role).post(address_of(world, page, role), data)
        if may.post == rights.READS:
            is_wrong = written or (role not in may.get and not is_refused(answer))
        elif role in may.post:
            is_wrong = is_refused(answer)
        else:
            is_wrong = written or not is_refused(answer)
        if is_wrong:
            wrong.append((page.key, answer.status_code, written))

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", rights.ROLES)
def test_an_action_is_done_only_for_whom_it_may(world, unrendered, role):
    wrong = []
    for label, action in found.actions():
        model = next(one for one in admin.site._registry if one._meta.label_lower == label)
        address = reverse(f"admin:{label.replace('.', '_')}_changelist")
        chosen = list(model._default_manager.values_list("pk", flat=True))
        if label in {"auth.user", "auth.group", "dispatcher.apitoken"}:
            chosen = [world.row(label, role)]
        data = {"action": action, "_selected_action": chosen, "post": "yes"}
        with undone() as written:
            answer = world.client(role).post(address, data)
        may = role in rights.may_do(label, action)
        is_idle = f"{label}.{action}" in NOTHING_TO_DO and may and not is_refused(answer)
        if bool(written) != may and not is_idle:
            wrong.append((label, action, answer.status_code, written))

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", rights.ROLES)
def test_a_call_is_answered_only_for_whom_it_may(world, role):
    headers = token_of(world, role)
    wrong = []
    for method, call in found.calls():
        may = role in api_rights.may_call(method, call.name)
        with undone() as written:
            answer = world.client(rights.ANONYMOUS).generic(
                method, call.address(world.call_part(call)), b"{}", "application/json",
                headers=headers,
            )  # fmt: skip
        if may == is_refused(answer) or (written and not may):
            wrong.append((method, call.name, answer.status_code, written))

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", sorted(rights.LOOKS))
def test_a_token_that_emits_sends_again_only_while_its_owner_may(world, role):
    _, token = ApiToken.objects.create_key(name="own", owner=world.people[role], scopes=["emit"])
    calls = [one for one in found.calls() if one[1].name in api_rights.BY_EMITTING]
    assert len(calls) == len(api_rights.BY_EMITTING)

    for method, call in calls:
        may = role in api_rights.may_call(method, call.name)
        with undone() as written:
            answer = world.client(rights.ANONYMOUS).generic(
                method, call.address(world.call_part(call)), b"{}", "application/json",
                headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip
        assert may != is_refused(answer), (call.name, answer.status_code)
        assert may or not written


def token_of(world, role):
    """The header that a person of this role calls with."""
    if role == rights.ANONYMOUS:
        return {}
    affiliate = world.own["affiliate"]
    own = {"scopes": ["emit", "read", "configure"], "restricted_to": affiliate.owner}
    if role != rights.AFFILIATE:
        emits = {"emit"} & api_rights.TOKENS[role]
        own = {"scopes": ["read", "configure", *emits]}  # two are looked at again at each call
    _, token = ApiToken.objects.create_key(name="own", owner=world.people[role], **own)
    return {"Authorization": f"Bearer {token}"}


def test_the_document_of_the_api_names_the_same_calls():
    named = {
        (method.upper(), path.replace("{", "<").replace("}", ">"))
        for path, methods in json.loads(document())["paths"].items()
        for method in methods
        if method in found.METHODS
    }

    there = {(method, call.address(lambda name: f"<{name}>")) for method, call in found.calls()}

    assert named == there


class Offered(HTMLParser):
    """What a page offers: what can be filled in or pressed in forms sent by POST, and links."""

    def __init__(self):
        super().__init__()
        self.sent, self.links, self._form = [], [], None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        kind = given.get("type", "submit" if tag == "button" else "")
        if tag == "form":
            is_post = (given.get("method") or "").lower() == "post"
            self._form = (given.get("action") or "?") if is_post else None
        is_for_use = tag in {"button", "input", "select", "textarea"} and "disabled" not in given
        form = "?" if given.get("form") else self._form  # of a form elsewhere on the page
        if form and is_for_use and kind not in {"hidden", "button"}:
            self.sent.append((form, tag, given.get("name")))
        if "formaction" in given or "hx-post" in given:
            self.sent.append((given.get("formaction") or given.get("hx-post"), tag, ""))
        if tag == "a" and (given.get("href") or "").startswith("/"):
            self.links.append(given["href"].partition("?")[0].partition("#")[0])

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None


TRIED_OUT = {"admin:notifications_systemevent_message": "textarea, input and select for a preview"}
ONES_OWN = {"admin:login", "admin:password_change", "signin:setup", "signin:challenge"}


def viewed(world):
    """Each page that a viewer may open: it, its address, its text."""
    client = world.client(rights.VIEWER)
    for page in found.pages():
        if rights.VIEWER in rights.may_open(page).get and page.route.startswith(found.ADMIN):
            with undone():
                place = address_of(world, page, rights.VIEWER)
                answer = client.get(place)
            if "html" in answer.get("Content-Type", "") and answer.content:
                yield page, place, answer.content.decode()


def test_a_viewer_sees_no_secret_and_is_offered_nothing_that_is_refused(world):
    wrong, seen = [], 0
    for page, place, text in viewed(world):
        seen += 1
        offered = Offered()
        offered.feed(text)
        wrong += [(page.key, "shows a secret") for secret in world.secrets if secret in text]
        if page.key not in ONES_OWN:
            wrong += [
                (page.key, "offers", address, tag, name)
                for address, tag, name in offered.sent
                if not may_send(urljoin(place, address))
                and not (page.key in TRIED_OUT and tag in TRIED_OUT[page.key])
            ]
        wrong += [
            (page.key, "leads to", one) for one in set(offered.links) if not leads_somewhere(one)
        ]

    assert not wrong, "\n".join(map(str, wrong))
    assert seen > 30


def may_send(address):
    """Whether a viewer may send something there, by the table."""
    try:
        name = resolve(address.partition("?")[0]).view_name
    except Resolver404:
        return False
    pages = [page for page in found.pages() if page.name == name]
    return any(rights.VIEWER in rights.may_open(page).post for page in pages)


def leads_somewhere(link):
    """Whether a viewer may follow this link, by the table."""
    if link.startswith(("/static/", "/health")):
        return True
    try:
        name = resolve(link).view_name
    except Resolver404:
        return False
    pages = [page for page in found.pages() if page.name == name]
    return any(rights.VIEWER in rights.may_open(page).get for page in pages)
