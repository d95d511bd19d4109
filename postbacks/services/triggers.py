"""Triggers: saved with their secrets apart, activated, paused, deleted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from dispatcher import http, mail
from dispatcher import services as dispatcher
from dispatcher.configuration import headers, saving, signatures
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.configuration.saving import Author
from postbacks.models import Template, Trigger
from postbacks.routing import PEOPLE, check_complete
from postbacks.services import secrets
from postbacks.services.routes import refresh_route

MAX_PEOPLE = 50
_PAUSED = "The trigger is paused."


@transaction.atomic
def save_trigger(
    *, trigger: Trigger, signing_secret: str | None = None, by: Author = None
) -> Trigger:
    """Save a new or changed trigger; from the next event on it sends by this configuration.

    In `trigger.headers`, a secret header's value is taken out and stored encrypted; an empty one
    keeps what is stored. `signing_secret`: None leaves it as it is, "" removes it, a `whsec_…`
    replaces it, and the old one stays valid for 24 hours.
    Raises ValidationError keyed by field, ChangedMeanwhileError when somebody else was faster.
    """
    before = saving.take(trigger)
    _read_template(trigger)
    stored = secrets.read_credentials(trigger) if before else {}
    trigger.name, trigger.url = trigger.name.strip(), trigger.url.strip()
    for name in PEOPLE:
        setattr(trigger, name, ", ".join(mail.split_addresses(getattr(trigger, name))))
    public, secret_headers = _check(trigger, before, stored, signing_secret)
    trigger.headers = public
    if before is None:
        owner = _owner(trigger)
        trigger.rule = dispatcher.create_rule(kind="trigger", name=trigger.name, owner=owner)
    credentials = _credentials(stored, secret_headers, signing_secret)
    saving.save(trigger, by=by, is_changed=credentials != stored)
    _describe_rule(trigger)
    if credentials != stored:
        dispatcher.save_credentials(trigger.rule, credentials)
    if trigger.status != (before.status if before else Trigger.Status.ACTIVE):
        _tell_rule(trigger)
    refresh_route(trigger, by=by)
    return trigger


def _read_template(trigger: Trigger) -> None:
    """The template as it is now, whatever the caller read, and unchanged until we are done.

    Taken before the rule is written, as `save_template` does, so that neither waits for the other.
    """
    if trigger.template_id is None:
        return
    current = Template.objects.select_for_update().filter(pk=trigger.template_id).first()
    if current is not None:  # else the field's own check says that it does not exist
        trigger.template = current


def _check(
    trigger: Trigger, before: Trigger | None, stored: dict[str, Any], signing_secret: str | None
) -> tuple[list[headers.Row], list[list[str]]]:
    """Everything that can be wrong, at once; the headers in their two halves."""
    halves: list[Any] = []
    kept = {name.lower(): value for name, value in stored.get("headers", [])}
    saving.check(
        trigger,
        lambda: _check_fields(trigger),
        lambda: _check_people(trigger),
        lambda: _check_template(trigger),
        lambda: _check_status(trigger, before.status if before else Trigger.Status.DRAFT),
        lambda: halves.append(headers.split(trigger.headers, kept=kept)),
        lambda: signatures.check_secret(signing_secret) if signing_secret else None,
        exclude={"rule", "headers"},
    )
    public, secret = halves[0]
    return public, secret


def _check_fields(trigger: Trigger) -> None:
    errors = {}
    if not trigger.name:
        errors["name"] = "Give the trigger a name."
    problem = http.validate_url(trigger.url) if trigger.url else None
    if problem:
        errors["url"] = problem
    if errors:
        raise ValidationError(errors)


def _check_people(trigger: Trigger) -> None:
    """Every address is plain, and there are not too many of them in all."""
    errors = {}
    count = 0
    for name in PEOPLE:
        addresses = mail.split_addresses(getattr(trigger, name))
        count += len(addresses)
        problems = [problem for one in addresses if (problem := mail.check_address(one))]
        if problems:
            errors[name] = problems[0]
    if count > MAX_PEOPLE and not errors:
        errors["to"] = f"At most {MAX_PEOPLE} addresses in all. Use a mailing list's address."
    if errors:
        raise ValidationError(errors)


def _check_template(trigger: Trigger) -> None:
    """The template must be of the trigger's format, and shared or of the same customer."""
    template = trigger.template
    if template is None:
        return
    if trigger.is_email:
        if template.kind != Template.Kind.EMAIL:
            message = "Choose an e-mail template, or change the delivery method."
            raise ValidationError({"template": message})
    elif template.kind != Template.Kind.WEBHOOK or template.format != trigger.format:
        name = trigger.get_format_display()
        article = "an" if name == "XML" else "a"  # as it is spoken
        message = f"Choose {article} {name} template, or change the format."
        raise ValidationError({"template": message})
    if template.customer_id not in {None, trigger.customer_id}:
        message = "This template belongs to another customer. Choose a shared one, or its own."
        raise ValidationError({"template": message})


