"""The wording of events' messages: changed, and put back to what the service comes with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from dispatcher import checks
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from dispatcher.configuration.texts import plain_lines
from dispatcher.rendering import Job, Problem, Rendered, Template, renderer
from notifications import kinds, messages
from notifications.documents import sample_payload
from notifications.events import EVERY_TYPE, EventType, OperationalType
from notifications.models import Attachment, MessageTemplate
from notifications.services.routes import refresh_routes

MAX_TEXT = 20_000
_ABOUT = {
    OperationalType.DESTINATION_PAUSED.value: "https://shop.example.com:443",
    OperationalType.DESTINATION_RESUMED.value: "https://shop.example.com:443",
    OperationalType.WORKERS_SILENT.value: "worker-2",
}


def written_message(event: str) -> MessageTemplate:
    """The row of this event's message, or a new one that is not saved yet."""
    found = MessageTemplate.objects.filter(event=event).first()
    return found or MessageTemplate(event=event)


@transaction.atomic
def save_message(*, message: MessageTemplate, by: Author = None) -> MessageTemplate:
    """Save what an event's message says; a part that is empty says what the service comes with.

    Counts from the next event on. Raises ValidationError keyed by part, ChangedMeanwhileError
    when somebody else was faster.
    """
    before = saving.take(message)
    ready = messages.ready_message(message.event)
    for part in messages.PARTS:
        value = plain_lines(getattr(message, part)).strip()
        is_ready = value == getattr(ready, part).strip()
        setattr(message, part, "" if is_ready else value)
    saving.check(message, lambda: _check(message))
    message.version = before.version if before else 0
    message.version += before is None or saving.differs(message, before)
    saving.save(message, by=by)
    _refresh(message.event, by=by)
    return message


@transaction.atomic
def reset_message(*, event: str, by: Author = None) -> None:
    """Say again what the service comes with."""
    message = MessageTemplate.objects.filter(event=event).first()
    if message is not None:
        message.title = message.text = message.html = ""
        save_message(message=message, by=by)


def past_messages(event: str) -> QuerySet[Any]:
    """The history of this event's message, the newest version first, with who wrote each.

    Rows have `version`, `title`, `text`, `html`, `history_date` and `history_user`.
    """
    rows: QuerySet[Any] = MessageTemplate.history.filter(event=event, version__gt=0)
    return rows.exclude(history_type="-").select_related("history_user").order_by("-version")


@transaction.atomic
def restore_message(*, event: str, version: int, by: Author = None) -> MessageTemplate:
    """Say again what an earlier version said; 0 is what the service comes with.

    It becomes the newest version. Raises ValidationError where there is no such version.
    """
    past = past_messages(event).filter(version=version).first()
    if past is None and version != 0:
        raise ValidationError("There is no such version.")
    message = written_message(event)
    for part in messages.PARTS:
        setattr(message, part, getattr(past, part) if past else "")
    return save_message(message=message, by=by)


def _check(message: MessageTemplate) -> None:
    if message.event not in dict(EVERY_TYPE):
        raise ValidationError({"event": "There is no such event."})
    errors: dict[str, list[str]] = {}
    for part, form in messages.PARTS.items():
        source = getattr(message, part)
        if len(source) > MAX_TEXT:
            errors[part] = [f"At most {MAX_TEXT:,} characters."]
        elif source:
            problems = renderer().check_syntax(Template(form, source))
            if problems:
                errors[part] = [say(one) for one in problems]
    if errors:
        raise ValidationError(errors)


def say(problem: Problem) -> str:
    """A problem in one sentence, with its line."""
    return f"Line {problem.line}: {problem.message}" if problem.line else problem.message


def preview_message(*, message: MessageTemplate, payload: str = "") -> Mapping[str, Rendered]:
    """Render each part as it would be sent, with this payload or the event's sample.

    Nothing is saved. Raises ValidationError on `payload` for what is no JSON object.
    """
    text = payload.strip() or sample_of(message.event)
    checks.parse_payload(text)
    current = messages.chosen(message.event, message)
    templates = {
        part: Template(form, getattr(current, part)) for part, form in messages.PARTS.items()
    }
    jobs = [Job((template,), text) for template in templates.values()]
    return dict(zip(templates, renderer().render_many(jobs), strict=True))


def sample_of(event: str) -> str:
    """A payload to try a message of this event with."""
    if event in EventType.values:
        return sample_payload(event)
    sample = {
        "event": event,
        "occurred_at": "2026-03-01T09:30:00Z",
        "about": _ABOUT.get(event),
        "message": "What this service has to say about it, in a sentence.",
        "count": 3,
        "since": "2026-03-01T09:28:10Z",
        "url": f"{settings.BASE_URL}{reverse('admin:index')}",
        "details": {"rules": {"Shop team: Order completed": 2, "Warehouse: Refund applied": 1}}
        if event == OperationalType.DELIVERIES_FAILED
        else {},
    }
    return json.dumps(sample, indent=2, ensure_ascii=False)


def _refresh(event: str, *, by: Author) -> None:
    attached = Attachment.objects.filter(event=event).select_related("rule", "channel")
    refresh_routes([one for one in attached if not kinds.kind(one.channel.kind).is_postback], by=by)
