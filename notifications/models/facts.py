"""What was reported, and what the service itself reported."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from notifications.events import OperationalType


class Fact(models.Model):
    """A fact that was reported under an idempotency key, with what was answered.

    `kind` is the call, as `transaction`; `system-events` for an event emitted directly that
    turned out to be told already.
    """

    kind = models.CharField(max_length=32)
    emitter = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    events = models.JSONField(default=list, help_text="Ids of the events derived from it.")
    scheduled = models.JSONField(default=list)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["emitter", "kind", "key"], name="fact_idempotency"),
        ]
        indexes = [models.Index(fields=["received_at"], name="fact_received")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Notice(models.Model):
    """Operational news about one thing: when it was last told, and what came since.

    So that a thing that happens a thousand times is told once, with its number.
    """

    event = models.CharField(max_length=32, choices=OperationalType.choices)
    about = models.CharField(max_length=300)
    told_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True, help_text="Of what is untold.")
    is_on = models.BooleanField(default=False, help_text="Whether the state that is told lasts.")
    untold = models.PositiveIntegerField(default=0)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "about"], name="one_notice_per_thing"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="notice_waiting", condition=Q(due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.about}"
