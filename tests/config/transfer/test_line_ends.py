"""Texts that a browser wrote are readable in the file, and saving them again changes nothing."""

from __future__ import annotations

import factories
import pytest
import yaml
from command_line import config
from django.urls import reverse

from config.transfer.document import read, write
from notifications.models import MessageTemplate
from notifications.services import save_message
from postbacks import services
from postbacks.models import Customer, LookupTable, Template

pytestmark = pytest.mark.django_db

WRITTEN = '{\r\n  "note": "{{ orderId }}"\r\n}'
PLAIN = '{\n  "note": "{{ orderId }}"\n}'


@pytest.fixture
def written(db):
    """Rows as older versions stored them."""
    template = factories.template(name="Shipped", body=PLAIN)
    table = factories.lookup_table(name="Carriers")
    Template.objects.update(body=WRITTEN, sample='{\r\n"orderId": 1}')
    template.versions.update(body=WRITTEN)
    template.history.update(body=WRITTEN, sample='{\r\n"orderId": 1}')
    LookupTable.objects.update(description="one\r\ntwo")
    Customer.objects.create(name="Shop", reference_id="shop", description="one\r\ntwo")
    table.refresh_from_db()
    return template


def test_a_saved_template_has_plain_line_ends_in_every_text():
    saved = services.save_template(
        template=Template(
            name="A", format="json", body=WRITTEN, schema='{"a":\r\n1}', sample='{"b":\r1}'
        )
    )

    saved.refresh_from_db()
    assert (saved.body, saved.schema, saved.sample) == (PLAIN, '{"a":\n1}', '{"b":\n1}')
    assert saved.versions.get().body == PLAIN


def test_descriptions_and_messages_have_them_too():
    customer = services.save_customer(customer=Customer(name="A", description="a\r\nb"))
    table = services.save_table(table=LookupTable(name="A", field="a", description="a\r\nb"))
    message = save_message(
        message=MessageTemplate(event="order_completed", title="Sold", text="a\r\nb\rc")
    )

    assert (customer.description, table.description, message.text) == ("a\nb", "a\nb", "a\nb\nc")


def test_a_template_saved_unchanged_in_the_browser_gets_no_new_version(written, client):
    client.force_login(factories.operator())
    page = reverse("admin:postbacks_template_change", args=[written.pk])
    before = written.history.count()
    body = {
        "name": "Shipped", "format": "json", "status": written.status, "event": written.event,
        "body": WRITTEN, "sample": '{\r\n"orderId": 1}', "schema": "", "_continue": "1",
    }  # fmt: skip

    answer = client.post(page, body)

    written.refresh_from_db()
    assert answer.status_code == 302
    assert (written.version, written.versions.count()) == (1, 1)
    assert written.history.count() == before
    assert written.body == PLAIN


def test_what_is_stored_already_is_exported_as_it_reads(written):
    text = config("export")

    assert "body: |-\n      {\n" in text
    assert "description: |-\n      one\n      two\n" in text
    assert "\\r" not in text


def test_a_file_of_before_changes_nothing_where_only_line_ends_differ(written, tmp_path):
    document = yaml.safe_load(config("export"))
    document["templates"]["shipped"]["body"] = WRITTEN
    file = tmp_path / "before.yaml"
    file.write_text(yaml.safe_dump(document))

    assert config("plan", str(file)) == "Nothing to do.\n"


def test_out_into_nothing_and_out_again_is_identical(written, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(before := config("export"))
    for model in (Template, LookupTable, Customer):
        model.objects.all().delete()

    config("apply", str(file))

    assert config("export") == before
    assert Template.objects.get().body == PLAIN


@pytest.mark.parametrize("text", ["a\nb", "a \nb", "\ta\n\tb\n", " a\nb", "\na\n\n", "😀\nb"])
def test_every_text_is_read_as_it_was_written(text):
    assert read(write({"version": 1, "x": {"t": text}}))["x"]["t"] == text
