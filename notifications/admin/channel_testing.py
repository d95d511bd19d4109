"""The page where a channel is tried."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from dispatcher.models import Delivery
from notifications import services
from notifications.events import EVERY_TYPE, POSTBACK_ONLY
from notifications.kinds import KINDS
from notifications.models import Channel
from notifications.services.messages import sample_of

_LABELS = dict(EVERY_TYPE)


def channel_test(
    request: HttpRequest, channel: Channel, *, page: dict[str, Any], back_url: str
) -> HttpResponse:
    """Send by POST and go to the delivery's page, which shows request, answer and time."""
    event = request.POST.get("event") or request.GET.get("event") or _usual_event(channel)
    payload, problems = "", []
    if request.method == "POST":
        payload = request.POST.get("payload", "")
        try:
            uid = services.test_channel(
                channel=channel, event=event, payload=payload, by=request.user
            )
        except ValidationError as error:
            problems = error.messages
        else:
            return _to_delivery(request, uid)
    kind = KINDS.get(channel.kind)
    context = page | {
        "title": f"Test {channel.name}",
        "channel": channel,
        "kind": kind,
        "events": [
            (value, label)
            for value, label in EVERY_TYPE
            if value not in POSTBACK_ONLY or (kind and kind.is_postback)
        ],
        "event": event,
        "payload": payload or (sample_of(event) if event in _LABELS else ""),
        "problems": problems,
        "back_url": back_url,
    }
    return TemplateResponse(request, "admin/notifications/channel_test.html", context)


def _to_delivery(request: HttpRequest, uid: Any) -> HttpResponse:
    if not request.user.has_perm("dispatcher.view_delivery"):
        raise PermissionDenied
    key = Delivery.objects.values_list("pk", flat=True).get(uid=uid)
    return HttpResponseRedirect(reverse("admin:dispatcher_delivery_change", args=[key]))


def _usual_event(channel: Channel) -> str:
    attached = channel.attachments.order_by("pk").values_list("event", flat=True).first()
    return str(attached or EVERY_TYPE[0][0])
