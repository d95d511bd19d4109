"""The form of a channel: its name, and the fields of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from dispatcher.admin.service import ServiceForm
from dispatcher.console.rows import HeaderRows, RowsField
from notifications import services
from notifications.kinds import BaseKind, Field
from notifications.models import Channel

STORED = "•••••• (stored; type to replace)"


class ChannelForm(ServiceForm[Channel]):
    """Subclassed for each kind by `form_for`."""

    kind_name = ""
    kind_fields: tuple[Field, ...] = ()

    class Meta:
        model = Channel
        fields = ("name", "is_active")
        labels = {"is_active": "Active"}
        help_texts = {
            "name": "Shown in the lists, for example “Shop team”.",
            "is_active": "While it is inactive, nothing is sent to it; what waits is held.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.instance.kind = self.kind_name
        config = self.instance.config or {}
        for field in self.kind_fields:
            if not field.is_secret:
                self.initial.setdefault(field.name, config.get(field.name, ""))

    def store(self) -> None:
        cleaned = self.cleaned_data
        self.instance.config = {
            field.name: cleaned[field.name]
            for field in self.kind_fields
            if not field.is_secret and cleaned.get(field.name)
        }
        services.save_channel(channel=self.instance, secret=self._secrets(), by=self.by)

    def _secrets(self) -> dict[str, str]:
        """What was typed; what is to be removed is empty, and what is to be kept left out."""
        secrets = {}
        for field in self.kind_fields:
            if field.is_secret and self.cleaned_data.get(field.name):
                secrets[field.name] = self.cleaned_data[field.name]
            elif self.cleaned_data.get(f"remove_{field.name}"):
                secrets[field.name] = ""
        return secrets


def form_for(kind: BaseKind, stored: Mapping[str, Any]) -> type[ChannelForm]:
    """The form of a channel of this kind; `stored` are the secrets that it has already."""
    members: dict[str, Any] = {"kind_name": kind.name, "kind_fields": tuple(kind.fields)}
    for field in kind.fields:
        is_stored = field.is_secret and has_secret(field, stored)
        members[field.name] = _form_field(field, is_stored=is_stored)
        if is_stored and not field.is_required:
            members[f"remove_{field.name}"] = forms.BooleanField(
                required=False,
                label=f"Remove the {field.label[0].lower()}{field.label[1:]}",
                help_text="It is forgotten when you save.",
                widget=UnfoldBooleanSwitchWidget,
            )
    return type("ChannelForm", (ChannelForm,), members)


def has_secret(field: Field, stored: Mapping[str, Any]) -> bool:
    """Whether this secret is stored; a postback's signing secrets are a list of their own."""
    name = "signing" if field.name == "signing_secret" else field.name
    return bool(stored.get(name))


def _form_field(field: Field, *, is_stored: bool) -> forms.Field:
    common: dict[str, Any] = {
        "label": field.label,
        "help_text": field.help,
        "required": field.is_required and not is_stored,
    }
    if field.form == "headers":
        return RowsField(widget=HeaderRows, **common)
    if field.choices:
        choices = [] if field.is_required else [("", "Not set")]
        return forms.ChoiceField(
            choices=[*choices, *field.choices], widget=UnfoldAdminSelectWidget, **common
        )
    attributes = {
        "placeholder": STORED if is_stored else field.placeholder,
        "autocomplete": "off",
        "spellcheck": "false",
    }
    widget = UnfoldAdminTextInputWidget(attrs=attributes)
    if field.is_secret:
        attributes["autocomplete"] = "new-password"
        widget = UnfoldAdminPasswordWidget(attrs=attributes)
    return forms.CharField(widget=widget, **common)
