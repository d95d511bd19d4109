"""The versions of an event's message: who wrote each, what it changed, and putting one back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages as flash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from dispatcher.console.compared import Line, compared
from dispatcher.keys import as_key
from notifications import messages, services
from notifications.events import EVERY_TYPE

VERSIONS_SHOWN = 200
_LABELS = dict(EVERY_TYPE)
_TITLES = {"title": "Title", "text": "Text", "html": "HTML"}


def versions_page(request: HttpRequest, event: str, *, page: dict[str, Any]) -> HttpResponse:
    """Every version with author and time; the one of `?number=` compared with the one before."""
    past = services.past_messages(event)
    newest = services.written_message(event).version
    number = _number(request.GET.get("number", ""), newest)
    chosen = past.filter(version=number).first()
    is_there = chosen is not None or number == 0
    may_change = request.user.has_perm("notifications.change_messagetemplate")
    context = page | {
        "title": f"Versions of the message for {_LABELS[event]}",
        "event": event,
        "versions": past.defer("title", "text", "html")[:VERSIONS_SHOWN],
        "newest": newest,
        "number": number,
        "is_there": is_there,
        "lines": list(_compare(event, past, number)) if is_there else [],
        "may_restore": is_there and number != newest and may_change,
    }
    return TemplateResponse(request, "admin/notifications/message_versions.html", context)


def restore(request: HttpRequest, event: str) -> HttpResponse:
    """Make the version of the form (`number`) the newest, and show the message."""
    number = _number(request.POST.get("number", ""), -1)
    try:
        saved = services.restore_message(event=event, version=number, by=request.user)
    except ValidationError as error:
        flash.error(request, " ".join(error.messages))
        return HttpResponseRedirect(_url("versions", event))
    which = f"Version {number} is" if number else "What the service comes with is"
    flash.success(request, f"{which} back, as version {saved.version}.")
    return HttpResponseRedirect(_url("message", event))


def _compare(event: str, past: Any, number: int) -> Iterator[Line]:
    """What this version changed; the first is compared with what the service comes with."""
    before = past.filter(version__lt=number).first()
    new = _lines(event, past.filter(version=number).first())
    return compared(_lines(event, before) if number else new, new)


def _lines(event: str, written: Any) -> list[str]:
    """A message as it reads: empty parts are what the service comes with."""
    message = messages.chosen(event, written)
    found: list[str] = []
    for part in messages.PARTS:
        found += [f"--- {_TITLES[part]} ---", *getattr(message, part).splitlines()]
    return found


def _number(text: str, default: int) -> int:
    key = as_key(text)
    return default if key is None else key


def _url(name: str, event: str) -> str:
    return reverse(f"admin:notifications_systemevent_{name}", args=[event])
