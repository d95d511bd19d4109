"""Templates to start from: one for each event and format, good enough to use as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from postbacks.events import EventType
from postbacks.models import Template

_FOLDER = Path(__file__).parent / "ready"


@dataclass(frozen=True, slots=True)
class ReadyTemplate:
    """Everything the event's sample says, renamed nowhere; valid for each payload of its family."""

    event: str
    format: str
    name: str
    body: str


@cache
def ready_templates() -> tuple[ReadyTemplate, ...]:
    """All of them, by event in the order of the list of events, JSON first."""
    return tuple(_read(event, shape) for event in EventType for shape in Template.Format)


def _read(event: EventType, shape: Template.Format) -> ReadyTemplate:
    path = _FOLDER / f"{event.value}.{shape.value}.jinja"
    name = f"{event.label} ({shape.label})"
    return ReadyTemplate(event.value, shape.value, name, path.read_text(encoding="utf-8"))
