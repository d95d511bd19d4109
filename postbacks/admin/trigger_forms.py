"""The form of a trigger: its headers as rows, secret values never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from dispatcher.admin.service import ServiceForm
from dispatcher.console.rows import HeaderRows, RowsField
from postbacks import services
from postbacks.models import Template, Trigger


class TemplateSelect(UnfoldAdminSelectWidget):  # type: ignore[misc]
    """Choices that say which format and customer they fit; console.js hides the others."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        template = getattr(value, "instance", None)
        if template is not None:
            option["attrs"]["data-format"] = template.format or template.kind
            option["attrs"]["data-customer"] = str(template.customer_id or "")
        return option


def template_label(template: Template) -> str:
    """A template as the list of a trigger's form names it."""
    whose = template.customer.name if template.customer else "shared"
    draft = ", draft" if template.status == Template.Status.DRAFT else ""
    return f"{template.name} ({template.shape}, {whose}{draft})"


class TemplateChoice(forms.ModelChoiceField[Any]):
    def label_from_instance(self, obj: Any) -> str:
        return template_label(obj)


class TriggerForm(ServiceForm[Trigger]):
    headers = RowsField(
        widget=HeaderRows,
        required=False,
        label="Extra headers",
        help_text="Sent with each request. A secret value is stored encrypted and never shown "
        "again; to replace it, enter a new one.",
    )
    template = TemplateChoice(
        queryset=Template.objects.none(),
        required=False,
        empty_label="No template yet",
        widget=TemplateSelect,
        help_text="Templates of this kind, of this customer or shared. ",
    )

    class Meta:
        model = Trigger
        fields = (
            "name", "customer", "event", "status", "method_kind", "url", "http_method", "format",
            "headers", "to", "cc", "bcc", "reply_to", "retry_on_failure", "is_ordered", "template",
        )  # fmt: skip
        widgets = {
            name: UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "email"})
            for name in ("to", "cc", "bcc", "reply_to")
        }
        labels = {
            "method_kind": "Delivery method",
            "to": "To",
            "cc": "Cc",
            "bcc": "Bcc",
            "reply_to": "Reply to",
            "url": "Address",
            "http_method": "HTTP method",
            "is_ordered": "Keep the order",
        }
        help_texts = {
            "name": "Shown in the list of deliveries, for example “Tell the shop: shipped”.",
            "customer": "Leave empty to send for every customer.",
            "event": "What has to happen.",
            "status": "Draft: sends nothing. Active: sends. Paused: its deliveries are made and "
            "held until you resume it.",
            "method_kind": "URL: a request to a receiver. E-mail: to the addresses you give, by "
            "the customer's outgoing server or the default one.",
            "to": "Addresses, separated by commas, for example orders@shop.example.com.",
            "cc": "Who gets a copy.",
            "bcc": "Who gets a copy without the others seeing it.",
            "reply_to": "Where answers go. Empty: to the sender.",
            "url": "Where it is sent to, for example https://shop.example.com/hooks/orders.",
            "format": "What the receiver expects: the template has to be of this format.",
            "http_method": "POST unless the receiver asks for PUT.",
            "retry_on_failure": "When the receiver does not accept it, try again up to seven "
            "times: after 5 seconds, 1 minute, 5 minutes, 30 minutes, 2, 5 and 10 hours. "
            "Without this it is tried once.",
            "is_ordered": "The next event of an order waits until the one before it was delivered "
            "or has failed for good. Slower, but “delivered” never overtakes “shipped”.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "method_kind" in self.fields:
            self.fields["method_kind"].required = False  # left out, it stays what it is
        if "template" in self.fields:
            choices = Template.objects.all()
            field: Any = self.fields["template"]
            field.queryset = (
                choices.select_related("customer")
                .defer("body", "text", "html", "schema", "sample")
                .order_by("name")
            )

    def store(self) -> None:
        services.save_trigger(trigger=self.instance, by=self.by)
