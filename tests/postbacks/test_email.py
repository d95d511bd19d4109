"""E-mail templates, triggers that write to people, and the servers they are sent by."""

from __future__ import annotations

import factories
import mail_server
import pytest
from django.db import connection

from dispatcher import mail
from dispatcher.engine import engine as engine_module
from dispatcher.engine.routes import RouteCache
from dispatcher.engine.run import Pass
from dispatcher.models import Delivery, Route
from dispatcher.transports import transport
from postbacks import services
from postbacks.events import sample_payload
from postbacks.models import OutgoingServer
from postbacks.routing import compile_trigger
from postbacks.services import NewOrderEvent

pytestmark = pytest.mark.django_db


def emit(customer):
    services.emit_order_event(
        item=NewOrderEvent(
            type="order_shipped",
            customer=customer.reference_id,
            payload=sample_payload("order_shipped"),
        ),
        emitter="user:1",
    )
    return Delivery.objects.latest("pk")


def test_an_email_trigger_compiles_to_its_recipients_and_parts():
    factories.outgoing_server()
    trigger = factories.email_trigger(to="a@there.example; b@there.example", bcc="c@there.example")

    route = compile_trigger(trigger)

    assert (route["transport"], route["destination"]) == ("email", "smtp://mail.here.example:587")
    assert route["spec"]["to"] == ["a@there.example", "b@there.example"]
    assert route["spec"]["bcc"] == ["c@there.example"]
    assert [(p["part"], p["format"]) for p in route["spec"]["templates"]] == [
        ("subject", "text"), ("text", "text"), ("html", "html"),
    ]  # fmt: skip
    assert 550 not in route["retry_policy"]["statuses"]
    assert 451 in route["retry_policy"]["statuses"]


def test_an_order_event_arrives_as_an_email(settings, run_pass):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    running = mail_server.start()
    try:
        customer = factories.customer()
        factories.outgoing_server(host="127.0.0.1", port=running.port, tls="none")
        factories.email_trigger(customer=customer, to="you@there.example")
        delivery = emit(customer)
        run_pass()
    finally:
        running.controller.stop()
        transport("email").mailer.close()
        del transport("email").mailer

    delivery.refresh_from_db()
    (message,) = running.box.messages
    assert delivery.state == Delivery.State.DELIVERED
    assert message["To"] == "you@there.example"
    assert message["From"] == "The shop <shop@here.example>"
    assert message["Subject"].startswith("Order ")


@pytest.fixture
def run_pass():
    engine_module.engine().routes = RouteCache()  # primary keys come again after a rollback
    return lambda: Pass(linger=0, poll=60).run()


def test_a_trigger_of_every_customer_counts_against_the_customers_own_server():
    own, other = factories.customer(), factories.customer()
    factories.outgoing_server()
    factories.outgoing_server(customer=own, host="own.here.example")
    factories.email_trigger(customer=None)

    keys = [emit(customer).destination.key for customer in (own, other)]

    assert keys == ["smtp://own.here.example:587", "smtp://mail.here.example:587"]


def test_the_customers_own_server_sends_else_the_default_else_the_environments(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "environment.here.example", 25
    own, other = factories.customer(), factories.customer()
    factories.outgoing_server(customer=own, host="own.here.example")
    before = mail.servers_for([own.owner, other.owner, ""])
    factories.outgoing_server(host="default.here.example")

    after = mail.servers_for([own.owner, other.owner, ""])

    assert [before[owner].host for owner in (own.owner, other.owner)] == [
        "own.here.example", "environment.here.example",
    ]  # fmt: skip
    assert [after[owner].host for owner in (own.owner, other.owner, "")] == [
        "own.here.example", "default.here.example", "default.here.example",
    ]  # fmt: skip


def test_servers_cost_one_query_however_many_owners(django_assert_num_queries):
    customers = [factories.customer() for _ in range(3)]
    for customer in customers:
        factories.outgoing_server(customer=customer)

    with django_assert_num_queries(1):
        found = mail.servers_for([customer.owner for customer in customers])

    assert all(found.values())


def test_a_changed_server_moves_where_email_triggers_are_counted():
    server = factories.outgoing_server()
    trigger = factories.email_trigger()
    server.host = "new.here.example"

    services.save_outgoing_server(server=server)

    trigger.rule.refresh_from_db()
    assert Route.objects.get(pk=trigger.rule.route_id).destination.key == (
        "smtp://new.here.example:587"
    )


def test_the_password_is_encrypted_and_in_no_history():
    server = factories.outgoing_server(username="shop", password="correct-horse")

    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM postbacks_outgoingserver")
        stored = cursor.fetchone()[0]
    assert "correct-horse" not in stored
    assert OutgoingServer.objects.get().password == "correct-horse"
    assert not hasattr(server.history.get(), "password")
    assert "correct-horse" not in repr(server.mail_server)


def test_the_password_stays_unless_the_server_or_user_is_another(refused):
    server = factories.outgoing_server(username="shop", password="correct-horse")
    server.sender_name = "New"
    services.save_outgoing_server(server=server)
    assert OutgoingServer.objects.get().password == "correct-horse"
    server.host = "attacker.example"

    with refused(password="Enter the password again"):
        services.save_outgoing_server(server=server)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"host": "smtp://mail.here.example"}, "host", "name alone"),
        ({"host": ""}, "host", "blank"),
        ({"port": 0}, "__all__", "between 1 and 65535"),
        ({"sender_address": "nobody"}, "sender_address", "name@example.com"),
        ({"sender_name": "a\r\nBcc: x@y.example"}, "sender_name", "line breaks"),
        ({"username": "a\nb"}, "username", "line breaks"),
        ({"tls": "ssl"}, "tls", "Choose one of"),
    ],
)
def test_a_bad_server_is_refused_by_field(refused, values, field, words):
    with refused(**{field: words}):
        factories.outgoing_server(**values)


def test_a_customer_has_one_server_and_there_is_one_default(refused):
    factories.outgoing_server()

    with refused(__all__="already"):
        factories.outgoing_server()


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"to": "nobody"}, "to", "name@example.com"),
        ({"to": ""}, "to", "Give the address"),
        ({"cc": "a@b.example\r\nRCPT TO:<x@y.example>"}, "cc", "name@example.com"),
        ({"to": ",".join(f"a{n}@b.example" for n in range(51))}, "to", "At most 50"),
    ],
)
def test_bad_recipients_are_refused_by_field(refused, values, field, words):
    with refused(**{field: words}):
        factories.email_trigger(**values)


def test_a_trigger_takes_templates_of_its_own_kind_only(refused):
    with refused(template="Choose an e-mail template"):
        factories.email_trigger(template=factories.template())
    with refused(template="Choose a JSON template"):
        factories.trigger(template=factories.email_template())


def test_each_change_of_an_email_is_a_version():
    template = factories.email_template()
    template.html = "<b>new</b>"

    services.save_template(template=template)

    assert [v.html for v in template.versions.order_by("number")] == [
        "<p>{{ orderReferenceId }}</p>", "<b>new</b>",
    ]  # fmt: skip


def test_a_broken_part_is_named_by_its_field(refused):
    with refused(html="Line 1"):
        factories.email_template(html="{% for x in %}")


def test_an_active_email_needs_a_subject_and_a_text(refused):
    with refused(subject="Write the subject", text="the HTML or both"):
        factories.email_template(subject="", text="", html="")
