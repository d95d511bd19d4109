"""What the further pages of deliveries stand on."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from dispatcher.admin.base import LedgerAdmin
from dispatcher.models import Delivery


class DeliveryPages(LedgerAdmin[Delivery]):
    """Pages beside the list and the page of one."""

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Sending again and canceling: for whoever may change deliveries."""
        return bool(request.user.has_perm("dispatcher.change_delivery"))

    def look(self, request: HttpRequest) -> None:
        """Raises PermissionDenied for those who may not see deliveries."""
        if not self.has_view_permission(request):
            raise PermissionDenied

    def page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        """A page of its own in the operators' frame."""
        request.current_app = self.admin_site.name
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/dispatcher/delivery/{name}.html", whole)
