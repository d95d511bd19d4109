"""What is kept beside the ledgers: figures rolled up, pauses as they came, work on many rows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from dispatcher.ids import uuid7


class Tally(models.Model):
    """What happened in one minute, hour or day, to everything or to one rule or destination.

    Passes append pieces; upkeep adds each piece to its minute, hour and day in the transaction
    that deletes it, so that nothing counts twice. Test runs are left out.
    """

    class Grain(models.IntegerChoices):
        PIECE = 0, "Piece"
        MINUTE = 1, "Minute"
        HOUR = 2, "Hour"
        DAY = 3, "Day"

    class Scope(models.TextChoices):
        ALL = "all", "Everything"
        RULE = "rule", "A rule"
        DESTINATION = "to", "A destination"

    grain = models.PositiveSmallIntegerField(choices=Grain.choices)
    scope = models.CharField(max_length=4, choices=Scope.choices)
    key = models.BigIntegerField(default=0, help_text="The rule's or destination's; 0 for all.")
    starts_at = models.DateTimeField()
    attempts = models.PositiveBigIntegerField(default=0)
    retried = models.PositiveBigIntegerField(default=0, help_text="Failed, to be tried again.")
    delivered = models.PositiveBigIntegerField(default=0)
    failed = models.JSONField(default=dict, help_text="Deliveries that failed, by outcome.")
    latencies = models.JSONField(default=dict, help_text="Attempts by histogram bucket.")
    times = models.JSONField(default=dict, help_text="From due to delivered, by bucket.")

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "key", "grain", "starts_at"],
                name="one_tally_per_time",
                condition=Q(grain__gt=0),
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="tally_piece", condition=Q(grain=0)),
            models.Index(
                fields=["grain", "starts_at"], name="tally_time", condition=Q(grain__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key} {self.starts_at}"


class Transition(models.Model):
    """A rule or destination was paused, probed or resumed, by its breaker or by hand."""

    class Kind(models.TextChoices):
        PAUSED = "paused", "Paused by hand"
        RESUMED = "resumed", "Resumed by hand"
        OPENED = "opened", "Paused after failures"
        REOPENED = "reopened", "Tried again, still failing"
        CLOSED = "closed", "Well again"

    rule = models.ForeignKey(
        "dispatcher.Rule", on_delete=models.CASCADE, null=True, related_name="transitions"
    )
    destination = models.ForeignKey(
        "dispatcher.Destination", on_delete=models.CASCADE, null=True, related_name="transitions"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reason = models.CharField(max_length=255, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__isnull=True) ^ Q(destination__isnull=True),
                name="transition_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class BulkJob(models.Model):
    """Something to be done to every delivery that matches, in small batches by any worker.

    `after` is the last delivery that was dealt with, `up_to` the newest that is meant: what is
    created meanwhile is not. Batch and progress are committed together.
    """

    class Verb(models.TextChoices):
        RESEND = "resend", "Resend as sent"
        CURRENT = "current", "Resend with the current configuration"
        CANCEL = "cancel", "Cancel"
        RELEASE = "release", "Let go on"
        DISCARD = "discard", "Cancel what was held, then go on"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    verb = models.CharField(max_length=8, choices=Verb.choices)
    selection = models.JSONField(default=dict, help_text="The filters of the list.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    total = models.PositiveBigIntegerField(default=0, help_text="What was counted beforehand.")
    is_capped = models.BooleanField(default=False, help_text="There were more than were counted.")
    done = models.PositiveBigIntegerField(default=0)
    passed_over = models.PositiveBigIntegerField(default=0, help_text="In no state for it.")
    after = models.BigIntegerField(default=0)
    up_to = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Steps in a row that raised an error."
    )
    reason = models.CharField(
        max_length=255, blank=True, default="", db_default="", help_text="Why it was given up."
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "work on many deliveries"
        indexes = [models.Index(fields=["id"], name="job_running", condition=Q(state="running"))]

    def __str__(self) -> str:
        started = date_format(timezone.localtime(self.created_at), "M j, H:i")
        return f"{self.get_verb_display()}, {started}"


class Duty(models.Model):
    """Who does what only one worker at a time should do, and until when."""

    name = models.CharField(max_length=32, primary_key=True)
    holder = models.CharField(max_length=128)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
