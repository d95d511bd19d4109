"""E-mail templates in the Mapper: written in parts, seen as the reader will see them."""

from __future__ import annotations

import factories
import ledger
import pytest
from django.urls import reverse

from postbacks.models import Template

PART = "[data-part={}] .cm-content"


def open_mapper(page, template=None):
    address = f"{reverse('admin:postbacks_template_add')}?kind=email"
    if template:
        address = reverse("admin:postbacks_template_change", args=[template.pk])
    page.goto(address)
    page.wait_for_selector(".pb-ready[data-rendered]")


def write(page, part, text):
    if part != "subject":
        page.click(f"[data-part-tab={part}]")
    page.click(PART.format(part))
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def letter(page):
    return page.frame_locator("[data-email-html]").locator("body")


def test_an_email_template_is_created_from_the_form_of_a_trigger(open_console):
    page = open_console()
    page.goto(reverse("admin:postbacks_trigger_add"))
    page.fill("[name=name]", "Tell the buyer")
    page.select_option("[name=method_kind]", "email")
    page.click("[data-next]")

    with page.expect_popup() as opened:
        page.click("[data-template-create]")
    writer = opened.value
    writer.wait_for_selector(".pb-ready[data-rendered]")
    write(writer, "subject", "Order {{ orderReferenceId }}")
    with writer.expect_event("close"):
        writer.click("[data-use]")

    template = Template.objects.get()
    assert (template.kind, template.subject) == ("email", "Order {{ orderReferenceId }}")
    assert page.input_value("[name=template]") == str(template.pk)
    assert page.input_value("[name=name]") == "Tell the buyer"


def test_each_part_is_shown_as_it_is_typed(open_console):
    page = open_console()
    open_mapper(page)

    write(page, "subject", "Order {{ orderReferenceId }}")
    write(page, "html", "<h1>Hello {{ shippingAddress.firstName }}</h1>")
    page.wait_for_selector("[data-email-subject]:text-is('Order PO-1001')")
    letter(page).locator("h1:text-is('Hello Ida')").wait_for()
    write(page, "text", "It is {{ fulfillmentStatus }}.")
    page.click("[data-email-tab=text]")

    page.wait_for_selector("[data-email-text]:text-is('It is shipped.')")


def test_clicked_fields_and_loops_go_where_the_cursor_was(open_console):
    page = open_console()
    open_mapper(page)
    write(page, "subject", "Order ")

    page.locator(".pb-tree-field", has_text="orderReferenceId").first.click()
    write(page, "text", "")
    page.click("[aria-label='Insert a loop over items']")

    assert page.input_value("[name=subject]") == "Order {{ orderReferenceId }}"
    assert page.input_value("[name=text]") == "{% for item in items %}\n  \n{% endfor %}"


def test_a_problem_names_its_part_and_leads_there(open_console):
    page = open_console()
    open_mapper(page)
    write(page, "html", "<p>\n{{ orderrId }}</p>")
    write(page, "text", "fine")

    page.click("[data-problems] button:has-text('HTML, line 2')")
    page.keyboard.insert_text("X")
    write(page, "subject", "{% if %}")

    assert "X" in page.input_value("[name=html]")
    page.wait_for_selector("[data-problems] button:has-text('Subject')")
    page.wait_for_selector("[data-status]:has-text('Would not be sent')")


def test_the_subject_stays_one_line(open_console):
    page = open_console()
    open_mapper(page)

    write(page, "subject", "One\ntwo")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("three")

    assert page.input_value("[name=subject]") == "One two"
    assert "three" in page.input_value("[name=html]")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>parent.alert(1)</script>",
        '<img src="https://elsewhere.example/x.png" onerror="alert(1)">',
        '<link rel="stylesheet" href="https://elsewhere.example/x.css">',
        '<style>@import "https://elsewhere.example/x.css";</style>',
        '<body style="background: url(https://elsewhere.example/y.png)">',
        '<meta http-equiv="refresh" content="0;url=https://elsewhere.example/">',
        '<iframe src="https://elsewhere.example/"></iframe>',
        '<a href="https://elsewhere.example/" target="_self">press</a>',
    ],
    ids=["script", "picture", "stylesheet", "import", "background", "refresh", "frame", "link"],
)
def test_nothing_in_an_email_runs_or_loads(open_console, hostile):
    page = open_console()  # fails on dialogs and on whatever is asked of another host
    open_mapper(page)

    write(page, "html", f"{hostile}<h1>Here</h1>")
    letter(page).locator("h1:text-is('Here')").wait_for()
    if "press" in hostile:
        letter(page).locator("a").click()
    page.wait_for_timeout(300)

    assert page.get_attribute("[data-email-html]", "sandbox") == ""


def test_an_email_is_tried_on_the_past_and_kept_as_versions(open_console):
    template = factories.email_template(event="order_shipped", subject="A", html="", text="Hello")
    ledger.emit(5)
    page = open_console()
    open_mapper(page, template)
    write(page, "subject", "Order {{ orderId }}")

    page.click("[data-past-start]")
    page.wait_for_selector("[data-past] .pb-badge:has-text('Changes: 1')")
    page.click("[data-past] summary")
    page.wait_for_selector("[data-past] .pb-diff-added:has-text('Order o-5')")
    page.click("[data-save]")
    page.wait_for_selector("text=was changed successfully")

    template.refresh_from_db()
    assert (template.subject, template.version) == ("Order {{ orderId }}", 2)


def test_starting_from_a_ready_email(open_console):
    page = open_console()
    open_mapper(page)

    page.select_option("[data-start]", "order_failed.email")

    letter(page).locator("h1:has-text('Order failed')").wait_for()
    page.wait_for_selector("[data-status]:has-text('Valid')")
    assert page.input_value("[name=event]") == "order_failed"


@pytest.mark.parametrize("width", [1440, 390])
def test_the_mapper_of_an_email_is_not_wider_than_its_window(open_console, width):
    page = open_console(width)

    open_mapper(page)

    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
