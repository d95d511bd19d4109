"""A changed template tried on what really happened, before it is saved."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dispatcher import services as dispatcher
from dispatcher.keys import as_key
from dispatcher.rendering import Rendered
from postbacks.models import Customer, Template
from postbacks.services.rendering import render_template

DEFAULT_COUNT = 20
MAX_COUNT = 100
_DIFF_LINES = 2_000  # of one document; a longer one is only said to differ


class Verdict(StrEnum):
    """What saving the template would do to an event like this one."""

    SAME = "same"
    CHANGED = "changed"
    FAILS = "fails"  # it was sent so far, or there is nothing to compare with
    STILL_FAILS = "still_fails"
    MENDED = "mended"


@dataclass(frozen=True, slots=True)
class Tried:
    """One event of the past; `diff` holds pairs of a mark (" ", "+", "-") and a line."""

    event_id: UUID
    subject: str
    received_at: datetime
    verdict: Verdict
    problems: list[str] = field(default_factory=list)
    diff: list[tuple[str, str]] = field(default_factory=list)


def try_on_past(
    *,
    template: Template,
    event_type: str,
    count: int = DEFAULT_COUNT,
    lay_out: Callable[[str], str] = str,
) -> list[Tried]:
    """Render a template, as it is in memory, over the newest real events; newest first.

    Compared with what is saved under the same key, if anything is. `lay_out` formats documents
    for the comparison by lines. Saves and sends nothing. Raises ValidationError as
    `render_template` does.
    """
    saved = Template.objects.filter(pk=template.pk).first() if template.pk else None
    owner = template.customer.owner if template.customer else ""
    count = max(1, min(count, MAX_COUNT))
    events = dispatcher.past_events(event_type, owner=owner, limit=count)
    return [_try(event, saved, template, lay_out) for event in events]


def _try(
    event: dispatcher.PastEvent,
    saved: Template | None,
    template: Template,
    lay_out: Callable[[str], str],
) -> Tried:
    customer = _customer(event.owner)
    after = render_template(template=template, payload=event.payload, customer=customer)
    before = (
        render_template(template=saved, payload=event.payload, customer=customer)
        if saved and (saved.body or saved.subject)
        else None
    )
    verdict = _verdict(before, after)
    return Tried(
        event_id=event.id,
        subject=event.subject,
        received_at=event.received_at,
        verdict=verdict,
        problems=[problem.message for problem in after.errors],
        diff=_diff(_whole(saved, before, lay_out), _whole(template, after, lay_out))
        if verdict is Verdict.CHANGED and before and saved
        else [],
    )


def _whole(template: Template, rendered: Rendered, lay_out: Callable[[str], str]) -> str:
    """What was rendered as one text: a document, or the parts of an e-mail under each other."""
    if template.kind != Template.Kind.EMAIL:
        return lay_out(rendered.output)
    parts = zip(template.parts, rendered.outputs, strict=True)
    titles = {"subject": "Subject", "text": "Text", "html": "HTML"}
    return "\n".join(f"--- {titles[name]} ---\n{text}" for name, text in parts)


def _customer(owner: str) -> Customer | None:
    """Whose event it is; only the key is needed, so nothing is read."""
    key = as_key(owner.removeprefix("customer:"))
    return None if key is None else Customer(pk=key)


def _verdict(before: Rendered | None, after: Rendered) -> Verdict:
    if not after.ok:
        return Verdict.STILL_FAILS if before and not before.ok else Verdict.FAILS
    if before is None:
        return Verdict.CHANGED
    if not before.ok:
        return Verdict.MENDED
    return Verdict.SAME if before.outputs == after.outputs else Verdict.CHANGED


def _diff(before: str, after: str) -> list[tuple[str, str]]:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _DIFF_LINES:
        return []
    lines = list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]
    return [("…", "") if line.startswith("@@") else (line[:1], line[1:]) for line in lines]
