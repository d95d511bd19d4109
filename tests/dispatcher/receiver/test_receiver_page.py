"""The page shows what arrives, as it arrives."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect, sync_playwright
from receiver_client import SECRET, read_until
from standardwebhooks import Webhook

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, receiver):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.goto(receiver.url)
    expect(page.locator(".dot.live")).to_be_visible()
    yield page
    page.close()
    assert problems == []


def test_an_empty_page_says_what_to_do(page, receiver):
    expect(page.get_by_role("heading", name="Nothing has arrived yet")).to_be_visible()
    expect(page.locator("#example")).to_contain_text(f"{receiver.url}/ok/printshop")
    expect(page.locator("#paths")).to_contain_text("/flaky/3")


def test_a_delivery_appears_by_itself(page, client):
    body = '{"orderId": 12345678901234567890, "items": []}'
    at = datetime.now(tz=UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", at, body),
    }

    client.send("/flaky/1/printshop", body=body, headers=headers)
    client.send("/flaky/1/printshop", body=body, headers=headers)

    detail = page.locator("#detail")
    expect(page.locator(".row")).to_have_count(2)
    expect(detail.locator("h2")).to_have_text("POST /flaky/1/printshop")
    expect(detail).to_contain_text("Attempt 2")
    expect(detail).to_contain_text("Signature not checked")
    expect(detail.locator(".headers")).to_contain_text("webhook-id")
    expect(detail.locator(".body")).to_contain_text('  "orderId": 12345678901234567890,')


def test_a_secret_typed_in_gives_verdicts(page, client):
    at = datetime.now(tz=UTC)
    signature = Webhook(SECRET).sign("msg_1", at, "{}")
    client.send(
        "/ok",
        headers={
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        },
    )

    page.get_by_label("Signing secret").fill(SECRET)
    page.get_by_role("button", name="Check signatures").click()

    expect(page.locator(".row")).to_contain_text("Signature valid")
    expect(page.get_by_label("Signing secret")).to_have_value("")
    assert SECRET not in page.content()


def test_what_was_received_is_never_markup(page, client):
    client.send("/ok", body=json.dumps({"a": HOSTILE}), headers={"X-Odd": HOSTILE})
    client.send("/ok", body=HOSTILE)

    expect(page.locator("#detail .body")).to_have_text(HOSTILE)
    assert page.locator("img").count() == 0
    assert page.title() == "Sample receiver"


def test_xml_is_laid_out(page, client):
    client.send("/ok", body="<order><id>1</id><items/></order>")

    expect(page.locator("#detail .body")).to_have_text(
        "<order>\n  <id>1</id>\n  <items/>\n</order>", use_inner_text=True
    )


def test_clearing_empties_the_page(page, client):
    client.send("/ok")
    expect(page.locator(".row")).to_have_count(1)

    page.get_by_role("button", name="Clear").click()

    expect(page.get_by_role("heading", name="Nothing has arrived yet")).to_be_visible()


def test_a_paused_page_catches_up(page, client):
    client.send("/ok/first")
    expect(page.locator(".row")).to_have_count(1)

    page.get_by_role("button", name="Pause").click()
    client.send("/ok/second")
    page.wait_for_timeout(300)
    shown_while_paused = page.locator(".row").count()
    page.get_by_role("button", name="Resume").click()

    assert shown_while_paused == 1
    expect(page.locator(".row")).to_have_count(2)


def test_a_narrow_page_opens_a_request_in_its_place(page, client):
    page.set_viewport_size({"width": 390, "height": 844})
    client.send("/ok/" + "long" * 50, body="x" * 500)

    page.locator(".row").click()

    expect(page.locator("li #detail .body")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_flood_is_shown_in_parts(client, receiver):
    connection = client.connection()
    with client.connect() as events:
        events.sendall(b"GET /events HTTP/1.1\r\nHost: r\r\n\r\n")
        read_until(events, b"event: start")
        for _ in range(400):
            connection.request("POST", "/ok", b"{}")
            connection.getresponse().read()

        received = read_until(events, b'"requests": 400')

    connection.close()
    assert received.count(b"event: requests") < 100


def test_the_page_may_run_nothing_but_its_own_script(client):
    response = client.send("/", method="GET", body=None)

    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
