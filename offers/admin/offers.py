"""Offers: details, goals, postbacks, conversions and deliveries, each on a tab of its page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from dispatcher.admin.service import ServiceAdmin, ServiceForm, when_known
from dispatcher.console import display, names
from dispatcher.console.wording import delivery_standing
from dispatcher.keys import as_key
from dispatcher.models import Delivery, OwnerHold
from offers import services
from offers.admin.tables import conversion_rows, postback_rows
from offers.admin.wording import goal_label, offer_standing
from offers.models import Affiliate, ConversionChange, Goal, Offer, Postback

SHOWN = 50
CHANGES_LOOKED_AT = 200
TABS = (
    ("change", "Details"),
    ("goals", "Goals"),
    ("postbacks", "Postbacks"),
    ("conversions", "Conversions"),
    ("deliveries", "Deliveries"),
)


class OfferForm(ServiceForm[Offer]):
    affiliates = forms.ModelMultipleChoiceField(queryset=Affiliate.objects.all(), required=False)

    class Meta:
        model = Offer
        fields = (
            "name", "reference_id", "description", "status", "enabled_goals", "is_open",
            "affiliates",
        )  # fmt: skip
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
        help_texts = {
            "reference_id": "How your systems name this offer when they report a conversion. Left "
            "empty, it is made from the name.",
            "description": "Affiliates read it.",
            "status": "Unless it is active, conversions are counted and nothing is sent.",
            "enabled_goals": "On: a postback fires for its goal only. Off: the goal is not looked "
            "at; postbacks keep theirs, and it counts again when this is switched on.",
        }

    def store(self) -> None:
        affiliates = self.cleaned_data.get("affiliates")
        services.save_offer(offer=self.instance, affiliates=affiliates, by=self.by)

    def _save_m2m(self) -> None:
        """Nothing: the service has saved whom it is open to."""


@admin.register(Offer)
class OfferAdmin(ServiceAdmin[Offer]):
    form = OfferForm
    fields = (
        "name", "reference_id", "description", "status", "enabled_goals", "is_open", "affiliates",
        "seen_at",
    )  # fmt: skip
    conditional_fields = {"affiliates": when_known("is_open", "is_open == false")}
    change_form_template = "admin/offers/offer/change_form.html"
    list_display = ("title", "standing", "goals_switch", "goal_count", "postback_count", "changed")
    list_filter = (("status", ChoicesDropdownFilter), "enabled_goals")
    list_filter_submit = True
    search_fields = ("name", "reference_id")
    search_help_text = "Name or reference ID"
    empty_text = "Offers are what affiliates promote; conversions are counted for them."
    delete_text = "Its goals are deleted with it. It has neither conversions nor postbacks."
    autocomplete_fields = ("affiliates",)
    ordering = ("name", "pk")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        queryset = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "offers_offer_changelist":
            queryset = queryset.annotate(goals_made=_count(Goal), postbacks_made=_count(Postback))
        return queryset

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        key = as_key(object_id)
        context = {} if key is None else self._tabs(key, "change")
        return super().changeform_view(
            request, object_id, form_url, context | (extra_context or {})
        )

    def refusal(self, row: Offer) -> str:
        return services.why_offer_stays(offer=row)

    def remove(self, row: Offer, by: Any) -> None:
        services.delete_offer(offer=row, by=by)

    # --- tabs ---

    def get_urls(self) -> list[URLPattern]:
        tabs = {
            "goals": self.goals_view,
            "postbacks": self.postbacks_view,
            "conversions": self.conversions_view,
            "deliveries": self.deliveries_view,
        }
        own = [
            path(
                f"<int:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"offers_offer_{name}",
            )
            for name, view in tabs.items()
        ]
        return own + super().get_urls()

    def goals_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Its goals, the default one marked."""
        offer = self._offer(request, object_id)
        goals = offer.goals.annotate(postbacks_made=Count("postbacks"))
        rows = [
            {
                "goal": goal,
                "label": goal_label(goal, ""),
                "url": reverse("admin:offers_goal_change", args=[goal.pk]),
            }
            for goal in goals.order_by("-is_default", "name")[:SHOWN]
        ]
        return self._tab(request, offer, "goals", {"rows": rows})

    def postbacks_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Its own postbacks; those of affiliates for all offers are named as well."""
        offer = self._offer(request, object_id)
        elsewhere = Postback.objects.filter(offer=None)
        context = {
            "rows": postback_rows(offer.postbacks.all(), limit=SHOWN),
            "of_all_offers": postback_rows(elsewhere, limit=10),
            "all_url": f"{reverse('admin:offers_postback_changelist')}?offer__id__exact={offer.pk}",
        }
        return self._tab(request, offer, "postbacks", context)

    def conversions_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Its latest conversions."""
        offer = self._offer(request, object_id)
        url = f"{reverse('admin:offers_conversion_changelist')}?offer__id__exact={offer.pk}"
        rows = conversion_rows(offer.conversions.all(), limit=SHOWN)
        return self._tab(request, offer, "conversions", {"rows": rows, "all_url": url})

    def deliveries_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What was sent lately because of its conversions, by whichever postback."""
        offer = self._offer(request, object_id)
        if not request.user.has_perm("dispatcher.view_delivery"):
            raise PermissionDenied
        changes = ConversionChange.objects.filter(conversion__offer=offer)
        events = changes.exclude(event_id=None).order_by("-pk").values_list("event_id", flat=True)
        latest = (
            Delivery.objects.filter(event_id__in=list(events[:CHANGES_LOOKED_AT]))
            .select_related("rule", "destination", "event")
            .defer("rule__credentials", "event__payload")
            .order_by("-pk")[:SHOWN]
        )
        named = names.resolve({one.event.subject for one in latest})
        holds = dict(OwnerHold.objects.values_list("owner", "reason"))
        moment = timezone.now()
        rows = [
            {
                "delivery": delivery,
                "about": named[delivery.event.subject].label if delivery.event.subject else "",
                "about_url": named[delivery.event.subject].url if delivery.event.subject else "",
                "url": reverse("admin:dispatcher_delivery_change", args=[delivery.pk]),
                "badge": display.badge(
                    delivery_standing(delivery, owner_holds=holds, moment=moment)
                ),
            }
            for delivery in latest
        ]
        return self._tab(request, offer, "deliveries", {"rows": rows})

    def _offer(self, request: HttpRequest, object_id: int) -> Offer:
        offer = self.get_object(request, str(object_id))
        if offer is None:
            raise Http404
        if not self.has_view_permission(request, offer):
            raise PermissionDenied
        return offer

    def _tab(
        self, request: HttpRequest, offer: Offer, name: str, context: dict[str, Any]
    ) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": offer.name,
            "offer": offer,
            "standing": offer_standing(offer),
            **self._tabs(offer.pk, name),
        }
        template = f"admin/offers/offer/{name}.html"
        return TemplateResponse(request, template, shared | context)

    def _tabs(self, pk: int, chosen: str) -> dict[str, Any]:
        tabs = [
            {
                "title": title,
                "url": reverse(f"admin:offers_offer_{name}", args=[pk]),
                "is_chosen": name == chosen,
            }
            for name, title in TABS
        ]
        return {"offer_tabs": tabs}

    # --- columns ---

    @admin.display(description="Offer")
    def title(self, offer: Offer) -> SafeString:
        return display.two_lines(offer.name, offer.reference_id)

    @admin.display(description="State")
    def standing(self, offer: Offer) -> SafeString:
        return display.badge(offer_standing(offer))

    @admin.display(description="Enabled Goals")
    def goals_switch(self, offer: Offer) -> str:
        return "On" if offer.enabled_goals else "Off"

    @admin.display(description="Goals")
    def goal_count(self, offer: Offer) -> SafeString | str:
        return self._counted(offer, offer.goals_made, "goals")  # type: ignore[attr-defined]

    @admin.display(description="Postbacks")
    def postback_count(self, offer: Offer) -> SafeString | str:
        return self._counted(offer, offer.postbacks_made, "postbacks")  # type: ignore[attr-defined]

    def _counted(self, offer: Offer, count: int, tab: str) -> SafeString | str:
        url = reverse(f"admin:offers_offer_{tab}", args=[offer.pk])
        return format_html('<a class="pb-link" href="{}">{}</a>', url, count or "none")

    @admin.display(description="Changed")
    def changed(self, offer: Offer) -> SafeString | str:
        return display.moment(offer.updated_at)


def _count(model: Any) -> Any:
    """How many of these an offer has, without multiplying its rows."""
    rows = model.objects.filter(offer=OuterRef("pk")).order_by().values("offer")
    return Coalesce(Subquery(rows.annotate(made=Count(F("pk"))).values("made")), 0)
