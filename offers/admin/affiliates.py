"""Affiliates: who promotes, who of them may log in, what is sent for them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from dispatcher.admin.service import ServiceAdmin, ServiceForm
from dispatcher.console import display
from offers import services
from offers.admin.tables import postback_rows
from offers.admin.wording import affiliate_standing
from offers.models import Affiliate, Membership
from offers.services.invitations import invite_user

POSTBACKS_SHOWN = 50
USERS_SHOWN = 100


class AffiliateForm(ServiceForm[Affiliate]):
    class Meta:
        model = Affiliate
        fields = ("name", "reference_id", "email", "status", "requires_approval")
        help_texts = {
            "reference_id": "How your systems name this affiliate when they report a conversion. "
            "Left empty, it is made from the name.",
            "status": "Only for an active affiliate is anything sent. Otherwise what waits is "
            "held, and sent when it is active again.",
            "email": "Told when a postback of this affiliate is paused or decided on.",
            "requires_approval": "Whether an operator looks at each postback that the affiliate "
            "adds or edits before it is live. Unknown: as the service is set up.",
        }

    def store(self) -> None:
        services.save_affiliate(affiliate=self.instance, by=self.by)


@admin.register(Affiliate)
class AffiliateAdmin(ServiceAdmin[Affiliate]):
    form = AffiliateForm
    fields = ("name", "reference_id", "email", "status", "requires_approval", "seen_at")
    change_form_template = "admin/offers/affiliate/change_form.html"
    list_display = ("title", "reference", "standing", "postback_count", "changed")
    list_filter = (("status", ChoicesDropdownFilter),)
    list_filter_submit = True
    search_fields = ("name", "reference_id", "email")
    search_help_text = "Name, reference ID or e-mail"
    empty_text = "Affiliates promote your offers and are told about their conversions."
    delete_text = (
        "An affiliate that has conversions or postbacks cannot be deleted: block it instead."
    )
    ordering = ("name", "pk")
    sortable_by = ()
    actions = ("activate_selected", "block_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Affiliate]:
        queryset = super().get_queryset(request)
        if (
            request.resolver_match
            and request.resolver_match.url_name == "offers_affiliate_changelist"
        ):
            queryset = queryset.annotate(postbacks_made=Count("postbacks"))
        return queryset

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        affiliate = self.get_object(request, object_id)
        context = self._beside(affiliate) if affiliate else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def _beside(self, affiliate: Affiliate) -> dict[str, Any]:
        by_affiliate = f"?affiliate__id__exact={affiliate.pk}"
        members = Membership.objects.filter(affiliate=affiliate).select_related("user")
        return {
            "affiliate": affiliate,
            "standing": affiliate_standing(affiliate),
            "members": members.order_by("user__username")[:USERS_SHOWN],
            "postbacks": postback_rows(affiliate.postbacks.all(), limit=POSTBACKS_SHOWN),
            "all_postbacks_url": reverse("admin:offers_postback_changelist") + by_affiliate,
            "conversions_url": reverse("admin:offers_conversion_changelist") + by_affiliate,
            "look_url": _look_url(affiliate),
        }

    def remove(self, row: Affiliate, by: Any) -> None:
        services.delete_affiliate(affiliate=row, by=by)

    def get_urls(self) -> list[URLPattern]:
        verbs = {
            "activate": self.activate_view,
            "block": self.block_view,
            "invite": self.invite_view,
            "remove-user": self.remove_user_view,
        }
        own = [
            path(
                f"<int:object_id>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"offers_affiliate_{verb}",
            )
            for verb, view in verbs.items()
        ]
        return own + super().get_urls()

    def activate_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send what waits, and what comes."""
        return self._move(
            request, object_id, Affiliate.Status.ACTIVE, "Active: what waited is sent."
        )

    def block_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send nothing any more."""
        return self._move(request, object_id, Affiliate.Status.BLOCKED, "Blocked: nothing is sent.")

    def _move(self, request: HttpRequest, object_id: int, status: str, done: str) -> HttpResponse:
        def verb(row: Affiliate) -> None:
            services.set_affiliate_status(affiliate=row, status=status, by=request.user)

        return self.press(request, str(object_id), verb, done)

    def invite_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Let a person log in to the affiliates' site; an e-mail asks for a password."""
        email = request.POST.get("email", "").strip()

        def verb(row: Affiliate) -> None:
            invite_user(affiliate=row, email=email, by=request.user)

        return self.press(request, str(object_id), verb, f"{email} was invited.")

    def remove_user_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """From now on a person sees nothing of this affiliate."""
        key = request.POST.get("user", "")

        def verb(row: Affiliate) -> None:
            user = User.objects.filter(pk=int(key)).first() if key.isdigit() else None
            if user is None or not services.remove_user(affiliate=row, user=user):
                raise ValidationError("This user does not belong to the affiliate any more.")

        return self.press(request, str(object_id), verb, "The user was removed.")

    # --- columns ---

    @admin.display(description="Affiliate")
    def title(self, affiliate: Affiliate) -> SafeString:
        return display.two_lines(affiliate.name, affiliate.email)

    @admin.display(description="Reference ID")
    def reference(self, affiliate: Affiliate) -> SafeString:
        return format_html('<span class="pb-mono">{}</span>', affiliate.reference_id)

    @admin.display(description="State")
    def standing(self, affiliate: Affiliate) -> SafeString:
        return display.badge(affiliate_standing(affiliate))

    @admin.display(description="Postbacks")
    def postback_count(self, affiliate: Affiliate) -> SafeString | str:
        count = affiliate.postbacks_made  # type: ignore[attr-defined]
        if not count:
            return "none"
        url = f"{reverse('admin:offers_postback_changelist')}?affiliate__id__exact={affiliate.pk}"
        return format_html('<a class="pb-link" href="{}">{}</a>', url, count)

    @admin.display(description="Changed")
    def changed(self, affiliate: Affiliate) -> SafeString | str:
        return display.moment(affiliate.updated_at)

    # --- actions on the list ---

    @admin.action(description="Activate: send what was held", permissions=["change"])
    def activate_selected(self, request: HttpRequest, queryset: QuerySet[Affiliate]) -> None:
        self._each(request, queryset, Affiliate.Status.ACTIVE, "{} activated.")

    @admin.action(description="Block: hold what waits", permissions=["change"])
    def block_selected(self, request: HttpRequest, queryset: QuerySet[Affiliate]) -> None:
        self._each(request, queryset, Affiliate.Status.BLOCKED, "{} blocked.")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Affiliate], status: str, done: str
    ) -> None:
        def verb(row: Affiliate) -> None:
            services.set_affiliate_status(affiliate=row, status=status, by=request.user)

        rows = Affiliate.objects.filter(pk__in=queryset.values("pk"))
        self.press_all(request, rows, verb, done)


def _look_url(affiliate: Affiliate) -> str:
    """The affiliates' site as this affiliate sees it; "" where there is none."""
    try:
        return reverse("affiliates:look", args=[affiliate.pk])
    except NoReverseMatch:
        return ""
