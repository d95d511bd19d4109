"""Signing secrets and secret headers: on the dispatcher's rule, encrypted, and nowhere else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher import signing
from postbacks.models import Trigger
from postbacks.services import saving
from postbacks.services.saving import Author

ROTATION = timedelta(hours=24)
"""How long receivers may verify with the old secret after a rotation."""

Signing = list[dict[str, Any]]


def has_signing_secret(trigger: Trigger) -> bool:
    """Whether what this trigger sends is signed."""
    return any(entry["until"] is None for entry in trigger.rule.credentials.get("signing", []))


@transaction.atomic
def rotate_signing_secret(*, trigger: Trigger, secret: str = "", by: Author = None) -> str:
    """Sign with a new secret (this one, or one made here) and return it: it is shown only now.

    For 24 hours the old one signs as well. Raises ValidationError on field `signing_secret`,
    ChangedMeanwhileError when somebody else changed the trigger since it was read.
    """
    saving.take(trigger)
    trigger.refresh_from_db()
    secret = secret.strip() or signing.new_secret()
    check_secret(secret)
    credentials = read_credentials(trigger)
    credentials["signing"] = rotated(credentials.get("signing", []), secret)
    dispatcher.save_credentials(trigger.rule, credentials)
    saving.save(trigger, by=by, reason="Signing secret changed")
    return secret


@transaction.atomic
def remove_signing_secret(*, trigger: Trigger, by: Author = None) -> None:
    """Sign no longer, from the next attempt on."""
    saving.take(trigger)
    trigger.refresh_from_db()
    credentials = read_credentials(trigger)
    if credentials.pop("signing", None):
        dispatcher.save_credentials(trigger.rule, credentials)
        saving.save(trigger, by=by, reason="Signing secret removed")


def read_credentials(trigger: Trigger) -> dict[str, Any]:
    """The rule's credentials as stored now; call it after `saving.take`."""
    trigger.rule.refresh_from_db(fields=["credentials"])
    return dict(trigger.rule.credentials)


def check_secret(secret: str) -> None:
    """Raise ValidationError on field `signing_secret` unless it can sign; never quotes it."""
    problem = signing.validate_secret(secret)
    if problem:
        hint = "Leave it empty to have one made."
        raise ValidationError({"signing_secret": f"{problem} {hint}"})


def rotated(entries: Signing, secret: str) -> Signing:
    """The new secret first; the one it replaces stays for a day, older ones until their time."""
    now = timezone.now()
    if entries and entries[0]["until"] is None and entries[0]["secret"] == secret:
        return entries
    old = [
        entry | {"until": entry["until"] or (now + ROTATION).isoformat()}
        for entry in entries
        if entry["secret"] != secret
    ]
    alive = [entry for entry in old if datetime.fromisoformat(entry["until"]) > now]
    return [{"secret": secret, "until": None}, *alive]
