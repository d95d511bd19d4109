"""Templates: every saved change of what renders is a version, and new routes for who uses it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from dispatcher.checks import parse_payload
from dispatcher.configuration import saving
from dispatcher.configuration.errors import InUseError
from dispatcher.configuration.saving import Author
from dispatcher.configuration.texts import make_plain, plain_lines
from postbacks.events import EventType, sample_payload
from postbacks.models import Template, TemplateVersion
from postbacks.services.rendering import check_texts
from postbacks.services.routes import refresh_route

_NAMED = 3


def save_template(*, template: Template, by: Author = None) -> Template:
    """Save a new or changed template.

    When its texts, format, strictness or schema changed, this makes a version, and triggers
    that use the template send by it from the next event on; deliveries made before keep what they
    have.
    Raises ValidationError keyed by field, ChangedMeanwhileError when somebody else was faster.
    """
    template.name = template.name.strip()
    if template.kind == Template.Kind.EMAIL:
        template.format = ""
        template.subject = template.subject.strip()
    make_plain(template, *Template.OF_LINES)
    template.schema = template.schema.strip()
    check_texts(template)  # in the rendering process: before the transaction
    with transaction.atomic():
        before = saving.take(template)
        template.version = before.version if before else 0
        saving.check(
            template,
            lambda: _check_fields(template),
            lambda: _check_sample(template),
            lambda: _check_uses(template, before),
        )
        is_new_version = before is None or _what_renders(before) != _what_renders(template)
        template.version += is_new_version
        saving.save(template, by=by)
        if is_new_version:
            _keep_version(template, by)
            _refresh_routes(template, by)
    return template


def set_template_status(*, template: Template, status: str, by: Author = None) -> Template:
    """Activate a template or make it a draft again, as it is stored."""
    template.refresh_from_db()
    template.status = status
    return save_template(template=template, by=by)


def restore_template_version(*, template: Template, number: int, by: Author = None) -> Template:
    """Make what an earlier version rendered the newest version.

    Raises ValidationError when there is no such version, or a trigger needs another format.
    """
    template.refresh_from_db()
    version = template.versions.filter(number=number).first()
    if version is None:
        raise ValidationError(f"There is no version {number} of this template.")
    for name, value in _what_renders(version).items():
        setattr(template, name, value)
    return save_template(template=template, by=by)


def sample_of(template: Template) -> str:
    """The JSON text a template is tried with: its own sample, or that of its event."""
    return template.sample or sample_payload(template.event or EventType.ORDER_SHIPPED)


def _what_renders(template: Template | TemplateVersion) -> dict[str, Any]:
    """With plain line ends, as templates are rendered: older rows may have others."""
    kept = {name: getattr(template, name) for name in Template.RENDERING}
    return kept | {name: plain_lines(kept[name]) for name in kept if name in Template.OF_LINES}


def _keep_version(template: Template, by: Author) -> None:
    TemplateVersion.objects.create(
        template=template,
        number=template.version,
        **_what_renders(template),
        created_by=saving.known(by),
    )


def _refresh_routes(template: Template, by: Author) -> None:
    for trigger in template.triggers.select_related("rule", "template"):
        refresh_route(trigger, by=by)


def _check_fields(template: Template) -> None:
    errors = {}
    if not template.name:
        errors["name"] = "Give the template a name."
    if template.kind != Template.Kind.EMAIL and not template.format:
        errors["format"] = "Choose JSON or XML."
    if "\n" in template.subject or "\r" in template.subject:
        errors["subject"] = "The subject is one line. Take the line breaks out."
    if template.kind == Template.Kind.EMAIL and template.schema:
        errors["schema"] = "An e-mail has no schema. Take it out."
    if template.status == Template.Status.ACTIVE:
        errors |= _missing_text(template)
    if errors:
        raise ValidationError(errors)


def _missing_text(template: Template) -> dict[str, str]:
    """What has to be written before it is activated."""
    if template.kind != Template.Kind.EMAIL:
        is_there = bool(template.body.strip())
        return {} if is_there else {"body": "Write the template's body before you activate it."}
    missing = {}
    if not template.subject:
        missing["subject"] = "Write the subject before you activate it."
    if not (template.text.strip() or template.html.strip()):
        missing["text"] = "Write the text, the HTML or both before you activate it."
    return missing


def _check_sample(template: Template) -> None:
    if not template.sample:
        return
    try:
        parse_payload(template.sample)
    except ValidationError as error:
        raise ValidationError({"sample": error.message_dict["payload"]}) from None


def _check_uses(template: Template, before: Template | None) -> None:
    """Refuse what would leave a trigger with a template that does not fit it."""
    if before is None:
        return
    errors = {}
    users = template.triggers
    if (template.kind, template.format) != (before.kind, before.format) and users.exists():
        errors["format"] = (
            f"{_names(users.all())} would send it in another format. "
            "Make a new template, or choose another one there first."
        )
    if template.customer_id is not None:
        others = users.exclude(customer_id=template.customer_id)
        if others.exists():
            errors["customer"] = (
                f"{_names(others)} would use a template of another customer. "
                "Leave it shared, or choose another template there first."
            )
    if errors:
        raise ValidationError(errors)


def _names(triggers: object) -> str:
    names = [str(trigger) for trigger in triggers]  # type: ignore[attr-defined]
    rest = len(names) - _NAMED
    listed = ", ".join(f"“{name}”" for name in names[:_NAMED])
    noun = "Trigger" if len(names) == 1 else "Triggers"
    return f"{noun} {listed}{f' and {rest} more' if rest > 0 else ''}"


@transaction.atomic
def delete_template(*, template: Template, by: Author = None) -> None:
    """Delete a template that no trigger uses, with its versions; what was sent stays known.

    Raises InUseError, in words that say what to do first.
    """
    Template.objects.select_for_update().filter(pk=template.pk).first()  # no trigger takes it now
    refusal = why_template_stays(template=template)
    if refusal:
        raise InUseError(refusal)
    saving.remember(template, by=by)
    template.delete()


def why_template_stays(*, template: Template) -> str:
    """Why it cannot be deleted now, in words that say what to do first; empty when it can."""
    users = list(template.triggers.only("name", "template"))
    if not users:
        return ""
    return (
        f"{_names(users)} {'use' if len(users) > 1 else 'uses'} this template. "
        "Choose another template there first, or make this one a draft."
    )
