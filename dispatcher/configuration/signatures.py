"""Signing secrets as rules keep them, and how one follows another."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from dispatcher import signing

ROTATION = timedelta(hours=24)
"""How long receivers may verify with the old secret after a rotation."""

Signing = list[dict[str, Any]]
"""`signing` of a rule's credentials: newest first, `until` null for the one in use."""


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
