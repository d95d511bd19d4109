"""The Events page: each event's switch, the channels it is sent to, and what its message says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from dispatcher.admin.base import ModelAdmin
from dispatcher.console import noting
from notifications import services
from notifications.admin import event_channels, message_pages, message_versions
from notifications.events import EVERY_TYPE, FIRES_WHEN, POSTBACK_ONLY, OperationalType, Source
from notifications.models import Attachment, SystemEvent

_LABELS = dict(EVERY_TYPE)


@admin.register(SystemEvent)
class SystemEventAdmin(ModelAdmin[SystemEvent]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SystemEvent | None = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All events on one page."""
        self._may(request, "notifications.view_systemevent")
        rows = services.event_rows()
        own = [row for row in rows if row.is_operational]
        context = self._page(request, "System events") | {
            "opts": None,  # its name is the title already
            "groups": [
                ("Events of your shop", [row for row in rows if not row.is_operational], ""),
                ("News of this service itself", own, "What its operators should know."),
            ],
            "can_switch": request.user.has_perm("notifications.change_systemevent"),
        }
        return TemplateResponse(request, "admin/notifications/events.html", context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A switch has no form of its own: its event's page is shown."""
        row = self.get_object(request, object_id or "")
        if row is None:
            raise Http404
        return HttpResponseRedirect(self.event_url(row.event))

    def get_urls(self) -> list[URLPattern]:
        verbs: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "event": ("", self.event_view),
            "switch": ("switch/", self.switch_view),
            "attach": ("attach/", self.attach_view),
            "sources": ("sources/<int:key>/", self.sources_view),
            "detach": ("detach/<int:key>/", self.detach_view),
            "resume": ("resume/<int:key>/", self.resume_view),
            "message": ("message/", self.message_view),
            "preview": ("message/preview/", self.preview_view),
            "reset": ("message/reset/", self.reset_view),
            "versions": ("message/versions/", self.versions_view),
            "restore": ("message/restore/", self.restore_view),
            "sample": ("message/sample/", self.sample_view),
        }
        own = [
            path(
                f"on/<slug:event>/{rest}",
                self.admin_site.admin_view(view),
                name=f"notifications_systemevent_{name}",
            )
            for name, (rest, view) in verbs.items()
        ]
        return own + super().get_urls()

    def event_url(self, event: str) -> str:
        """The address of an event's page."""
        return reverse("admin:notifications_systemevent_event", args=[event])

    def event_view(
        self, request: HttpRequest, event: str, problems: Any = (), chosen: Any = None
    ) -> HttpResponse:
        """One event: its switch, its channels, its message."""
        self._may(request, "notifications.view_systemevent", event)
        attached = event_channels.attachments(event)
        row = next(one for one in services.event_rows() if one.event == event)
        user = request.user
        context = self._page(request, str(_LABELS[event])) | {
            "row": row,
            "sentence": FIRES_WHEN[event],
            "attached": [event_channels.shown(one) for one in attached],
            "channels": event_channels.choices(attached, event),
            "sources": [] if event in OperationalType.values else Source.choices,
            "problems": problems,
            "chosen": chosen or {"sources": []},
            "can_switch": user.has_perm("notifications.change_systemevent"),
            "can_attach": user.has_perm("notifications.add_attachment"),
            "can_change": user.has_perm("notifications.change_attachment"),
            "can_detach": user.has_perm("notifications.delete_attachment"),
            "can_add_channel": user.has_perm("notifications.add_channel"),
            "is_postback_only": event in POSTBACK_ONLY,
            "message": services.written_message(event),
            "current": message_pages.current(event),
            "add_url": f"{reverse('admin:notifications_channel_add')}?attach={event}",
        }
        return TemplateResponse(request, "admin/notifications/event.html", context)

    # --- what the page's buttons do ---

    def switch_view(self, request: HttpRequest, event: str) -> HttpResponse:
        """Switch an event on or off, at once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._may(request, "notifications.change_systemevent", event)
        is_on = request.POST.get("on") == "yes"
        services.switch_event(event=event, is_on=is_on, by=request.user)
        state = "on" if is_on else "off: nothing is sent, its channels stay attached"
        messages.success(request, f"“{_LABELS[event]}” is switched {state}.")
        back = request.POST.get("back")
        if back == "list":
            return HttpResponseRedirect(reverse("admin:notifications_systemevent_changelist"))
        return HttpResponseRedirect(self.event_url(event))

    def attach_view(self, request: HttpRequest, event: str) -> HttpResponse:
        """Send the event to one more channel."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._may(request, "notifications.add_attachment", event)
        key, sources = request.POST.get("channel", ""), request.POST.getlist("source")
        try:
            channel = event_channels.chosen(key)
            services.attach(event=event, channel=channel, sources=sources, by=request.user)
        except ValidationError as error:
            chosen = {"channel": key, "sources": sources}
            return self.event_view(request, event, problems=error.messages, chosen=chosen)
        messages.success(request, f"{channel} is attached.")
        return HttpResponseRedirect(self.event_url(event))

    def sources_view(self, request: HttpRequest, event: str, key: int) -> HttpResponse:
        """Change for which sources a channel is attached."""

        def verb(one: Attachment) -> str:
            chosen = request.POST.getlist("source")
            services.save_sources(attachment=one, sources=chosen, by=request.user)
            return f"{one.channel}: {one.source_names}."

        return self._press(request, event, key, "notifications.change_attachment", verb)

    def detach_view(self, request: HttpRequest, event: str, key: int) -> HttpResponse:
        """Send the event to this channel no longer."""

        def verb(one: Attachment) -> str:
            canceled = services.detach(attachment=one, by=request.user)
            more = f" {canceled} that waited will not be sent." if canceled else ""
            return f"{one.channel} is detached.{more}"

        return self._press(request, event, key, "notifications.delete_attachment", verb)

    def resume_view(self, request: HttpRequest, event: str, key: int) -> HttpResponse:
        """Go on after a pause."""

        def verb(one: Attachment) -> str:
            services.resume(attachment=one)
            noting.note(request.user, [one], "Resumed after a pause")
            return f"{one.channel} is sent to again; what was held is on its way."

        return self._press(request, event, key, "notifications.change_attachment", verb)

    def _press(
        self, request: HttpRequest, event: str, key: int, permission: str, verb: Any
    ) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._may(request, permission, event)
        found = Attachment.objects.filter(pk=key, event=event).select_related("channel", "rule")
        attachment = found.first()
        if attachment is None:
            raise Http404
        try:
            messages.success(request, verb(attachment))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(self.event_url(event))

    # --- the message ---

    def message_view(self, request: HttpRequest, event: str) -> HttpResponse:
        """What e-mails and chat messages of this event say."""
        self._may(request, "notifications.view_systemevent", event)
        return message_pages.message_page(
            request, event, page=self._page(request, ""), back_url=self.event_url(event)
        )

    def preview_view(self, request: HttpRequest, event: str) -> HttpResponse:
        """What the form's texts give at this moment."""
        self._may(request, "notifications.view_systemevent", event)
        return message_pages.preview(request, event)

    def reset_view(self, request: HttpRequest, event: str) -> HttpResponse:
        """Put back what the service comes with."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._may(request, "notifications.change_messagetemplate", event)
        services.reset_message(event=event, by=request.user)
        messages.success(request, "The message says again what the service comes with.")
        return HttpResponseRedirect(
            reverse("admin:notifications_systemevent_message", args=[event])
        )

    def versions_view(self, request: HttpRequest, event: str) -> HttpResponse:
        """Every version of the message, and what one changed."""
        self._may(request, "notifications.view_systemevent", event)
        return message_versions.versions_page(request, event, page=self._page(request, ""))

    def restore_view(self, request: HttpRequest, event: str) -> HttpResponse:
        """Make an earlier version of the message the newest."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._may(request, "notifications.change_messagetemplate", event)
        return message_versions.restore(request, event)

    def sample_view(self, request: HttpRequest, event: str) -> HttpResponse:
        """The payload of one real event, to try the message with."""
        self._may(request, "dispatcher.view_event", event)
        return message_pages.past_payload(request)

    def _may(self, request: HttpRequest, permission: str, event: str = "") -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        if event and event not in _LABELS:
            raise Http404

    def _page(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
