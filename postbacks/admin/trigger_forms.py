"""The form of a trigger: its headers as rows, secret values never shown again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from postbacks import services
from postbacks.admin.base import ServiceForm
from postbacks.models import Template, Trigger

MAX_ROWS = 60


class HeaderRows(forms.Widget):
    """Rows of name, value and "secret". A stored secret comes as a mark, never as its value."""

    template_name = "admin/postbacks/widgets/headers.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = value if isinstance(value, list) else []
        context["widget"]["rows"] = [_shown(row) for row in rows if isinstance(row, Mapping)]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        if not isinstance(data, MultiValueDict):
            return list(data.get(name) or [])
        names = data.getlist(f"{name}-name")[:MAX_ROWS]
        values = data.getlist(f"{name}-value")
        marks = data.getlist(f"{name}-secret")
        rows = [
            {"name": title.strip(), "value": value, "is_secret": mark == "yes"}
            for title, value, mark in zip(names, values, marks, strict=False)
        ]
        return [row for row in rows if row["name"] or row["value"]]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-present" not in data

    def id_for_label(self, id_: str) -> str:
        return ""


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the page holds it: without the value where that is secret."""
    is_secret = bool(row.get("is_secret"))
    return {
        "name": str(row.get("name", "")),
        "value": "" if is_secret else str(row.get("value", "")),
        "is_secret": is_secret,
    }


class HeaderRowsField(forms.Field):
    widget = HeaderRows

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        return value if isinstance(value, list) else []

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != (data or []))


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
    headers = HeaderRowsField(
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
                .defer("body", "text", "html", "sample")
                .order_by("name")
            )

    def store(self) -> None:
        services.save_trigger(trigger=self.instance, by=self.by)
