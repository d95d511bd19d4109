"""The filters above the site's lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from offers.models import Conversion, Offer

STATES = [
    ("", "Any state"),
    ("delivered", "Delivered"),
    ("failed", "Failed"),
    ("pending", "Waiting or held"),
    ("held", "Held"),
    ("canceled", "Canceled"),
]


class _Filter(forms.Form):
    """Empty fields ask for nothing; every field is named for those who cannot see its place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
            field.widget.attrs |= {"class": "pb-input", "aria-label": field.label}

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)


class ConversionFilter(_Filter):
    q = forms.CharField(
        max_length=255,
        label="Transaction or click ID",
        widget=forms.TextInput({"placeholder": "Transaction or click ID", "type": "search"}),
    )
    status = forms.ChoiceField(
        choices=[("", "Any status"), *Conversion.Status.choices], label="Status"
    )
    offer = forms.CharField(
        max_length=255,
        label="Offer",
        widget=forms.TextInput(
            {"placeholder": "Any offer: name or ID", "type": "search", "list": "offers"}
        ),
    )
    since = forms.DateField(label="From day", widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label="Until day", widget=forms.DateInput({"type": "date"}))

    def condition(self) -> Q:
        """What the valid filter asks for."""
        wanted = self.cleaned_data
        condition = Q()
        if text := wanted["q"]:
            condition &= Q(transaction_id=text) | Q(click_id=text)
        if status := wanted["status"]:
            condition &= Q(status=status)
        if offer := wanted["offer"]:
            named = Q(name__icontains=offer) | Q(reference_id__iexact=offer)
            condition &= Q(offer__in=Offer.objects.filter(named).values("pk"))
        if since := wanted["since"]:
            condition &= Q(created_at__gte=_start(since))
        if until := wanted["until"]:
            condition &= Q(created_at__lt=_start(until + timedelta(days=1)))
        return condition

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        if until is not None and until >= date(9999, 12, 31):
            raise forms.ValidationError("Give an earlier day.")
        return until


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class DeliveryFilter(_Filter):
    state = forms.ChoiceField(choices=STATES, label="State")
    postback = forms.TypedChoiceField(coerce=int, empty_value=None, label="Postback")

    def __init__(self, *args: Any, postbacks: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["postback"]
        choices.choices = [("", "Any postback"), *postbacks]
