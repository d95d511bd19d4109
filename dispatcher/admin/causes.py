"""Two pages that lead to a cause: failures by cause, and why nothing was sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from dispatcher.admin.delivery_pages import DeliveryPages
from dispatcher.admin.failures import groups
from dispatcher.admin.why import find
from dispatcher.console import names
from dispatcher.selecting.times import SPANS


class CausePages(DeliveryPages):
    """Pages of DeliveryAdmin."""

    def cause_urls(self) -> list[URLPattern]:
        """Their addresses."""
        views = {"failures": self.failures_view, "why": self.why_view}
        return [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"dispatcher_delivery_{name}")
            for name, view in views.items()
        ]

    def failures_view(self, request: HttpRequest) -> HttpResponse:
        """Failed deliveries by destination and cause."""
        self.look(request)
        asked = request.GET.get("span", "")
        span = asked if asked in SPANS else "7d"
        return self.page(
            request,
            "failures",
            {
                "title": "Failures by cause",
                "span": span,
                "spans": [(name, words) for name, (words, _) in SPANS.items()],
                "groups": groups(span),
                "can_resend": self.has_resend_permission(request),
            },
        )

    def why_view(self, request: HttpRequest) -> HttpResponse:
        """Every rule that was considered for an order, a transaction or an event."""
        self.look(request)
        text = request.GET.get("q", "").strip()
        context = {
            "title": "Why was nothing sent?",
            "sought": text,
            "found": find(text) if text else None,
            "kinds": [*names.sought(), "an event id", "a webhook-id"],
        }
        return self.page(request, "why", context)
