"""Signs of life, and the doorbell's mark where there is no Redis."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of one worker process."""

    name = models.CharField(max_length=128, primary_key=True, help_text="host:process id")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    passes = models.PositiveBigIntegerField(default=0)
    last_pass_at = models.DateTimeField(null=True, blank=True)
    is_busy = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Doorbell(models.Model):
    """The mark "already rung": one row (design section 3, step 2)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    rung_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"rung at {self.rung_at}"


class DueWork(models.Model):
    """Another app's work that becomes due, and until when somebody is at it."""

    name = models.CharField(max_length=64, primary_key=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    ran_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
