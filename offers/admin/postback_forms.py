"""The operators' form of a postback."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from dispatcher.admin.service import ServiceForm
from dispatcher.keys import find_row
from offers import services
from offers.forms import HELP_TEXTS, LABELS, rows_field
from offers.models import Goal, Offer, Postback

_KEPT = "•••••• (stored; type to replace)"


class GoalChoice(forms.ModelChoiceField[Any]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} (default)" if obj.is_default else str(obj.name)


class PostbackForm(ServiceForm[Postback]):
    goal = GoalChoice(
        queryset=Goal.objects.none(),
        required=False,
        empty_label="Any goal",
        widget=UnfoldAdminSelectWidget,
        help_text=HELP_TEXTS["goal"],
    )
    params = rows_field("params")
    headers = rows_field("headers")
    password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    token = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Sent as it is: Authorization: Basic <token>, or Bearer <token>.",
    )

    class Meta:
        model = Postback
        fields = (
            "affiliate", "offer", "goal", "conversion_status", "url", "http_type", "params",
            "auth_kind", "auth_login", "headers", "delay", "is_active", "is_ordered",
            "only_if_nothing_more_specific",
        )  # fmt: skip
        labels = dict(LABELS)
        help_texts = dict(HELP_TEXTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "url" not in self.fields:
            return  # somebody who may only look
        self._offer_goals()
        self.fields["auth_login"].widget.attrs["autocomplete"] = "off"
        self.fields["url"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        self.fields["url"].widget.attrs["placeholder"] = "https://tracker.example/in?cid={click_id}"
        if services.has_authorization(self.instance):
            name = "password" if self.instance.auth_kind == Postback.AuthKind.BASIC else "token"
            self.fields[name].widget.attrs["placeholder"] = _KEPT

    def _offer_goals(self) -> None:
        """The goals of the chosen offer; the page's script asks for others (postback.js)."""
        key = self.data.get("offer") if self.is_bound else self.initial.get("offer")
        text = str(getattr(key, "pk", key) or "")
        offer = find_row(Offer.objects.all(), text)
        field: Any = self.fields["goal"]
        if offer is not None:
            field.queryset = Goal.objects.filter(offer=offer).order_by("-is_default", "name")
        is_on = offer is not None and offer.enabled_goals
        field.widget.attrs |= {
            "data-offer": text,
            "data-enabled": "yes" if is_on else "no",
        }

    def store(self) -> None:
        services.save_postback(
            postback=self.instance,
            password=self.cleaned_data.get("password") or None,
            token=self.cleaned_data.get("token") or None,
            by=self.by,
        )
