"""The affiliates' site as an affiliate meets it."""

from __future__ import annotations

import offer_factories as make
import pytest
import requests
from api_client import Api
from engine_fixtures import forgetful_engine, receiver, receiver_process, run_pass  # noqa: F401

PASSWORD = "affiliate-password-1"  # noqa: S105, RUF100


@pytest.fixture
def mine(transactional_db):
    return make.affiliate(name="Nordlicht Media", requires_approval=True)


@pytest.fixture
def anna(mine):
    return make.affiliate_user(mine, username="anna", password=PASSWORD)


@pytest.fixture
def open_site(chromium, live_server, anna):
    """Log in with a window of this width and theme; fails on strangers, errors and dialogs."""
    contexts, complaints = [], []

    def open_window(width=1440, theme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, base_url=live_server.url
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda request: note(request.url))
        page.on("console", lambda line: line.type == "error" and note_error(line.text))
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on("dialog", lambda dialog: (complaints.append("a script ran"), dialog.dismiss()))
        page.goto("/affiliates/")
        page.fill("[name=username]", "anna")
        page.fill("[name=password]", PASSWORD)
        page.click("button:has-text('Log in')")
        page.wait_for_selector("nav[aria-label=Pages]", state="attached")
        return page

    def note(url):
        if not url.startswith((live_server.url, "data:")):
            complaints.append(f"loaded from elsewhere: {url}")

    def note_error(text):
        if "404" not in text:  # what a page that is not there is answered with
            complaints.append(f"console: {text}")

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def test_from_the_first_callback_to_the_first_conversion(
    open_site, open_console, live_server, receiver, run_pass, mine, operator
):
    offer = make.offer(name="Coffee", enabled_goals=True)
    make.goal(offer, name="Lead", is_default=True)
    goal = make.goal(offer, name="First purchase")
    page = open_site()

    write_a_postback(page, offer, goal, url=f"{receiver.url}/ok?cid=")
    try_it(page, run_pass)
    submit(page)
    approve(open_console())
    see_that_it_is_live(page)
    report_a_conversion(live_server.url, operator, goal, mine, "ORD-1", click_id="click 77")
    run_pass()

    open_the_call_of(page, "ORD-1", path="/ok?cid=click%2077")
    page.wait_for_selector("h2:has-text('Delivered')")
    assert page.locator("text=200 OK").is_visible()
    assert page.locator("pre:has-text('status')").first.is_visible()


def write_a_postback(page, offer, goal, *, url):
    """From the offer to a form filled in, which shows what will be called; a macro is clicked."""
    page.click("nav a:has-text('Offers')")
    page.click(f"text={offer.name}")
    page.click("text=New postback")
    page.select_option("[name=goal]", label=goal.name)
    page.fill("[name=url]", url)
    page.click("[data-macro=click_id]")
    page.wait_for_selector("[data-wire]:has-text('/ok?cid=c5f8b1e2-90ab%26x%3D1')")


def try_it(page, run_pass):
    """Send what the form holds, and read the receiver's answer."""
    page.click("text=Test: send it now")
    page.wait_for_selector("[data-result]:has-text('On its way')")
    run_pass()
    page.wait_for_selector("[data-result]:has-text('200 OK')")


def submit(page):
    page.click("text=Submit for approval")
    page.wait_for_selector("text=It waits for approval: nothing is sent before.")


def approve(console):
    """What the operator does with what waits: from the list's note to the dialog's button."""
    console.goto("/admin/offers/postback/")
    console.click("text=1 postback waits for approval. >> text=Look at it")
    console.click("#result_list tbody a")
    console.wait_for_selector("h1:has-text('Waiting for approval')")
    console.click("[data-dialog=approve]")
    console.click("dialog[open] .pb-primary")
    console.wait_for_selector("text=Approved: it is live now.")


def see_that_it_is_live(page):
    page.click("nav a:has-text('Postbacks')")
    page.wait_for_selector("td:has-text('Live')")


def report_a_conversion(site, operator, goal, affiliate, transaction_id, **values):
    """As the operators' own system does it, by HTTP."""
    token = Api("emit", "configure", owner=operator).token
    answer = requests.post(
        f"{site}/api/v1/conversions/",
        json={
            "offer": goal.offer.reference_id,
            "affiliate": affiliate.reference_id,
            "goal": goal.reference_id,
            "status": "done",
            "transaction_id": transaction_id,
            **values,
        },
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.status_code == 201, answer.text


def open_the_call_of(page, transaction_id, *, path):
    """From the list of conversions to the delivery that told of this one."""
    page.click("nav a:has-text('Conversions')")
    page.click(f"text={transaction_id}")
    page.click(f".pb-rows >> text={path}")


def test_a_failed_call_is_sent_again_and_the_page_shows_it_by_itself(
    open_site, receiver, run_pass, mine
):
    postback = make.postback(affiliate=mine, offer=None, url=f"{receiver.url}/status/302")
    make.conversion(affiliate=mine)
    run_pass()
    page = open_site()
    page.click("nav a:has-text('Deliveries')")
    page.click("tbody a")
    page.wait_for_selector("h2:has-text('Failed')")

    page.click("text=Send again")
    page.click("dialog[open] button:has-text('Send again')")
    page.wait_for_selector("text=It is being sent again.")
    run_pass()

    page.wait_for_selector("text=Attempt 2")
    assert postback.pk


def test_the_form_shows_the_fields_that_apply(open_site, mine):
    offer = make.offer(name="Coffee", enabled_goals=True)
    make.goal(offer, name="Lead")
    page = open_site()
    page.goto("/affiliates/postbacks/new/")

    assert page.locator("[name=goal]").is_hidden()
    assert page.locator("[name=password]").is_hidden()
    page.select_option("[name=offer]", label="Coffee")
    page.wait_for_selector("[name=goal]")
    page.select_option("[name=auth_kind]", "basic")
    page.wait_for_selector("[name=password]")
    page.fill("[name=url]", "https://mine.example/{clik_id}")
    page.wait_for_selector(".of-problem:has-text('click_id')")


def test_somebody_gets_everywhere_by_keyboard_alone(open_site, mine):
    make.offer(name="Coffee")
    page = open_site()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").endswith("Offers")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Offers')")
    page.locator("a:has-text('Coffee')").focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_on_a_phone_the_menu_opens_and_closes(open_site):
    page = open_site(width=390)
    link = page.locator("nav a:has-text('Postbacks')")

    assert link.is_hidden()
    page.click("[data-menu]")
    assert link.is_visible()
    page.keyboard.press("Escape")
    assert link.is_hidden()


def test_dark_or_light_is_remembered(open_site):
    page = open_site()

    page.click("[data-theme]")
    page.goto("/affiliates/offers/")

    assert page.evaluate("document.documentElement.classList.contains('dark')")
