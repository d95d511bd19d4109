"""Every page, found from the URL resolver: it fits, it breaks nothing, it shuts nobody out."""

from __future__ import annotations

import found
import ledger
import pytest
import rights
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from long_texts import lengthen
from rights import AFFILIATE, ANONYMOUS, SUPERUSER, VIEWER
from world import World

from config import roles
from dispatcher import rollups
from dispatcher.models import Destination, Tally, Transition
from dispatcher.sql import now
from postbacks.models import Customer

LOOKS = [(1440, "light"), (390, "dark")]  # between them both widths and both themes
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
GRAVE = ["serious", "critical"]
DOCS = "/api/docs/"  # written by its script, once it has the document
FURTHER = {
    "dispatcher": [
        "delivery/why/?q=PO-1", "delivery/matching/?state=failed", "delivery/?q=nothing-like-it",
    ],
    "postbacks": ["template/add/?kind=email"],
    "notifications": ["channel/add/?kind=postback", "channel/add/?kind=slack"],
}  # fmt: skip
"""Pages that are different ones when asked for something."""

APPS = ("dispatcher", "postbacks", "notifications", "offers")
PARTS = [
    pytest.param(SUPERUSER, "dispatcher", id="ledgers"),
    pytest.param(SUPERUSER, "postbacks", id="order postbacks"),
    pytest.param(SUPERUSER, "notifications", id="notifications"),
    pytest.param(SUPERUSER, "offers", id="offers"),
    pytest.param(SUPERUSER, "", id="overview, sign-in and people"),
    pytest.param(AFFILIATE, "", id="affiliates' site"),
    pytest.param(ANONYMOUS, "", id="nobody logged in"),
]

STILL = """() => {
  const still = new CSSStyleSheet();
  const nothing = "transition: none !important; animation: none !important";
  still.replaceSync(`*, ::before, ::after { ${nothing} }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
}"""
PUT_ON = "(theme) => document.documentElement.classList.toggle('dark', theme === 'dark')"
IS_WIDE = "document.documentElement.scrollWidth > window.innerWidth"
SQUEEZED = """[...document.querySelectorAll(".pb-title, h1, h2, td, dd")].filter(
  (one) => one.getClientRects().length && one.textContent.trim().length > 8
    && one.getBoundingClientRect().width < 40
).map((one) => one.outerHTML.slice(0, 200))"""
DIALOGS = "[...document.querySelectorAll('dialog')].length"
OPEN = "(at) => document.querySelectorAll('dialog')[at].showModal()"
CLOSE = "(at) => document.querySelectorAll('dialog')[at].close()"
SEARCH = """async ([place, runOnly, grave]) => {
  const options = { runOnly, resultTypes: ["violations"], iframes: false, preload: false };
  const found = await axe.run(place || document, options);
  return found.violations.filter((one) => grave.includes(one.impact));
}"""


@pytest.fixture
def world(transactional_db):
    """One of everything, with texts as long as they may be and figures to draw."""
    roles.keep()  # a test before may have emptied the tables
    world = World()
    customer = Customer.objects.earliest("pk")
    delivery = ledger.delivery(5, state="failed", attempts=2, customer=customer)
    minute = now().replace(second=0, microsecond=0)
    Tally.objects.create(grain=0, scope="all", starts_at=minute, attempts=1, failed={"rejected": 1})
    rollups.fold()
    Transition.objects.create(
        destination=Destination.objects.get(pk=delivery.destination_id),
        kind="opened", reason="Timed out", at=now(),
    )  # fmt: skip
    lengthen()
    return world


@pytest.fixture
def browse(chromium, live_server, world):
    """A window logged in as somebody of this role, and what was wrong with its pages."""
    contexts = []

    def open_window(role):
        context = chromium.new_context(
            viewport={"width": 1440, "height": 900}, base_url=live_server.url
        )
        contexts.append(context)
        key = world.client(role).cookies.get(settings.SESSION_COOKIE_NAME)
        if key:
            context.add_cookies([{"name": key.key, "value": key.value, "url": live_server.url}])
        page, wrong = context.new_page(), []
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(f"{page.url} script error: {error}"))
        page.on("console", lambda line: note_console(page, wrong, line))
        return page, wrong

    yield open_window
    for context in contexts:
        context.close()


def note_console(page, wrong, line):
    is_answer = "the server responded with a status of 404" in line.text  # of the page itself
    if line.type == "error" and not is_answer:
        wrong.append(f"{page.url} says in the console: {line.text}")


def pages_of(world, role, area=None):
    """Addresses of what this role may open and is a page by itself, in this app's part."""
    client = world.client(role)
    addresses = [
        page.address(world.part(page, role))
        for page in found.pages()
        if role in rights.may_open(page).get and (area is None or is_in(page, role, area))
    ]
    addresses += [f"/admin/{area}/{rest}" for rest in FURTHER.get(area, [])]
    addresses += ["/nowhere/"] if role == ANONYMOUS else []
    return [one for one in dict.fromkeys(addresses) if is_page(client.get(one))]


def is_in(page, role, area):
    """Whether the page belongs to this part: each is looked at by one person only."""
    if role == ANONYMOUS:
        return area == "" and (page.key in {"admin:login", "docs"} or is_for_affiliates(page))
    if role == AFFILIATE:
        return is_for_affiliates(page)
    app = page.route.removeprefix("admin/").partition("/")[0]
    is_further = page.route.startswith("admin/") and app not in APPS and page.key != "admin:login"
    return app == area or (area == "" and is_further)


def is_for_affiliates(page):
    return page.key.startswith("affiliates:")


def is_page(answer):
    is_html = "html" in answer.headers.get("Content-Type", "")
    return is_html and answer.status_code in {200, 404} and b"<html" in answer.content


@pytest.mark.parametrize(("role", "area"), PARTS)
def test_pages_fit_their_window_and_shut_nobody_out(world, browse, role, area):
    addresses = pages_of(world, role, area)
    page, wrong = browse(role)

    for address in addresses:
        page.goto(address)
        if address == DOCS:
            page.wait_for_selector(".opblock")
        page.evaluate(STILL)
        for width, theme in LOOKS:
            look_at(page, width, theme)
            wrong += problems(page, address, width, theme)

    assert addresses
    assert not wrong, "\n".join(wrong)


def look_at(page, width, theme):
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(PUT_ON, theme)


def problems(page, address, width, theme):
    """What is wrong with the page as it looks now, its dialogs included, a line for each."""
    where = f"{address} at {width} px, {theme}"
    if page.evaluate(IS_WIDE):
        yield f"{where}: it is wider than its window; let its content wrap or scroll"
    for squeezed in page.evaluate(SQUEEZED):
        yield f"{where}: there is no room for {squeezed}; let it wrap or have a line of its own"
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    yield from violations(page, where)
    for at in range(page.evaluate(DIALOGS)):
        page.evaluate(OPEN, at)
        yield from violations(page, f"{where}, dialog {at + 1}", "dialog[open]")
        page.evaluate(CLOSE, at)


def violations(page, where, place=None):
    """Axe answers with the page's grave faults only; the rest of its report is never sent."""
    for one in page.evaluate(SEARCH, [place, RULES, GRAVE]):
        for node in one["nodes"]:
            yield f"{where}: {one['id']}: {node['html'][:300]}\n  {node['failureSummary']}"


def test_pages_that_only_show_have_no_script_errors(world, browse):
    page, wrong = browse(VIEWER)
    addresses = pages_of(world, VIEWER)

    for address in addresses:
        page.goto(address)

    assert len(addresses) > 50
    assert not wrong, "\n".join(wrong)
