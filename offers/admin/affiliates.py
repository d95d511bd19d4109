"""Affiliates: who promotes, who of them may log in, what is sent for them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from dispatcher.admin.service import ServiceAdmin, ServiceForm
from dispatcher.console import display
from dispatcher.keys import as_key, find_row
from offers import notices, services
from offers.admin.tables import postback_rows
from offers.admin.wording import affiliate_standing
from offers.models import Affiliate, Membership
from offers.services.invitations import invite_user, link_to_choose

POSTBACKS_SHOWN = 50
USERS_SHOWN = 100
GONE = "This user does not belong to the affiliate any more."


class AffiliateForm(ServiceForm[Affiliate]):
    class Meta:
        model = Affiliate
        fields = ("name", "reference_id", "email", "status", "requires_approval")
        help_texts = {
            "reference_id": "How your systems name this affiliate when they report a conversion. "
            "Left empty, it is made from the name.",
            "status": "Only for an active affiliate is anything sent. Otherwise what waits is "
            "held, and sent when it is active again.",
            "email": "Told when a postback of this affiliate is paused or decided on. Left empty, "
            "the people who log in for it are told.",
            "requires_approval": "Whether an operator looks at each postback that the affiliate "
            "adds or edits before it is live.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "requires_approval" in self.fields:
            widget: Any = self.fields["requires_approval"].widget
            usual = "needed" if settings.OFFERS_REQUIRE_APPROVAL else "not needed"
            widget.choices = [
                ("unknown", f"As for most affiliates: {usual}"),
                ("true", "Yes, always"),
                ("false", "No, never"),
            ]

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
        "Its API tokens end, and its people see nothing of it any more. It has neither conversions "
        "nor postbacks."
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
            "can_mail": notices.can_tell(),
        }

    def refusal(self, row: Affiliate) -> str:
        return services.why_affiliate_stays(affiliate=row)

    def remove(self, row: Affiliate, by: Any) -> None:
        services.delete_affiliate(affiliate=row, by=by)

    def get_urls(self) -> list[URLPattern]:
        verbs = {
            "activate": self.activate_view,
            "block": self.block_view,
            "invite": self.invite_view,
            "link": self.link_view,
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
        if (affiliate := self.take(request, str(object_id))) is None:
            return HttpResponseNotAllowed(["POST"])
        email = request.POST.get("email", "").strip()
        try:
            member = invite_user(affiliate=affiliate, email=email, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self.to_page(object_id)
        _note(request, member, f"Invited to the affiliates' site for {affiliate}.")
        if not notices.can_tell():
            return self._link_page(request, member)
        done = f"{email} was invited: an e-mail with a link to choose a password is on its way."
        messages.success(request, done)
        return self.to_page(object_id)

    def link_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show, this once, a link by which a person of the affiliate chooses a password."""
        if (affiliate := self.take(request, str(object_id))) is None:
            return HttpResponseNotAllowed(["POST"])
        members = Membership.objects.filter(affiliate=affiliate, user__is_staff=False)
        member = members.filter(user=as_key(request.POST.get("user")) or 0).first()
        if member is None:
            messages.error(request, GONE)
            return self.to_page(object_id)
        return self._link_page(request, member)

    def _link_page(self, request: HttpRequest, member: Membership) -> HttpResponse:
        _note(request, member, "Made a link to choose a password, to hand over.")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Hand over this link now",
            "object": member.affiliate,
            "who": member.user.email or member.user.get_username(),
            "link": link_to_choose(member.user),
            "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
            "can_mail": notices.can_tell(),
            "back_url": self.page_url(member.affiliate_id),
        }
        return TemplateResponse(request, "admin/offers/affiliate/link.html", context)

    def remove_user_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """From now on a person sees nothing of this affiliate."""

        def verb(row: Affiliate) -> None:
            user = find_row(User.objects.all(), request.POST.get("user"))
            if user is None or not services.remove_user(affiliate=row, user=user):
                raise ValidationError(GONE)

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


def _note(request: HttpRequest, member: Membership, text: str) -> None:
    """For the audit: what was done for a person."""
    by: Any = request.user
    LogEntry.objects.log_actions(by.pk, [member.user], CHANGE, text)


def _look_url(affiliate: Affiliate) -> str:
    """The affiliates' site as this affiliate sees it; "" where there is none."""
    try:
        return reverse("affiliates:look", args=[affiliate.pk])
    except NoReverseMatch:
        return ""
