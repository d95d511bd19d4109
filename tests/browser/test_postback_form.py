"""The form of a postback as a person meets it."""

from __future__ import annotations

import threading

import offer_factories as make
import pytest
from django.db import connections
from django.urls import reverse
from engine_fixtures import forgetful_engine, receiver, receiver_process, run_pass  # noqa: F401

from dispatcher.engine.run import Pass
from offers.models import Postback

URL = "[name=url]"
WIRE = "[data-wire]"


@pytest.fixture
def worker(forgetful_engine):
    """Delivers what comes while a page is looked at."""
    stop = threading.Event()

    def work():
        while not stop.is_set():
            Pass(linger=0, poll=60).run()
            stop.wait(0.1)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def open_form(page, postback=None, **query):
    address = reverse("admin:offers_postback_add")
    if postback:
        address = reverse("admin:offers_postback_change", args=[postback.pk])
    page.goto(address + "".join(f"?{name}={value}" for name, value in query.items()))
    page.wait_for_function("document.querySelector('[data-state]').textContent !== '…'")


def until_wire(page, text):
    page.wait_for_function(
        "text => document.querySelector('[data-wire]').textContent.includes(text)", arg=text
    )


def is_shown(page, name):
    return page.locator(f"[name={name}]").is_visible()


def test_only_the_fields_that_apply_are_there(open_console):
    goal = make.goal(make.offer(enabled_goals=True), name="Registration")
    plain = make.offer(enabled_goals=False)
    page = open_console()

    open_form(page, offer=plain.pk)
    assert not is_shown(page, "goal")
    open_form(page, offer=goal.offer_id)
    assert is_shown(page, "goal")
    assert "Registration" in page.locator("[name=goal]").inner_text()

    shown = {}
    for kind in ("none", "basic", "basic_token", "bearer"):
        page.select_option("[name=auth_kind]", kind)
        names = ("auth_login", "password", "token")
        shown[kind] = [name for name in names if is_shown(page, name)]
    assert shown == {
        "none": [],
        "basic": ["auth_login", "password"],
        "basic_token": ["token"],
        "bearer": ["token"],
    }


def test_the_request_changes_as_one_types_and_macros_go_where_the_cursor_is(open_console):
    page = open_console()
    open_form(page, offer=make.offer().pk)

    page.fill(URL, "https://t.example/in?c=&z=1")
    until_wire(page, "GET /in?c=&z=1 HTTP/1.1")
    page.locator(URL).evaluate("field => field.setSelectionRange(23, 23)")
    page.click("[data-macro=click_id]")
    assert page.input_value(URL) == "https://t.example/in?c={click_id}&z=1"
    until_wire(page, "GET /in?c=c5f8b1e2-90ab%26x%3D1&z=1")

    page.select_option("[name=http_type]", "post_json")
    page.click("text=Add a parameter")
    page.fill("[name=params-name]", "sum")
    page.focus("[name=params-value]")
    page.click("[data-macro=payout]")
    until_wire(page, '{"sum":12.50}')
    assert page.inner_text(WIRE).startswith("POST /in")
    page.select_option("[name=auth_kind]", "bearer")
    page.fill("[name=token]", "hush-token")
    until_wire(page, "Authorization: ••••••")
    assert "hush-token" not in page.inner_text(WIRE)
    page.click("[data-row-remove]")
    until_wire(page, "\n\n{}")


def test_an_unknown_macro_is_refused_at_its_field_at_once_and_when_saved(open_console):
    page = open_console()
    open_form(page, offer=make.offer().pk)

    page.fill(URL, "https://t.example/in?c={clickid}")
    page.wait_for_selector(".field-url [data-live-problem]")
    problem = page.inner_text(".field-url [data-live-problem]")
    assert problem == "Column 24: there is no macro {clickid}. Did you mean {click_id}?"
    page.click("[name=_save]")
    page.wait_for_selector(".field-url .errorlist, .field-url :text('Did you mean {click_id}?')")
    assert Postback.objects.count() == 0
    page.fill(URL, "https://t.example/in?c={click_id}")
    until_wire(page, "GET /in?c=c5f8b1e2")
    assert page.locator("[data-live-problem]").count() == 0
    page.click("[name=_save]")
    page.wait_for_selector("#result_list")

    assert Postback.objects.get().url == "https://t.example/in?c={click_id}"


def test_a_test_shows_the_answer(open_console, receiver, worker):
    page = open_console()
    open_form(page, offer=make.offer().pk)
    page.fill(URL, f"{receiver.url}/status/503?c={{click_id}}")

    page.click("[data-test]")

    page.wait_for_selector("[data-result][data-finished]")
    words = page.inner_text("[data-test-result]")
    assert "503 Service Unavailable" in words
    assert "/status/503?c=c5f8b1e2-90ab%26x%3D1" in words
    assert " ms" in words
    [entry] = receiver.ledger()
    assert entry["path"] == "/status/503?c=c5f8b1e2-90ab%26x%3D1"
