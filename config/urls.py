"""Every address of the service."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health, metrics
from config.transfer import pages as transfer

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("config.signin.urls")),
    path("admin/configuration/", admin.site.admin_view(transfer.page), name="configuration"),
    path(
        "admin/configuration/download/",
        admin.site.admin_view(transfer.download),
        name="configuration-download",
    ),
    path("admin/", admin.site.urls),
    path("affiliates/", include("offers.site.urls")),
    path("api/", include("config.api")),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", metrics.metrics, name="metrics"),
]
