"""What happened, and what was deliberately not sent because of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dispatcher.ids import uuid7


class Event(models.Model):
    """A fact a developer's system emitted. Written once, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=64)
    payload = models.TextField(help_text="JSON as it was received; empty once purged or erased.")
    source = models.CharField(max_length=16, blank=True, default="")
    subject = models.CharField(
        max_length=255, blank=True, default="", help_text="What it is about, as order:PO-1001."
    )
    owner = models.CharField(
        max_length=64, blank=True, default="", help_text="Whose event it is, as customer:12."
    )
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    emitter = models.CharField(max_length=64, help_text="Who emitted it: the token's owner.")
    endpoint = models.CharField(max_length=32, help_text="Where: the scope of the idempotency key.")
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - NULLs are distinct
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    is_test = models.BooleanField(default=False)
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody had its payload erased."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["emitter", "endpoint", "idempotency_key"], name="event_idempotency"
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "id"], name="event_subject", condition=~Q(subject="")),
            # Carries the type along, so that two filters do not read every payload of one.
            models.Index(
                fields=["owner", "id"],
                include=["type"],
                name="event_by_owner",
                condition=~Q(owner=""),
            ),
            models.Index(fields=["type", "id"], name="event_type"),
            models.Index(fields=["id"], name="event_test", condition=Q(is_test=True)),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Skip(models.Model):
    """A rule that would have matched an event but made no delivery, and why."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="skips")
    rule = models.ForeignKey("dispatcher.Rule", on_delete=models.CASCADE, related_name="skips")
    reason = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "rule"], name="one_skip_per_event_and_rule"),
        ]

    def __str__(self) -> str:
        return self.reason