def _check_status(trigger: Trigger, before: str) -> None:
    if trigger.status == Trigger.Status.DRAFT:
        if before != Trigger.Status.DRAFT:
            message = "A trigger that was in use cannot become a draft again. Pause it instead."
            raise ValidationError({"status": message})
        return
    check_complete(trigger)


def _owner(trigger: Trigger) -> str:
    return trigger.customer.owner if trigger.customer else ""


def _describe_rule(trigger: Trigger) -> None:
    # Not reversed as a whole: the ledgers' links must not need the admin's registration.
    link = f"{reverse('admin:index')}postbacks/trigger/{trigger.pk}/change/"
    dispatcher.update_rule(trigger.rule_id, name=trigger.name, owner=_owner(trigger), link=link)


def _credentials(
    stored: dict[str, Any], secret_headers: list[list[str]], signing_secret: str | None
) -> dict[str, Any]:
    changed = {**stored, "headers": secret_headers}
    if signing_secret:
        changed["signing"] = signatures.rotated(stored.get("signing", []), signing_secret.strip())
    elif signing_secret is not None:
        changed.pop("signing", None)
    return {name: value for name, value in changed.items() if value}


def _tell_rule(trigger: Trigger) -> None:
    """Make the rule hold or send; a draft's rule stays active, for its tests."""
    if trigger.status == Trigger.Status.PAUSED:
        dispatcher.pause_rule(trigger.rule_id, reason=_PAUSED)
    elif trigger.status == Trigger.Status.ACTIVE:
        dispatcher.resume_rule(trigger.rule_id)


@transaction.atomic
def set_trigger_status(*, trigger: Trigger, status: str, by: Author = None) -> Trigger:
    """Activate, pause or resume: from `trigger.status` as the caller saw it, to `status`.

    Paused, its deliveries are made and held, also those that wait already; resumed, they are
    sent. Raises ValidationError keyed by field for what is not complete, ChangedMeanwhileError
    when the status is no longer what the caller saw.
    """
    seen = trigger.status
    trigger.refresh_from_db()
    actual, trigger.status = trigger.status, status
    if actual != seen:
        trigger.status = actual
        raise ChangedMeanwhileError("trigger")
    if status == seen:
        return trigger
    _check_move(trigger, seen)
    moved = Trigger.objects.filter(pk=trigger.pk, status=seen).update(
        status=status, updated_at=timezone.now()
    )
    if not moved:
        trigger.refresh_from_db()
        raise ChangedMeanwhileError("trigger")
    saving.save(trigger, by=by)
    _tell_rule(trigger)
    return trigger


def _check_move(trigger: Trigger, before: str) -> None:
    if trigger.status not in Trigger.Status.values:
        message = f"Choose one of {', '.join(Trigger.Status.values)}."
        raise ValidationError({"status": message})
    _check_status(trigger, before)


@transaction.atomic
def delete_trigger(*, trigger: Trigger, by: Author = None) -> int:
    """Delete a trigger; what still waits is canceled (the count is returned).

    Its rule is archived, so that the ledgers go on showing what it sent.
    """
    canceled = dispatcher.archive_rule(trigger.rule_id, reason="The trigger was deleted.")
    saving.remember(trigger, by=by)
    trigger.delete()
    return canceled
