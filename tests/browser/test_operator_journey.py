"""An operator who has only the guide: from a customer to what arrives, by request and by e-mail."""

from __future__ import annotations

import json
import urllib.request

import api_client
import mail_server
import pytest
from django.urls import reverse

from dispatcher.engine import engine as engine_module
from dispatcher.engine.breaker import Breakers
from dispatcher.engine.routes import RouteCache
from dispatcher.engine.run import Pass
from dispatcher.receiver import ReceiverProcess
from dispatcher.transports import transport
from postbacks.models import OutgoingServer, Template, Trigger

EDITOR = "[data-part={}] .cm-content"


@pytest.fixture(scope="module")
def receiver_process():
    with ReceiverProcess() as process:
        yield process


@pytest.fixture
def engine(settings):
    """The worker's state of this process, as a worker that has just started has it."""
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    engine = engine_module.engine()
    engine.routes, engine.breakers = RouteCache(), Breakers()
    engine.lanes._lanes.clear()
    yield engine
    for name, held in (("http", "client"), ("email", "mailer")):
        opened = vars(transport(name)).pop(held, None)
        if opened is not None:
            opened.close()
    engine.withdraw()
    engine.finished.clear()
    engine.rendered.clear()


@pytest.fixture
def receiver(receiver_process, engine):
    receiver_process.clear()
    return receiver_process


@pytest.fixture
def smtp(engine):
    running = mail_server.start()
    yield running
    running.controller.stop()


@pytest.fixture
def emit(live_server):
    """Report an event as a developer's system does: over HTTP, with a token."""
    token = api_client.Api("emit").token

    def post(event):
        request = urllib.request.Request(
            f"{live_server.url}/api/v1/order-events/",
            json.dumps(event).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, json.load(answer)

    return post


def deliver():
    Pass(linger=0, poll=60).run()


def save(page):
    page.click("button[name=_continue]")
    page.wait_for_selector("text=was added successfully")


def add_customer(page):
    page.click("nav a:has-text('Customers')")
    page.click("text=Add customer")
    page.fill("[name=name]", "Studio Nord")
    page.fill("[name=reference_id]", "studio-nord")
    save(page)


def begin_trigger(page, name, kind):
    """From the customer's page, to the second step."""
    page.click("text=Add trigger")
    page.fill("[name=name]", name)
    page.select_option("[name=event]", "order_shipped")
    page.select_option("[name=method_kind]", kind)
    page.click("[data-next]")


def write(page, part, text):
    page.click(EDITOR.format(part))
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def click_field(page, name):
    page.locator(".pb-tree-field", has=page.get_by_text(name, exact=True)).first.click()


def create_template(page):
    with page.expect_popup() as opened:
        page.click("[data-template-create]")
    mapper = opened.value
    mapper.wait_for_selector(".pb-ready[data-rendered]")
    return mapper


def test_by_hand(mapper, address):
    mapper.fill("[data-test-url]", address)
    mapper.click("[data-test-send]")
    mapper.wait_for_selector("#test-delivery h1:has-text('Waiting')")
    deliver()
    mapper.wait_for_selector("#test-delivery h1:has-text('Delivered')")


test_by_hand.__test__ = False


def activate_and_go_back(mapper, page):
    mapper.click("[data-activate]")
    mapper.wait_for_selector("text=was added successfully")
    with mapper.expect_event("close"):
        mapper.click("[data-use]")
    page.wait_for_selector("[data-template-note]:has-text('is chosen')")


def activate(page):
    """Test the saved trigger first, as its notes ask for; then press Activate."""
    page.wait_for_selector(".pb-notes:has-text('not tested')")
    trigger = Trigger.objects.get()
    page.click(".pb-hero a:has-text('Test')")
    page.click("text=Send the test")
    deliver()
    page.wait_for_selector("#delivery h1:has-text('Delivered')")
    page.goto(reverse("admin:postbacks_trigger_change", args=[trigger.pk]))
    assert page.locator(".pb-notes").count() == 0
    page.click("button[data-dialog=activate]")
    page.click("dialog[open] button:text-is('Activate')")
    page.wait_for_selector("text=It is active now.")


ORDER = {"orderReferenceId": 'PO "7" <b>'}
EVENT = {"type": "order_shipped", "customer": "studio-nord", "id": "ev-1", "payload": ORDER}


def test_from_a_customer_to_a_request_that_arrives(open_console, receiver, emit):
    page = open_console()
    add_customer(page)
    begin_trigger(page, "Tell the shop", "url")
    page.fill("[name=url]", f"{receiver.url}/ok")
    page.click("text=Add a header")
    page.fill("[name=headers-name]", "X-Shop")
    page.fill("[name=headers-value]", "typed before the template")

    mapper = create_template(page)
    assert mapper.input_value("[name=name]") == "Tell the shop"
    write(mapper, "body", '{"order": ""}')
    for _ in range(2):
        mapper.keyboard.press("ArrowLeft")
    click_field(mapper, "orderReferenceId")
    mapper.wait_for_selector("[data-output-box] .cm-content:has-text('PO-1001')")
    test_by_hand(mapper, f"{receiver.url}/ok/by-hand")
    activate_and_go_back(mapper, page)
    save(page)
    activate(page)

    receiver.clear()
    status, answer = emit(EVENT)
    deliver()
    (arrived,) = receiver.wait_for(1)
    assert (status, len(answer["deliveries"])) == (202, 1)
    assert json.loads(arrived["body"]) == {"order": 'PO "7" <b>'}
    headers = {name.lower(): value for name, value in arrived["headers"].items()}
    assert headers["x-shop"] == "typed before the template"
    assert Trigger.objects.get().template == Template.objects.get()


def test_from_a_customer_to_an_email_that_arrives(open_console, smtp, emit):
    page = open_console()
    page.click("nav a:has-text('Outgoing servers')")
    page.click("text=Add outgoing server")
    page.fill("[name=sender_address]", "shop@here.example")
    page.fill("[name=host]", "127.0.0.1")
    page.fill("[name=port]", str(smtp.port))
    page.select_option("[name=tls]", "none")
    save(page)
    add_customer(page)
    begin_trigger(page, "Tell the buyer", "email")
    page.fill("[name=to]", "buyer@there.example")

    mapper = create_template(page)
    write(mapper, "subject", "Order ")
    click_field(mapper, "orderReferenceId")
    write(mapper, "html", "<h1>Order {{ orderReferenceId }}</h1>")
    body = mapper.frame_locator("[data-email-html]").locator("h1:text-is('Order PO-1001')")
    body.wait_for()
    test_by_hand(mapper, "me@there.example")
    activate_and_go_back(mapper, page)
    save(page)
    activate(page)

    status, _ = emit(EVENT)
    deliver()
    *_, envelope = smtp.box.envelopes
    *_, message = smtp.box.messages
    html = message.get_body(("html",)).get_content()
    assert (status, envelope.rcpt_tos) == (202, ["buyer@there.example"])
    assert message["Subject"] == 'Order PO "7" <b>'
    assert "<h1>Order PO &#34;7&#34; &lt;b&gt;</h1>" in html
    assert smtp.box.envelopes[0].rcpt_tos == ["me@there.example"]
    assert OutgoingServer.objects.count() == 1
