"""Outgoing e-mail servers: entered, and tried step by step."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminPasswordWidget

from dispatcher.admin.service import ServiceAdmin, ServiceForm
from dispatcher.console import display, looking
from dispatcher.console.wording import Standing
from dispatcher.mail import Tls, Tried
from postbacks import services
from postbacks.models import OutgoingServer

_TONES = {"ok": "good", "failed": "bad", "skipped": "idle", "waiting": "idle"}
_WORDS = {"ok": "Done", "failed": "Failed", "skipped": "Not needed", "waiting": "Not reached"}


class OutgoingServerForm(ServiceForm[OutgoingServer]):
    new_password = forms.CharField(
        required=False,
        strip=False,
        max_length=255,
        label="Password",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = OutgoingServer
        fields = (
            "customer", "sender_address", "sender_name", "host", "port", "tls", "username",
        )  # fmt: skip
        labels = {"host": "Server"}
        help_texts = {
            "customer": "Leave empty for the default server: it sends for every customer that has "
            "none of its own.",
            "sender_address": "What receivers see as sender, for example orders@shop.example.com.",
            "sender_name": "Shown beside the address, for example “The print shop”.",
            "host": "Its name alone, for example smtp.example.com.",
            "port": "587 with STARTTLS, 465 with TLS from the first byte, 25 between servers.",
            "tls": "Your e-mail provider names it together with the port.",
            "username": "Often the whole e-mail address. Leave it empty if the server asks for "
            "none.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("new_password")
        if field is not None:
            is_set = bool(self.instance.pk and self.instance.password)
            field.help_text = (
                "One is stored. Leave this empty to keep it; it is never shown."
                if is_set
                else "Stored encrypted and never shown again."
            )

    def show(self, error: ValidationError) -> None:
        if hasattr(error, "error_dict") and "password" in error.error_dict:
            error.error_dict["new_password"] = error.error_dict.pop("password")
        super().show(error)

    def store(self) -> None:
        password = self.cleaned_data.get("new_password") or None
        services.save_outgoing_server(server=self.instance, password=password, by=self.by)


@admin.register(OutgoingServer)
class OutgoingServerAdmin(ServiceAdmin[OutgoingServer]):
    form = OutgoingServerForm
    fieldsets = (
        ("Whose e-mails", {"fields": ("customer", ("sender_address", "sender_name"), "seen_at")}),
        ("Server", {"fields": (("host", "port"), "tls", ("username", "new_password"))}),
    )
    looked_at = {"new_password": "password_shown"}
    change_form_template = "admin/postbacks/outgoingserver/change_form.html"
    list_display = ("title", "whose", "where", "security", "changed")
    list_select_related = ("customer",)
    search_fields = ("sender_address", "host", "customer__name")
    search_help_text = "Sender, server or customer"
    empty_text = (
        "E-mails need a mail server to send by: your e-mail provider's, with your user name. "
        "Add the default one first."
    )
    delete_text = (
        "E-mails of this customer go by the default server from then on; without that, "
        "by the one that EMAIL_URL names."
    )
    autocomplete_fields = ("customer",)
    ordering = ("customer__name", "pk")
    sortable_by = ()

    def remove(self, row: OutgoingServer, by: Any) -> None:
        services.delete_outgoing_server(server=row, by=by)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.test_view)
        own = [path("<int:object_id>/test/", view, name="postbacks_outgoingserver_test")]
        return own + super().get_urls()

    def test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Walk through every step with an e-mail to an address of the operator's."""
        server = self.take(request, str(object_id), post_only=False)
        if server is None:
            raise Http404
        recipient = getattr(request.user, "email", "") or server.sender_address
        tried, problems = None, []
        if request.method == "POST":
            recipient = request.POST.get("recipient", "")
            try:
                tried = services.test_outgoing_server(server=server, recipient=recipient)
            except ValidationError as error:
                problems = error.messages
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Test {server.host}",
            "server": server,
            "recipient": recipient,
            "problems": problems,
            "tried": tried,
            "steps": _steps(tried) if tried else [],
            "back_url": self.page_url(server.pk),
        }
        return TemplateResponse(request, "admin/postbacks/outgoingserver/test.html", context)

    @admin.display(description="Password")
    def password_shown(self, server: OutgoingServer) -> str:
        return looking.stored(server.password)

    @admin.display(description="Sender")
    def title(self, server: OutgoingServer) -> SafeString:
        return display.two_lines(server.sender_address, server.sender_name)

    @admin.display(description="For")
    def whose(self, server: OutgoingServer) -> SafeString | str:
        if server.customer is None:
            return format_html('<span class="pb-chip">{}</span>', "Default")
        return server.customer.name

    @admin.display(description="Server")
    def where(self, server: OutgoingServer) -> SafeString:
        return format_html('<span class="pb-mono">{}:{}</span>', server.host, server.port)

    @admin.display(description="Security")
    def security(self, server: OutgoingServer) -> SafeString:
        if server.tls == Tls.NONE:
            return display.badge(Standing("warn", "Not encrypted"))
        return display.badge(Standing("good", "TLS" if server.tls == Tls.TLS else "STARTTLS"))

    @admin.display(description="Changed")
    def changed(self, server: OutgoingServer) -> SafeString | str:
        return display.moment(server.updated_at)


def _steps(tried: Tried) -> list[dict[str, Any]]:
    return [
        {"step": step, "badge": display.badge(Standing(_TONES[step.state], _WORDS[step.state]))}
        for step in tried.steps
    ]
