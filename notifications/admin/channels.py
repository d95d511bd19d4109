"""Channels: where notifications go; added in two steps, tried from their own page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatcher.admin.service import ServiceAdmin
from dispatcher.console import display, looking
from notifications import services
from notifications.admin.channel_forms import form_for
from notifications.admin.channel_settings import channel_settings
from notifications.admin.channel_testing import channel_test
from notifications.admin.filters import KindFilter
from notifications.admin.wording import channel_standing
from notifications.events import EVERY_TYPE, POSTBACK_ONLY
from notifications.kinds import KINDS, BaseKind
from notifications.models import Attachment, Channel

_LABELS = dict(EVERY_TYPE)


@admin.register(Channel)
class ChannelAdmin(ServiceAdmin[Channel]):
    change_form_template = "admin/notifications/channel_form.html"
    list_display = ("title", "kind_name", "standing", "events", "changed")
    list_filter = (KindFilter,)
    list_filter_submit = True
    search_fields = ("name",)
    search_help_text = "Name"
    empty_text = (
        "A channel is a place that notifications go to: a URL of another system, e-mail "
        "addresses, or a chat. Add the first one, then attach it to an event."
    )
    delete_text = "What was sent stays in the ledgers. It is attached to no event."
    ordering = ("name", "pk")
    sortable_by = ()
    actions = ("activate_selected", "deactivate_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        queryset = super().get_queryset(request)
        match = request.resolver_match
        is_list = match and match.url_name == "notifications_channel_changelist"
        return queryset.defer("secret") if is_list else queryset

    def prepare(self, request: HttpRequest, rows: Sequence[Channel]) -> None:
        """One query for what all channels of a page are attached to."""
        attached = defaultdict(list)
        found = Attachment.objects.filter(channel__in=[row.pk for row in rows])
        found = found.select_related("rule__route__destination")
        for one in found.defer("rule__credentials", "rule__route__spec").order_by("pk"):
            attached[one.channel_id].append(one)
        for row in rows:
            row.attached = attached[row.pk]  # type: ignore[attr-defined]

    def refusal(self, row: Channel) -> str:
        return services.why_channel_stays(channel=row)

    def remove(self, row: Channel, by: Any) -> None:
        services.delete_channel(channel=row, by=by)

    # --- the form: first the kind, then its fields ---

    def get_form(
        self,
        request: HttpRequest,
        obj: Channel | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's
        **kwargs: Any,
    ) -> Any:
        kind = _kind_of(request, obj)
        kwargs["form"] = form_for(kind, obj.secret if obj else {})
        kwargs["fields"] = ("name", "is_active")
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        kind = _kind_of(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            return (
                (None, {"fields": ("name", "is_active")}),
                (kind.label, {"fields": ["settings"]}),
            )
        own = list(form_for(kind, obj.secret if obj else {}).declared_fields)
        return (
            (None, {"fields": ("name", "is_active", "seen_at")}),
            (kind.label, {"fields": [name for name in own if name != "seen_at"]}),
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask for the kind first."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        event = _event_of(request)
        if request.GET.get("kind") not in KINDS:
            return self._choose_kind(request, event)
        kind = KINDS[request.GET["kind"]]
        context = {"kind": kind, "attach_to": _LABELS.get(event, "")}
        return super().add_view(request, form_url, context | (extra_context or {}))

    def _choose_kind(self, request: HttpRequest, event: str) -> HttpResponse:
        more = f"&attach={event}" if event else ""
        is_only = event in POSTBACK_ONLY
        context = self._page(request, "Add a channel") | {
            "kinds": [
                {
                    "kind": kind,
                    "url": f"?kind={kind.name}{more}",
                    "is_open": kind.is_postback or not is_only,
                }
                for kind in KINDS.values()
            ],
            "attach_to": _LABELS.get(event, ""),
            "is_postback_only": is_only,
            "back_url": reverse("admin:notifications_channel_changelist"),
        }
        return TemplateResponse(request, "admin/notifications/kinds.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"is_active": True}

    def response_add(
        self, request: HttpRequest, obj: Channel, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Back to the event that a channel was wanted for, with the channel attached to it."""
        event = _event_of(request)
        if not event or not request.user.has_perm("notifications.add_attachment"):
            return super().response_add(request, obj, post_url_continue)
        sources = request.GET.getlist("source")
        try:
            services.attach(event=event, channel=obj, sources=sources, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"“{obj}” was added and is attached to this event.")
        return HttpResponseRedirect(reverse("admin:notifications_systemevent_event", args=[event]))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = extra_context or {}
        channel = self.get_object(request, object_id) if object_id else None
        if channel:
            context = {**self._beside(request, channel), **context}
        return super().changeform_view(request, object_id, form_url, context)

    def _beside(self, request: HttpRequest, channel: Channel) -> dict[str, Any]:
        """What the page shows beside the form."""
        self.prepare(request, [channel])
        attached = channel.attached  # type: ignore[attr-defined]
        deliveries = reverse("admin:dispatcher_delivery_changelist")
        return {
            "channel": channel,
            "kind": KINDS.get(channel.kind),
            "standing": channel_standing(channel, [one.rule for one in attached]),
            "attached": [
                {
                    "attachment": one,
                    "standing": channel_standing(channel, [one.rule]),
                    "url": reverse("admin:notifications_systemevent_event", args=[one.event]),
                    "deliveries_url": f"{deliveries}?rule__id__exact={one.rule_id}",
                }
                for one in attached
            ],
        }

    @admin.display(description="Settings")
    def settings(self, channel: Channel) -> SafeString:
        return looking.facts(channel_settings(channel))

    # --- what the page's buttons do ---

    def get_urls(self) -> list[URLPattern]:
        verbs = {
            "test": self.test_view,
            "activate": self.activate_view,
            "deactivate": self.deactivate_view,
        }
        own = [
            path(
                f"<int:object_id>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"notifications_channel_{verb}",
            )
            for verb, view in verbs.items()
        ]
        return own + super().get_urls()

    def activate_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send to it from now on, and what was held."""
        return self._switch(request, object_id, is_active=True)

    def deactivate_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send nothing to it; what waits is held."""
        return self._switch(request, object_id, is_active=False)

    def _switch(self, request: HttpRequest, object_id: int, *, is_active: bool) -> HttpResponse:
        def verb(row: Channel) -> None:
            services.set_channel_active(channel=row, is_active=is_active, by=request.user)

        done = "It is active now." if is_active else "It is inactive: nothing is sent to it."
        return self.press(request, str(object_id), verb, done)

    def test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask what to try it with, then send; the delivery's page shows how it went."""
        channel = self.take(request, str(object_id), post_only=False)
        if channel is None:
            raise Http404
        back = self.page_url(channel.pk)
        return channel_test(request, channel, page=self._page(request, ""), back_url=back)

    def _page(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title}

    # --- columns ---

    @admin.display(description="Channel")
    def title(self, channel: Channel) -> SafeString:
        kind = KINDS.get(channel.kind)
        return display.two_lines(channel.name, kind.summary(channel.config) if kind else "")

    @admin.display(description="Kind")
    def kind_name(self, channel: Channel) -> SafeString:
        kind = KINDS.get(channel.kind)
        return format_html(
            '<span class="pb-kind"><span class="material-symbols-outlined" aria-hidden="true">'
            "{}</span>{}</span>",
            kind.icon if kind else "help",
            kind.label if kind else channel.kind,
        )

    @admin.display(description="State")
    def standing(self, channel: Channel) -> SafeString:
        rules = [one.rule for one in channel.attached]  # type: ignore[attr-defined]
        return display.badge(channel_standing(channel, rules))

    @admin.display(description="Attached to")
    def events(self, channel: Channel) -> str:
        names = [str(_LABELS.get(one.event, one.event)) for one in channel.attached]  # type: ignore[attr-defined]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return (", ".join(names[:3]) + more) or display.NOTHING

    @admin.display(description="Changed")
    def changed(self, channel: Channel) -> SafeString | str:
        return display.moment(channel.updated_at)

    # --- actions on the list ---

    @admin.action(description="Activate", permissions=["change"])
    def activate_selected(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        self._each(request, queryset, is_active=True)

    @admin.action(description="Make inactive: nothing is sent to them", permissions=["change"])
    def deactivate_selected(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        self._each(request, queryset, is_active=False)

    def _each(self, request: HttpRequest, queryset: QuerySet[Channel], *, is_active: bool) -> None:
        def verb(row: Channel) -> None:
            services.set_channel_active(channel=row, is_active=is_active, by=request.user)

        done = "{} activated." if is_active else "{} made inactive."
        rows = Channel.objects.filter(pk__in=queryset.values("pk"))
        self.press_all(request, rows, verb, done)


def _kind_of(request: HttpRequest, channel: Channel | None) -> BaseKind:
    """The kind of a channel, or the one that was chosen for a new one."""
    name = channel.kind if channel else request.GET.get("kind", "")
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _event_of(request: HttpRequest) -> str:
    """The event that a new channel is wanted for; empty if for none."""
    event = request.GET.get("attach", "")
    return event if event in _LABELS else ""
