"""The Template Mapper as a person meets it."""

from __future__ import annotations

import json
import re

import factories
import ledger
import pytest
from django.urls import reverse

from postbacks.models import Template

EDITOR = "[data-editor-box] .cm-content"
OUTPUT = "[data-output-box] .cm-content"


def open_mapper(page, template=None):
    address = reverse("admin:postbacks_template_add")
    if template:
        address = reverse("admin:postbacks_template_change", args=[template.pk])
    page.goto(address)
    page.wait_for_selector(".pb-ready[data-rendered]")


def write(page, text):
    """Replace what the editor holds, as one does by pasting."""
    page.click(EDITOR)
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def written(page):
    return page.input_value("textarea[name=body]")


def until_status(page, words):
    page.wait_for_selector(f"[data-status]:has-text('{words}')")


def field(page, name):
    return page.locator(".pb-tree-field", has=page.get_by_text(name, exact=True)).first


def test_clicks_write_a_loop_and_its_fields(open_console):
    page = open_console()
    open_mapper(page)

    page.click(EDITOR)
    page.keyboard.insert_text('{"first": , "items": []}')
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    page.click("[aria-label='Insert a loop over items']")
    page.keyboard.insert_text('{"sku": "", "n": }')
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    field(page, "productUid").click()
    text = written(page)

    assert "{% for item in items %}" in text
    assert '"sku": "{{ item.productUid }}"' in text
    assert "{% if not loop.last %},{% endif %}" in text


def test_fields_are_inserted_by_keyboard_with_their_type(open_console):
    page = open_console()
    open_mapper(page)
    page.click(EDITOR)
    page.keyboard.insert_text("[")

    field(page, "quantity").focus()
    page.keyboard.press("Enter")
    page.keyboard.insert_text("]")

    until_status(page, "Valid")
    assert written(page).startswith("[{{ items[0].quantity | tojson }}")


def test_the_output_follows_what_is_typed_and_problems_lead_to_their_line(open_console):
    page = open_console()
    open_mapper(page, factories.template())
    write(page, '{\n  "a": "{{ orderrId }}"\n}')

    warning = page.locator("[data-problems] button", has_text="did you mean")
    warning.click()
    page.keyboard.insert_text("X")
    assert "X" in written(page).splitlines()[1]
    write(page, '{"a": {% if %}')

    until_status(page, "Would not be sent")
    assert "Line 1" in page.inner_text("[data-problems]")
    assert page.locator(".cm-gutterElement.cm-wrong").count()


def test_tab_indents_and_escape_then_tab_leaves_the_editor(open_console):
    page = open_console()
    open_mapper(page)
    page.click(EDITOR)

    page.keyboard.type("a")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-editor-box]') !== null")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('[data-editor-box]') === null")


def test_fields_filters_and_loop_variables_are_suggested(open_console):
    page = open_console()
    open_mapper(page)
    page.click(EDITOR)

    def suggested(text):
        write(page, text)
        page.keyboard.press("Control+Space")
        page.wait_for_selector(".cm-tooltip-autocomplete li")
        words = page.locator(".cm-tooltip-autocomplete .cm-completionLabel").all_inner_texts()
        page.keyboard.press("Escape")
        return words

    assert "orderReferenceId" in suggested("{{ ord")
    assert "trackingCode" in suggested("{% for i in items %}{% for f in i.fulfillments %}{{ f.tr")
    assert "upper" in suggested("{{ orderId | up")
    assert "now" in suggested("{{ no")


def test_a_payload_is_pasted_kept_and_chosen_from_what_happened(open_console):
    template = factories.template(event="order_shipped", body='{"a": "{{ orderId }}"}')
    ledger.emit(41)
    page = open_console()
    open_mapper(page, template)

    page.wait_for_selector("[data-payload-events] option:has-text('PO-41')", state="attached")
    label = page.locator("[data-payload-events] option").first.inner_text()
    page.select_option("[data-payload-source]", label=label)
    page.wait_for_selector(f"{OUTPUT}:has-text('o-41')")
    page.click("[data-payload-keep]")
    page.click("[data-save]")
    page.wait_for_selector("text=was changed successfully")

    template.refresh_from_db()
    assert json.loads(template.sample)["orderId"] == "o-41"
    assert page.input_value("[data-payload-source]") == "own"


def test_lookup_tables_are_suggested_and_a_miss_names_table_and_key(open_console):
    factories.lookup_table({"11": "DHL"}, name="Carriers", field="carrierCode")
    page = open_console()
    open_mapper(page)
    write(page, "")

    page.keyboard.type('"{{ lookups({carr', delay=20)
    page.wait_for_selector(".cm-tooltip-autocomplete li:has-text('carrierCode')")
    page.wait_for_timeout(200)  # what has only just appeared is not taken by accident
    page.keyboard.press("Enter")
    page.keyboard.insert_text("orderReferenceId")
    lookup = page.input_value("textarea[name=body]")
    write(page, '"{{ lookups({"carrierCode": orderReferenceId}) }}"')

    assert '{{ lookups({"carrierCode": orderReferenceId' in lookup
    page.wait_for_selector("[data-problems]:has-text('carrierCode'):has-text('PO-1001')")
    until_status(page, "Valid, 1 warning")


