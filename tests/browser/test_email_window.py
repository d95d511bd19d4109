"""An e-mail template is created from a trigger's form as any other."""

from __future__ import annotations

from django.urls import reverse

from postbacks.models import Template


def test_an_email_template_is_created_from_the_form_of_a_trigger(open_console):
    page = open_console()
    page.goto(reverse("admin:postbacks_trigger_add"))
    page.fill("[name=name]", "Tell the buyer")
    page.select_option("[name=method_kind]", "email")

    with page.expect_popup() as opened:
        page.click("[data-template-create]")
    writer = opened.value
    writer.wait_for_selector("[data-for-trigger]:not([hidden])")
    writer.fill("[name=subject]", "Order {{ orderReferenceId }}")
    writer.fill("[name=text]", "It is on its way.")
    with writer.expect_event("close"):
        writer.click("[data-use]")

    template = Template.objects.get()
    assert template.kind == "email"
    assert page.input_value("[name=template]") == str(template.pk)
    assert page.input_value("[name=name]") == "Tell the buyer"
