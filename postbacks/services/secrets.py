"""Signing secrets and secret headers: on the dispatcher's rule, encrypted, and nowhere else."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from dispatcher import services as dispatcher
from dispatcher import signing
from dispatcher.configuration import saving, signatures
from dispatcher.configuration.saving import Author
from postbacks.models import Trigger


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
    signatures.check_secret(secret)
    credentials = read_credentials(trigger)
    credentials["signing"] = signatures.rotated(credentials.get("signing", []), secret)
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
