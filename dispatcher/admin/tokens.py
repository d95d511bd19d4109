"""API tokens: made here, shown once, revoked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from dispatcher.admin.base import ModelAdmin
from dispatcher.api.permissions import scopes_for
from dispatcher.console import display, noting, reach
from dispatcher.console.wording import Standing
from dispatcher.models import ApiToken
from dispatcher.models.tokens import Scope

_MORE = (
    "{} may do more than you, so you cannot make a token of theirs. Choose another owner, or "
    "ask somebody who may do as much."
)


class TokenForm(forms.ModelForm[ApiToken]):
    """Whoever makes a token reads it: it can do no more than its owner, and no more than they."""

    maker: Any = None  # by get_form

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="What it may do",
        initial=[Scope.EMIT.value],
        error_messages={
            "required": "Choose at least one.",
            "invalid_choice": "Choose among those that are offered.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offers what the maker may do: no owner that they can choose may do more."""
        super().__init__(*args, **kwargs)
        if "scopes" not in self.fields:
            return  # a token is made and never edited
        field: Any = self.fields["scopes"]
        offered = scopes_for(self.maker)
        field.choices = [(scope, label) for scope, label in Scope.choices if scope in offered]
        missing = set(Scope.values) - set(offered)
        if missing:
            field.help_text = (
                f"You have no right to {_in_words(missing)} yourself, so no token that you make "
                "can have it. Ask an administrator for the right."
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        owner, scopes = values.get("owner"), set(values.get("scopes", ()))
        if owner is None:
            return values
        if not reach.is_within(self.maker, owner):
            self.add_error("owner", _MORE.format(owner))
        elif refused := scopes - set(scopes_for(owner)):
            self.add_error(
                "scopes",
                f"{owner} has no right to {_in_words(refused)}, so a token of theirs cannot have "
                "it. Choose another owner, or ask an administrator to give them the right.",
            )
        return values

    class Meta:
        model = ApiToken
        fields = ("name", "owner", "scopes", "expiry_date")
        help_texts = {
            "name": "Who uses it, for example “Shop system”.",
            "owner": "Whose token it is. A new token of the same owner recognises "
            "the events that an older one has sent.",
            "expiry_date": "Leave empty for a token that does not expire.",
        }


def _in_words(scopes: set[str]) -> str:
    return " and ".join(f"“{label}”" for scope, label in Scope.choices if scope in scopes)


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin[ApiToken]):
    form = TokenForm
    list_display = ("title", "scope_words", "whose", "made", "standing")
    list_select_related = ("owner",)
    search_fields = ("name", "prefix")
    search_help_text = "Name or first characters"
    ordering = ("-created",)
    show_full_result_count = False
    actions = ("revoke_selected",)
    empty_text = "Your systems need a token to report events. Make one for each of them."

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "owner", "scopes", "expiry_date")
        return ("title", "owner", "scope_words", "made", "expiry_date", "standing")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiToken | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else self.get_fields(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False  # a token is made and revoked, never edited

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False  # a revoked token stays as a record

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("dispatcher.change_apitoken")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Their own, for those who look after no others."""
        tokens = super().get_queryset(request)
        return tokens if _sees_all(request) else tokens.filter(owner__pk=request.user.pk or 0)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner" and not _sees_all(request):
            kwargs["queryset"] = get_user_model().objects.filter(pk=request.user.pk or 0)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("owner",) if _sees_all(request) else ()

    def get_form(
        self,
        request: HttpRequest,
        obj: ApiToken | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's
        **kwargs: Any,
    ) -> Any:
        """A class of its own for each request, by Django."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.maker = request.user
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"owner": request.user.pk, "scopes": [Scope.EMIT.value]}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(
        self,
        request: HttpRequest,
        obj: ApiToken,
        form: Any,
        change: bool,  # noqa: FBT001 - Django's
    ) -> None:
        obj.scopes = form.cleaned_data["scopes"]
        request.new_token = ApiToken.objects.assign_key(obj)  # type: ignore[attr-defined]
        obj.save(force_insert=True)

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The only page that ever shows the token; it is kept by no cache."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Copy the new token now",
            "secret": request.new_token,  # type: ignore[attr-defined]
            "object": obj,
        }
        response = TemplateResponse(request, "admin/dispatcher/apitoken/created.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description="Revoke: it can no longer be used", permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        with transaction.atomic():
            chosen = list(queryset.select_for_update(of=("self",)).filter(revoked=False))
            keys = [token.pk for token in chosen]
            count = ApiToken.objects.filter(pk__in=keys).update(revoked=True)
            noting.note(request.user, chosen, "Revoked: it can no longer be used")
        text = ngettext("%d token was revoked.", "%d tokens were revoked.", count)
        messages.success(request, text % count)

    @admin.display(description="Owner", ordering="owner__username")
    def whose(self, token: ApiToken) -> str:
        return str(token.owner)

    @admin.display(description="Name")
    def title(self, token: ApiToken) -> SafeString:
        return display.two_lines(token.name, f"begins with {token.prefix}")

    @admin.display(description="May")
    def scope_words(self, token: ApiToken) -> SafeString:
        names = ((Scope(scope).label,) for scope in token.scopes if scope in Scope.values)
        chips = format_html_join("", '<span class="pb-chip">{}</span>', names)
        return format_html('<span class="pb-badges">{}</span>', chips)

    @admin.display(description="Made")
    def made(self, token: ApiToken) -> SafeString | str:
        return display.moment(token.created)

    @admin.display(description="State")
    def standing(self, token: ApiToken) -> SafeString:
        if token.revoked:
            return display.badge(Standing("idle", "Revoked"))
        if token.expiry_date and token.expiry_date < timezone.now():
            return display.badge(Standing("idle", "Expired"))
        return display.badge(Standing("good", "In use"))


def _sees_all(request: HttpRequest) -> bool:
    """Whether this person looks after everybody's tokens: who looks after the people."""
    return request.user.has_perm("auth.view_user")
