"""The affiliate's form of a postback: its own offers, the shared rows, secrets never shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dispatcher.keys import find_row
from offers import services
from offers.forms import HELP_TEXTS, LABELS, rows_field, typed_secrets
from offers.models import Goal, Offer, Postback
from offers.services import Submitted
from offers.site.access import Visit

_KEPT = "•••••• (stored; type to replace)"
_OTHER_HELP = {
    "offer": "All my offers: also those that come later.",
    "auth_kind": "If your server asks for it. Stored encrypted and never shown again.",
    "only_if_nothing_more_specific": "For a postback on all offers: it is sent only where you have "
    "none on the conversion's own offer.",
}
ADVANCED = ("delay", "is_ordered", "only_if_nothing_more_specific")


class GoalChoice(forms.ModelChoiceField[Any]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} (default)" if obj.is_default else str(obj.name)


class PostbackForm(forms.ModelForm[Postback]):
    goal = GoalChoice(
        queryset=Goal.objects.none(),
        required=False,
        empty_label="Any goal",
        help_text="Whichever goal the conversion reached, or only this one.",
    )
    params = rows_field("params")
    headers = rows_field("headers")
    password = forms.CharField(required=False, strip=False, widget=forms.PasswordInput)
    token = forms.CharField(
        required=False,
        widget=forms.PasswordInput,
        help_text="Sent as it is: Authorization: Basic <token>, or Bearer <token>.",
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Postback
        fields = (
            "offer", "goal", "conversion_status", "url", "http_type", "params", "auth_kind",
            "auth_login", "headers", *ADVANCED,
        )  # fmt: skip
        labels = {**LABELS, "auth_kind": "Log in at your server"}
        help_texts = {**HELP_TEXTS, **_OTHER_HELP}
        widgets = {"url": forms.TextInput, "delay": forms.NumberInput({"min": 0})}

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._visit = visit
        offer: Any = self.fields["offer"]
        offer.queryset, offer.empty_label = visit.own(Offer).order_by("name"), "All my offers"
        self._offer_goals()
        self._dress()
        if self.instance.pk:
            self.fields["version"].initial = self.instance.updated_at.isoformat()

    def _offer_goals(self) -> None:
        """The goals of the chosen offer; the page's script asks for others (postback.js)."""
        key = self.data.get("offer") if self.is_bound else self.instance.offer_id
        key = key or (None if self.is_bound else self.initial.get("offer"))
        offers = self._visit.own(Offer)
        chosen = find_row(offers, key)
        goal: Any = self.fields["goal"]
        if chosen is not None:
            goal.queryset = chosen.goals.order_by("-is_default", "name")
        is_on = chosen is not None and chosen.enabled_goals
        goal.widget.attrs |= {
            "data-offer": str(key or ""),
            "data-enabled": "yes" if is_on else "no",
        }

    def _dress(self) -> None:
        for field in self.fields.values():
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "pb-input"
        self.fields["url"].widget.attrs |= {
            "class": "pb-input pb-mono",
            "autocomplete": "off",
            "spellcheck": "false",
            "placeholder": "https://tracker.example/in?cid={click_id}",
        }
        self.fields["auth_login"].widget.attrs["autocomplete"] = "off"
        for name in ("password", "token"):
            self.fields[name].widget.attrs["autocomplete"] = "new-password"
        if services.has_authorization(self.instance):
            is_basic = self.instance.auth_kind == Postback.AuthKind.BASIC
            name = "password" if is_basic else "token"
            self.fields[name].widget.attrs["placeholder"] = _KEPT
        if self._visit.is_looking:
            for field in self.fields.values():
                field.disabled = True

    @property
    def is_advanced(self) -> bool:
        """Whether something is set that usually is not: then it is not folded away."""
        postback = self.instance
        others = postback.delay or not postback.is_ordered
        return bool(
            others
            or postback.only_if_nothing_more_specific
            or not set(self.errors).isdisjoint(ADVANCED)
        )

    def clean_version(self) -> datetime | None:
        """What the page was made from: the loser of two who edit at once is told."""
        text = self.cleaned_data["version"]
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError:
            raise ValidationError("Load the page again.") from None

    def _post_clean(self) -> None:
        """The service checks the fields, all at once: here they are only taken over."""
        for name in self.Meta.fields:
            if name in self.cleaned_data:
                setattr(self.instance, name, self.cleaned_data[name])
        version = self.cleaned_data.get("version")
        if self.instance.pk and version is not None:
            self.instance.updated_at = version

    def submit(self) -> Submitted | None:
        """Save as the affiliate; None when something is wrong, which the form then says."""
        if not self.is_valid():
            return None
        secrets = typed_secrets(self._visit.request.POST)
        try:
            return services.submit_postback(
                postback=self.instance,
                affiliate=self._visit.affiliate,
                password=secrets.password,
                token=secrets.token,
                by=self._visit.user,
            )
        except ValidationError as error:
            self._take_errors(error)
            return None

    def _take_errors(self, error: ValidationError) -> None:
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, messages in error.error_dict.items():
            self.add_error(name if name in self.fields else None, messages)
