"""The API: every call under /api/v1/, its OpenAPI document and the page to try it on."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from dispatcher.api import filters, permissions
from dispatcher.api.erasures import ErasureViewSet
from dispatcher.api.ledgers import DeliveryViewSet, EventViewSet
from notifications.api import ledger_names as notification_names
from notifications.api.channels import ChannelViewSet
from notifications.api.facts import view_of
from notifications.api.orders import OrderViewSet
from notifications.api.subscriptions import SubscriptionViewSet
from notifications.api.system_events import (
    SampleView,
    SwitchView,
    SystemEventBatchView,
    SystemEventView,
)
from notifications.services import FactKind
from offers.api import ledger_names as offer_names
from offers.api.affiliates import AffiliateViewSet
from offers.api.conversions import ConversionViewSet
from offers.api.offers import GoalViewSet, OfferViewSet
from offers.api.postbacks import PostbackViewSet
from postbacks.api import ledger_names
from postbacks.api.customers import CustomerViewSet
from postbacks.api.lookups import LookupViewSet
from postbacks.api.order_events import OrderEventBatchView, OrderEventView
from postbacks.api.servers import OutgoingServerViewSet
from postbacks.api.templates import TemplateViewSet
from postbacks.api.triggers import TriggerViewSet

filters.register_types(*ledger_names.EVENT_TYPES)
filters.register_types(*offer_names.EVENT_TYPES)
filters.register_owner("customer", ledger_names.find_customer)
filters.register_owner("affiliate", offer_names.find_affiliate)
filters.register_hidden("affiliate", offer_names.PRIVATE)
permissions.register_owner_check("affiliate", offer_names.why_closed)
filters.register_types(*notification_names.EVENT_TYPES)
filters.register_owner("channel", notification_names.find_channel)

router = SimpleRouter()
router.register("events", EventViewSet, basename="event")
router.register("deliveries", DeliveryViewSet, basename="delivery")
router.register("erasures", ErasureViewSet, basename="erasure")
router.register("customers", CustomerViewSet, basename="customer")
router.register("outgoing-servers", OutgoingServerViewSet, basename="outgoing-server")
router.register("templates", TemplateViewSet, basename="template")
router.register("triggers", TriggerViewSet, basename="trigger")
router.register("lookups", LookupViewSet, basename="lookup")
router.register("affiliates", AffiliateViewSet, basename="affiliate")
router.register("offers", OfferViewSet, basename="offer")
router.register("goals", GoalViewSet, basename="goal")
router.register("postbacks", PostbackViewSet, basename="postback")
router.register("conversions", ConversionViewSet, basename="conversion")
router.register("channels", ChannelViewSet, basename="channel")
router.register("subscriptions", SubscriptionViewSet, basename="subscription")
router.register("orders", OrderViewSet, basename="order")

calls: list[Any] = [
    path("order-events/", OrderEventView.as_view(), name="order-events"),
    path("order-events/batch/", OrderEventBatchView.as_view(), name="order-events-batch"),
    path("system-events/", SystemEventView.as_view(), name="system-events"),
    path("system-events/batch/", SystemEventBatchView.as_view(), name="system-events-batch"),
    path("system-events/<slug:type>/", SwitchView.as_view(), name="system-event"),
    path("system-events/<slug:type>/samples/", SampleView.as_view(), name="system-event-samples"),
    *(
        path(f"facts/{kind.value}/", view_of(kind).as_view(), name=f"fact-{kind.value}")
        for kind in FactKind
    ),
    *router.urls,
]


@require_safe
def schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """The OpenAPI document."""
    return HttpResponse(document(), content_type="application/vnd.oai.openapi+json")


@cache
def document() -> bytes:
    """The OpenAPI document as JSON; made once, since it takes long and never changes."""
    generator: Any = SchemaGenerator(patterns=[path("api/v1/", include(calls))])  # type: ignore[no-untyped-call]
    made = generator.get_schema(public=True)
    return bytes(OpenApiJsonRenderer().render(made, renderer_context={}))


class Docs(SpectacularSwaggerSplitView):
    """The page to read and try the API on; it loads nothing from anywhere else."""

    url_name = "schema"
    template_name = "api/docs.html"
    throttle_classes = ()


urlpatterns = [
    path("v1/", include(calls)),
    path("schema/", schema, name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
]
