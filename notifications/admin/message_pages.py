"""The page where an event's message is written beside a preview."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse

from dispatcher import services as dispatcher
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.console import display, names
from dispatcher.console.documents import laid_out
from dispatcher.rendering import Rendered
from notifications import messages, services
from notifications.contracts import Message
from notifications.events import EVERY_TYPE
from notifications.models import MessageTemplate
from notifications.services.messages import sample_of

EVENTS_SHOWN = 20
_TITLES = {
    "title": "Title, also the subject of e-mails",
    "text": "Text of chat messages, and of e-mails for programs that show no HTML",
    "html": "HTML of e-mails",
}
_LABELS = dict(EVERY_TYPE)


def current(event: str) -> Message:
    """What the event's message says at present."""
    return messages.message_for(event)


def message_page(
    request: HttpRequest, event: str, *, page: dict[str, Any], back_url: str
) -> HttpResponse:
    """The form; what is wrong with a part is shown beside it."""
    written = services.written_message(event)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        if not request.user.has_perm("notifications.change_messagetemplate"):
            raise PermissionDenied
        _take(request, written)
        try:
            _take_seen_at(request, written)
            services.save_message(message=written, by=request.user)
        except ValidationError as error:
            errors = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        else:
            flash.success(request, "Saved. It counts from the next event on.")
            return HttpResponseRedirect(request.path)
    context = page | {
        "title": f"Message for {_LABELS[event]}",
        "event": event,
        "label": _LABELS[event],
        "parts": _parts(messages.chosen(event, written), errors),
        "problems": [
            text for name, texts in errors.items() for text in texts if name not in messages.PARTS
        ],
        "is_written": any(getattr(written, name) for name in messages.PARTS),
        "version": written.version,
        "seen_at": written.updated_at.isoformat() if written.pk else "",
        "sample": sample_of(event),
        "past": _past(request, event),
        "can_save": request.user.has_perm("notifications.change_messagetemplate"),
        "back_url": back_url,
    }
    return TemplateResponse(request, "admin/notifications/message.html", context)


def _parts(message: Message, errors: dict[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": _TITLES[name],
            "value": getattr(message, name),
            "errors": errors.get(name, ()),
        }
        for name in messages.PARTS
    ]


def _take(request: HttpRequest, written: MessageTemplate) -> None:
    """The form's texts; a text left as the service comes with it stays that."""
    for name in messages.PARTS:
        setattr(written, name, request.POST.get(name, ""))


def _take_seen_at(request: HttpRequest, written: MessageTemplate) -> None:
    """When the message was last changed as the page knew it: of two who edit, one is told."""
    text = request.POST.get("seen_at", "")
    if written.pk is None:
        return
    try:
        written.updated_at = datetime.fromisoformat(text)
    except ValueError:
        raise ChangedMeanwhileError("message") from None  # it was first written meanwhile


def _past(request: HttpRequest, event: str) -> list[dict[str, str]]:
    """The latest real events of this type, for whoever may see them."""
    if not request.user.has_perm("dispatcher.view_event"):
        return []
    return [
        {
            "id": str(one.id),
            "label": " · ".join(
                filter(None, [names.readable(one.subject), display.moment_text(one.received_at)])
            ),
        }
        for one in dispatcher.past_events(event, limit=EVENTS_SHOWN)
    ]


def past_payload(request: HttpRequest) -> HttpResponse:
    """The payload of one event."""
    try:
        found = dispatcher.past_event(UUID(request.GET.get("id", "")))
    except ValueError:
        found = None
    return JsonResponse({"payload": laid_out(found.payload) if found else ""})


def preview(request: HttpRequest, event: str) -> HttpResponse:
    """The texts rendered with the form's payload, as JSON; saves nothing."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    written = MessageTemplate(event=event)
    _take(request, written)
    try:
        rendered = services.preview_message(
            message=written, payload=request.POST.get("payload", "")
        )
    except ValidationError as error:
        problems = [{"part": "payload", "message": text} for text in error.messages]
        return JsonResponse({"parts": {}, "errors": problems, "warnings": []})
    return JsonResponse(
        {
            "parts": {name: one.output for name, one in rendered.items()},
            "errors": _problems(rendered, "errors"),
            "warnings": _problems(rendered, "warnings"),
        }
    )


def _problems(rendered: Any, which: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    parts: dict[str, Rendered] = dict(rendered)
    for name, one in parts.items():
        for problem in getattr(one, which):
            where = "payload" if problem.where == "payload" else name
            row = {"part": where, "line": problem.line, "message": problem.message}
            if row not in found:
                found.append(row)
    return found
