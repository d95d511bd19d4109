"""How the operators' pages look and what their menu holds (django-unfold)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _may_view(model: str) -> Any:
    def may_view(request: HttpRequest) -> bool:
        app, _, name = model.partition(".")
        return request.user.has_perm(f"{app}.view_{name}")

    return may_view


def _file(name: str) -> Any:
    """The address of a static file, asked for when a page is made."""

    def address(_request: HttpRequest) -> str:
        return static(name)

    return address


def _item(title: str, icon: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model.replace('.', '_')}_changelist"),
        "permission": _may_view(model),
    }


def _is_deliveries_page(request: HttpRequest) -> bool:
    """Failures and "Why was nothing sent?" lie under the list, and have entries of their own."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    is_of_them = view.startswith("admin:dispatcher_delivery_")
    return is_of_them and not view.endswith(("_failures", "_why"))


def _is_conversions_page(request: HttpRequest) -> bool:
    """Reconciliation lies under the list of conversions, and has an entry of its own."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    is_of_them = view.startswith("admin:offers_conversion_")
    return is_of_them and not view.endswith("_reconciliation")


def _page(title: str, icon: str, name: str, model: str) -> dict[str, Any]:
    """A page that is no list: the name of its address, and the model it is about."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(name),
        "permission": _may_view(model),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Postbacks",
    "SITE_HEADER": "Postbacks",
    "SITE_SUBHEADER": "Tells others what happened",
    "SITE_SYMBOL": "outgoing_mail",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": _file("console/icon.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "dispatcher.admin.overview.overview",
    "STYLES": [_file(f"console/{name}.css") for name in ("console", "lists", "forms")],
    "SCRIPTS": [_file(f"console/{name}.js") for name in ("console", "reach")],
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .215 262.881)",
            "700": "oklch(48.8% .217 264.376)",
            "800": "oklch(42.4% .179 265.638)",
            "900": "oklch(37.9% .137 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        }
    },
    "LOGIN": {"form": "config.signin.forms.LoginForm"},
    "ACCOUNT": {"navigation": [{"title": "Two-step log-in", "link": reverse_lazy("signin:setup")}]},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": "Overview", "icon": "home", "link": reverse_lazy("admin:index")},
                ]
            },
            {
                "title": "Deliveries",
                "separator": True,
                "items": [
                    _item("Deliveries", "send", "dispatcher.delivery")
                    | {"active": _is_deliveries_page},
                    _page(
                        "Failures by cause",
                        "report",
                        "admin:dispatcher_delivery_failures",
                        "dispatcher.delivery",
                    ),
                    _page(
                        "Why was nothing sent?",
                        "help",
                        "admin:dispatcher_delivery_why",
                        "dispatcher.delivery",
                    ),
                    _item("Events", "bolt", "dispatcher.event"),
                    _item("Destinations", "dns", "dispatcher.destination"),
                ],
            },
            {
                "title": "Orders",
                "separator": True,
                "items": [_item("Orders", "shopping_cart", "notifications.order")],
            },
            {
                "title": "Customers",
                "separator": True,
                "items": [
                    _item("Customers", "groups", "postbacks.customer"),
                    _item("Triggers", "notifications_active", "postbacks.trigger"),
                    _item("Templates", "description", "postbacks.template"),
                    _item("Lookup tables", "table", "postbacks.lookuptable"),
                ],
            },
            {
                "title": "Offers",
                "separator": True,
                "items": [
                    _item("Offers", "sell", "offers.offer"),
                    _item("Affiliates", "handshake", "offers.affiliate"),
                    _item("Affiliates' postbacks", "call_made", "offers.postback"),
                    _item("Conversions", "paid", "offers.conversion")
                    | {"active": _is_conversions_page},
                    _page(
                        "Reconciliation",
                        "balance",
                        "admin:offers_conversion_reconciliation",
                        "offers.conversion",
                    ),
                ],
            },
            {
                "title": "Notifications",
                "separator": True,
                "items": [
                    _item("System events", "notifications", "notifications.systemevent"),
                    _item("Channels", "forum", "notifications.channel"),
                ],
            },
            {
                "title": "Settings",
                "separator": True,
                "items": [
                    _item("Outgoing servers", "outgoing_mail", "postbacks.outgoingserver"),
                    _item("Storage", "database", "dispatcher.purge"),
                    _item("API tokens", "key", "dispatcher.apitoken"),
                    _page(
                        "Configuration file", "upload_file", "configuration", "postbacks.trigger"
                    ),
                    _item("Audit", "history", "admin.logentry"),
                    _item("Users", "person", "auth.user"),
                    _item("Groups", "badge", "auth.group"),
                ],
            },
        ],
    },
}