def test_the_output_is_checked_against_a_schema_as_one_types(open_console):
    page = open_console()
    open_mapper(page)
    write(page, '{"order": "{{ orderId }}"}')

    page.click("[data-schema] summary")
    page.click("[data-schema-box] .cm-content")
    page.keyboard.insert_text('{"type": "object", "required": ["status"]}')
    until_status(page, "Would not be sent")
    page.wait_for_selector("[data-problems]:has-text('status')")
    write(page, '{"order": "{{ orderId }}", "status": "{{ fulfillmentStatus }}"}')
    until_status(page, "Valid")
    page.fill("[name=name]", "Checked")
    page.click("[data-save]")
    page.wait_for_selector("text=was added successfully")

    assert Template.objects.get().schema == '{"type": "object", "required": ["status"]}'
    assert page.inner_text("[data-schema-state]") == "JSON Schema"


def test_a_schema_that_is_none_is_told_at_its_line(open_console):
    page = open_console()
    open_mapper(page)
    write(page, '{"order": "{{ orderId }}"}')

    page.click("[data-schema] summary")
    page.click("[data-schema-box] .cm-content")
    page.keyboard.insert_text('{"type": "objekt"}')

    page.wait_for_selector("[data-problems]:has-text('Schema line 1')")


def test_starting_from_a_ready_template(open_console):
    page = open_console()
    open_mapper(page)

    page.select_option("[data-start]", "order_failed.xml")

    page.wait_for_selector(f"{OUTPUT}:has-text('errorReason')")
    until_status(page, "Valid")
    assert page.input_value("[name=format]") == "xml"
    assert page.input_value("[name=event]") == "order_failed"
    assert page.input_value("[name=name]") == "Order failed (XML)"


def test_the_past_shows_the_difference(open_console):
    template = factories.template(event="order_shipped", body='{"a": "{{ orderId }}"}')
    ledger.emit(5)
    page = open_console()
    open_mapper(page, template)
    write(page, '{"b": "{{ orderId }}"}')

    page.click("[data-past-start]")
    page.wait_for_selector("[data-past] .pb-badge:has-text('Changes: 1')")
    page.click("[data-past] summary")

    assert '"b": "o-5"' in page.inner_text("[data-past] .pb-diff-added")
    template.refresh_from_db()
    assert template.body == '{"a": "{{ orderId }}"}'


def test_nothing_of_a_payload_template_or_name_becomes_markup(open_console):
    evil = "</script><img src=x onerror=alert(1)>"
    template = factories.template(
        name=evil, body="{{ orderId }}" + evil, status="draft", sample=json.dumps({evil: evil})
    )
    factories.trigger(name=evil, customer=factories.customer(name=evil))
    ledger.emit(1, customer=factories.customer(name=evil), orderReferenceId=evil)
    page = open_console()

    open_mapper(page, template)
    page.click("[data-past-start]")
    page.wait_for_selector("[data-past] .pb-past-row")
    page.click("[data-payload-tab=text]")

    assert page.locator("img[src=x]").count() == 0
    assert page.locator(".pb-tree-name", has_text=re.compile("onerror")).count() == 1


def test_a_payload_of_50_kilobytes_is_rendered_while_one_types(open_console):
    payload = json.dumps({"items": [{"sku": f"sku-{n}", "note": "x" * 60} for n in range(600)]})
    template = factories.template(
        body='[{% for item in items %}"{{ item.sku }}",{% endfor %}0]', sample=payload
    )
    page = open_console()
    open_mapper(page, template)
    before = page.get_attribute("[data-mapper]", "data-rendered")

    page.click(EDITOR)
    page.keyboard.press("Control+End")
    page.keyboard.type(" ")

    page.wait_for_function(
        "before => document.querySelector('[data-mapper]').dataset.rendered !== before",
        arg=before,
        timeout=5_000,
    )
    until_status(page, "Valid")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_mapper_is_not_wider_than_its_window(open_console, width, theme):
    body = '{"a": "{{ orderrId }}", "long": "' + "x" * 400 + '"}'
    page = open_console(width, theme)

    open_mapper(page, factories.template(name="T" * 120, body=body))

    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    tops = [page.locator(".pb-pane").nth(n).bounding_box()["y"] for n in range(3)]
    assert (len(set(tops)) == 1) is (width == 1440)
