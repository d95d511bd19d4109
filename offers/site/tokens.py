"""API tokens that see this affiliate only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.utils import timezone

from dispatcher import services as dispatcher
from offers.site.access import Visit

SCOPES = [
    ("read", "Read: offers, conversions, postbacks and deliveries"),
    ("configure", "Configure: add, change and delete postbacks"),
]
LIFETIMES = [("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")]


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=50,
        help_text="Who uses it, for example “Our tracker”.",
        widget=forms.TextInput({"class": "pb-input", "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=SCOPES,
        initial=["read"],
        label="What it may do",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    expires = forms.ChoiceField(
        choices=LIFETIMES,
        required=False,
        label="Expires",
        widget=forms.Select({"class": "pb-input"}),
    )

    def lifetime(self) -> Any:
        days = self.cleaned_data["expires"]
        return timezone.now() + timedelta(days=int(days)) if days else None


def tokens(visit: Visit) -> HttpResponse:
    """The tokens, and the form that makes another one; it is shown on the answer alone."""
    form = TokenForm(visit.request.POST if visit.request.method == "POST" else None)
    if visit.request.method == "POST" and form.is_valid():
        try:
            token, secret = dispatcher.make_token(
                owner=visit.affiliate.owner,
                user=visit.user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.lifetime(),
            )
        except ValidationError as error:
            form.add_error(None, [text for texts in error.message_dict.values() for text in texts])
        else:
            return visit.render("token_made", {"token": token, "secret": secret})
    rows = dispatcher.tokens_of(visit.affiliate.owner)
    return visit.render("tokens", {"form": form, "rows": rows, "scopes": dict(SCOPES)})


def revoke(visit: Visit, token: str) -> HttpResponse:
    """End a token; another affiliate's is as unknown as none."""
    rows = dispatcher.tokens_of(visit.affiliate.owner)
    if token not in {row.prefix for row in rows}:
        raise Http404
    if dispatcher.revoke_token(owner=visit.affiliate.owner, prefix=token):
        visit.say("The token was revoked: it can no longer be used.")
    return visit.to("tokens")
