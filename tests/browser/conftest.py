"""A real browser on the operators' pages. Nothing may be loaded from another machine."""

from __future__ import annotations

import os

import factories
import pytest
from playwright.sync_api import sync_playwright

# Playwright runs an event loop in this thread; Django would refuse its database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PASSWORD = "browser-password-1"  # noqa: S105, RUF100


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def operator(transactional_db):
    return factories.operator(username="olga", password=PASSWORD)


@pytest.fixture
def open_console(chromium, live_server, operator):
    """Log in with a window of this width and theme; fails on strangers, errors and dialogs."""
    contexts, complaints = [], []

    def open_window(width=1440, theme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, base_url=live_server.url
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("requestfinished", lambda request: _note_stranger(request.url))
        page.on("requestfailed", _note_failed)
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on("dialog", lambda dialog: (complaints.append("a script ran"), dialog.dismiss()))
        page.goto("/admin/login/")
        page.fill("[name=username]", operator.username)
        page.fill("[name=password]", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_selector("h1:has-text('Overview')")
        return page

    def _note_failed(request):
        if "csp" not in request.failure.lower():  # else the browser did not even ask
            _note_stranger(request.url)

    def _note_stranger(url):
        if not url.startswith((live_server.url, "data:", "blob:")):
            complaints.append(f"loaded from elsewhere: {url}")

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []
