"""Postbacks: what is called when, written with its exact request beside it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from dispatcher.admin.filters import RowFilter
from dispatcher.admin.service import ServiceAdmin
from dispatcher.console import display, looking
from offers import services
from offers.admin import postback_buttons, postback_page
from offers.admin.postback_forms import PostbackForm
from offers.admin.wording import goal_label, postback_standing, waiting_edit
from offers.models import Postback

MANY = 100  # nobody needs to know how many more wait


class ApprovalFilter(admin.SimpleListFilter):
    """What an operator has to decide on, and what not."""

    title = "approval"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Waiting for approval")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Postback]) -> QuerySet[Postback]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=services.waiting_for_approval().values("pk"))


@admin.register(Postback)
class PostbackAdmin(ServiceAdmin[Postback]):
    form = PostbackForm
    fieldsets = (
        ("When", {"fields": ("affiliate", "offer", "goal", "conversion_status", "seen_at")}),
        ("Request", {"fields": ("url", "http_type", "params", "headers")}),
        ("Authorization", {"fields": ("auth_kind", "auth_login", "password", "token")}),
        (
            "How",
            {"fields": ("is_active", "is_ordered", "only_if_nothing_more_specific", "delay")},
        ),
    )
    looked_at = {
        "params": "params_shown",
        "headers": "headers_shown",
        "auth_kind": "authorization",
        "auth_login": "",
        "password": "",
        "token": "",
    }
    change_form_template = "admin/offers/postback/change_form.html"
    change_list_template = "admin/offers/change_list.html"
    list_before_template = "admin/offers/postback/waiting.html"
    list_display = (
        "number", "whose", "of_goal", "status", "address", "kind", "standing", "created", "changed",
    )  # fmt: skip
    list_display_links = None
    list_select_related = ("affiliate", "offer", "goal", "rule", "edit")
    list_filter = (
        ApprovalFilter,
        ("conversion_status", ChoicesDropdownFilter),
        ("http_type", ChoicesDropdownFilter),
        "is_active",
        ("affiliate", RowFilter),
        ("offer", RowFilter),
    )
    list_filter_submit = True
    search_fields = ("url", "affiliate__name", "offer__name")
    search_help_text = "URL, affiliate or offer"
    empty_text = (
        "A postback says which URL is called for which conversions. Add the first one, or let "
        "affiliates add theirs."
    )
    delete_text = (
        "Deliveries that still wait are canceled. What was sent stays in the ledgers. To stop it "
        "for a while only, deactivate it instead."
    )
    autocomplete_fields = ("affiliate", "offer")
    ordering = ("-pk",)
    sortable_by = ()
    actions = ("activate_selected", "deactivate_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Postback]:
        queryset = super().get_queryset(request)
        return queryset.select_related("rule", "affiliate", "offer", "goal", "edit")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        waiting = services.waiting_for_approval()[:MANY].count()
        context = {"waiting_count": 0 if "waiting" in request.GET else waiting}
        answer: HttpResponse = super().changelist_view(request, context | (extra_context or {}))
        return answer

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        postback = self.get_object(request, object_id) if object_id else None
        context = postback_page.context(self, request, postback) | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        return postback_buttons.urls(self) + super().get_urls()

    def remove(self, row: Postback, by: Any) -> None:
        services.delete_postback(postback=row, by=by)

    # --- what only a form's own fields hold, for who may only look ---

    @admin.display(description="Request params")
    def params_shown(self, postback: Postback) -> SafeString | str:
        return looking.name_value_rows(postback.params, "none")

    @admin.display(description="Request headers")
    def headers_shown(self, postback: Postback) -> SafeString | str:
        return looking.name_value_rows(postback.headers, "none")

    @admin.display(description="Authorization")
    def authorization(self, postback: Postback) -> SafeString | str:
        kind = postback.get_auth_kind_display()
        if postback.auth_kind == Postback.AuthKind.NONE:
            return "none"
        secret = looking.stored(services.has_authorization(postback))
        if postback.auth_kind != Postback.AuthKind.BASIC:
            return looking.facts([("Kind", kind), ("Token", secret)])
        named = [("Kind", kind), ("Login", postback.auth_login)]
        return looking.facts([*named, ("Password", secret)])

    # --- columns ---

    @admin.display(description="ID")
    def number(self, postback: Postback) -> SafeString:
        url = self.page_url(postback.pk)
        return format_html('<a class="pb-title" href="{}">{}</a>', url, postback.pk)

    @admin.display(description="Affiliate, offer")
    def whose(self, postback: Postback) -> SafeString:
        affiliate = postback.affiliate.name if postback.affiliate else "All affiliates"
        offer = postback.offer.name if postback.offer else "All offers"
        return format_html(
            '<div class="pb-two"><span class="of-clip" title="{}">{}</span>'
            '<span class="pb-quiet of-clip" title="{}">{}</span></div>',
            affiliate, affiliate, offer, offer,
        )  # fmt: skip

    @admin.display(description="Goal")
    def of_goal(self, postback: Postback) -> SafeString | str:
        label = goal_label(postback.goal, "Any")
        return format_html('<span class="of-word">{}</span>', label)

    @admin.display(description="Status")
    def status(self, postback: Postback) -> SafeString:
        word = postback.get_conversion_status_display()
        return format_html('<span class="of-nowrap">{}</span>', word)

    @admin.display(description="HTTP type")
    def kind(self, postback: Postback) -> SafeString:
        return format_html('<span class="of-nowrap">{}</span>', postback.get_http_type_display())

    @admin.display(description="URL")
    def address(self, postback: Postback) -> SafeString:
        shown = postback.url.partition("://")[2]
        return format_html(
            '<span class="pb-clip of-url pb-mono" title="{}">{}</span>', postback.url, shown
        )

    @admin.display(description="State")
    def standing(self, postback: Postback) -> SafeString:
        badge = display.badge(postback_standing(postback))
        if waiting_edit(postback) is None:
            return badge
        return format_html(
            '<span class="pb-badges">{} <span class="pb-badge pb-warn">{}</span></span>',
            badge,
            "An edit waits",
        )

    @admin.display(description="Created")
    def created(self, postback: Postback) -> SafeString | str:
        return display.moment(postback.created_at)

    @admin.display(description="Updated")
    def changed(self, postback: Postback) -> SafeString | str:
        return display.moment(postback.updated_at)

    # --- actions on the list ---

    @admin.action(description="Activate", permissions=["change"])
    def activate_selected(self, request: HttpRequest, queryset: QuerySet[Postback]) -> None:
        self._switch(request, queryset, is_active=True, done="{} activated.")

    @admin.action(description="Deactivate: send nothing", permissions=["change"])
    def deactivate_selected(self, request: HttpRequest, queryset: QuerySet[Postback]) -> None:
        self._switch(request, queryset, is_active=False, done="{} deactivated.")

    def _switch(
        self, request: HttpRequest, queryset: QuerySet[Postback], *, is_active: bool, done: str
    ) -> None:
        def verb(row: Postback) -> None:
            services.set_postback_active(postback=row, is_active=is_active, by=request.user)

        chosen = Postback.objects.filter(pk__in=queryset.values("pk"), is_active=not is_active)
        self.press_all(request, chosen, verb, done)
