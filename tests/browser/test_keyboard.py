"""Without a mouse: every stop can be seen, what opens keeps the focus and gives it back."""

from __future__ import annotations

import ledger
import pytest
from conftest import PASSWORD

TEXT = (
    "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '')"
)
HTML = "document.activeElement.outerHTML.slice(0, 300)"
IS_MARKED = """() => {
  const look = getComputedStyle(document.activeElement);
  const hasOutline = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0;
  return hasOutline || look.boxShadow !== "none";
}"""


@pytest.fixture
def open_login(chromium, live_server, operator):
    """The log-in page in a window of this width, where only keys are pressed."""
    contexts = []

    def open_window(width=1440):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, base_url=live_server.url
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/admin/login/")
        return page

    yield open_window
    for context in contexts:
        context.close()


def log_in(page):
    """The cursor waits in the first field."""
    page.wait_for_function("document.activeElement.name === 'username'")
    page.keyboard.type("olga")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Overview')")


def go_to(page, text, key="Tab"):
    """Press Tab until the stop with this text has the focus; each stop on the way is marked."""
    for _ in range(80):
        page.keyboard.press(key)
        found = page.evaluate(TEXT)
        assert page.evaluate(IS_MARKED), f"The focus cannot be seen: {page.evaluate(HTML)}"
        if text in found:
            return
    raise AssertionError(f"{text!r} cannot be reached by Tab")


def is_in(page, selector):
    return page.evaluate("(selector) => !!document.activeElement.closest(selector)", selector)


def test_a_failed_delivery_is_found_and_sent_again(open_login):
    ledger.trigger(name="Tell the shop")
    ledger.delivery(1)
    failed = ledger.delivery(2, state="failed")
    page = open_login()
    log_in(page)

    go_to(page, "To the content")
    go_to(page, "Deliveries")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Deliveries')")
    go_to(page, "To the content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert is_in(page, "#content")
    go_to(page, "Order shipped")  # the newest is the first
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Failed')")
    go_to(page, "Resend as sent")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    for _ in range(6):
        page.keyboard.press("Tab")
        assert is_in(page, "dialog[open], body:not(:focus-within)")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert "Resend as sent" in page.evaluate(TEXT)
    failed.refresh_from_db()
    assert failed.state == "failed"
    page.keyboard.press("Enter")
    go_to(page, "Resend")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=It is being sent again.")

    failed.refresh_from_db()
    assert failed.state == "pending"


def test_filters_open_keep_the_focus_and_give_it_back(open_login):
    ledger.trigger()
    ledger.delivery(1)
    page = open_login()
    log_in(page)
    page.goto("/admin/dispatcher/delivery/")

    go_to(page, "Filters")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('#changelist-filter')")
    for _ in range(40):
        page.keyboard.press("Tab")
        assert is_in(page, "#changelist-filter")
    page.keyboard.press("Escape")

    page.wait_for_selector("#changelist-filter", state="hidden")
    assert "Filters" in page.evaluate(TEXT)


def test_one_can_change_to_dark_and_log_out(open_login):
    page = open_login()
    log_in(page)

    go_to(page, "olga")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('nav[x-show]')")
    go_to(page, "Dark")
    page.keyboard.press("Enter")
    page.wait_for_selector("html.dark")
    go_to(page, "Log out")
    page.keyboard.press("Enter")

    page.wait_for_selector("text=Logged out")


def test_on_a_phone_the_navigation_opens_and_closes(open_login):
    page = open_login(width=390)
    log_in(page)

    go_to(page, "Menu")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('#nav-sidebar')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#nav-sidebar", state="hidden")
    assert page.evaluate(TEXT) == "Menu"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('#nav-sidebar')")
    go_to(page, "Customers")
    page.keyboard.press("Enter")

    page.wait_for_selector("h1:has-text('Customers')")
