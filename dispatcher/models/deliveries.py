"""One message owed to one destination, what was sent, and each try."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dispatcher.ids import uuid7
from dispatcher.indexes import EqualityIndex
from dispatcher.types import Outcome

FAILED = Q(state="failed")
ENDED = ("delivered", "failed", "canceled")
"""States from which a delivery moves only if somebody sends it again."""


class Delivery(models.Model):
    """The hot row: narrow, written by the engine only, moved by compare-and-set.

    `uid` is its public name and the `webhook-id` of every request made for it.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    event = models.ForeignKey(
        "dispatcher.Event", on_delete=models.CASCADE, related_name="deliveries"
    )
    route = models.ForeignKey(
        "dispatcher.Route", on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    rule = models.ForeignKey(
        "dispatcher.Rule", on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    destination = models.ForeignKey(
        "dispatcher.Destination",
        on_delete=models.PROTECT,
        null=True,
        related_name="deliveries",
        db_index=False,
    )
    owner = models.CharField(max_length=64, blank=True, default="")
    type = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="The event's."
    )
    ordering_key = models.CharField(
        max_length=255, blank=True, default="", help_text="The subject, where order matters."
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    outcome = models.CharField(
        max_length=24, choices=Outcome.choices, blank=True, default="", help_text="Of the last try."
    )
    cause = models.CharField(
        max_length=24,
        blank=True,
        default="",
        db_default="",
        help_text="Of the last try's outcome: the status, or the phase that took too long.",
    )
    due_at = models.DateTimeField()
    is_parked = models.BooleanField(default=False, help_text="Known to be held: not looked at.")
    attempts_made = models.PositiveSmallIntegerField(default=0)
    round_start = models.PositiveSmallIntegerField(
        default=0, help_text="Attempts made before the last resend: the policy counts from here."
    )
    claims = models.PositiveSmallIntegerField(
        default=0, help_text="Times a worker took it since its last recorded attempt."
    )
    fence = models.PositiveIntegerField(default=0, help_text="Grows with each claim, for fencing.")
    lease_id = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    is_test = models.BooleanField(default=False)
    resend_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    job = models.ForeignKey(
        "dispatcher.BulkJob",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The last one that sent it again, made it or canceled it.",
    )

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="delivery_due",
                condition=Q(state="pending", is_parked=False),
            ),
            models.Index(
                fields=["rule"],
                name="delivery_parked",
                condition=Q(state="pending", is_parked=True),
            ),
            models.Index(
                fields=["destination"], name="delivery_waiting", condition=Q(state="pending")
            ),
            models.Index(
                fields=["rule", "ordering_key", "id"],
                name="delivery_order",
                condition=Q(state="pending") & ~Q(ordering_key=""),
            ),
            # From here on: what the pages' filters ask for, newest first (spec section 5). What
            # some carry along lets two filters be answered without reading every row of one.
            models.Index(fields=["rule", "id"], name="delivery_rule"),
            models.Index(fields=["destination", "id"], name="delivery_destination"),
            models.Index(fields=["owner", "id"], name="delivery_owner", condition=~Q(owner="")),
            models.Index(fields=["type", "id"], include=["destination"], name="delivery_by_type"),
            models.Index(fields=["id"], name="delivery_pending", condition=Q(state="pending")),
            models.Index(fields=["id"], name="delivery_canceled", condition=Q(state="canceled")),
            models.Index(
                fields=["id", "destination", "outcome", "cause"],
                name="delivery_causes",
                condition=FAILED,
            ),
            models.Index(fields=["destination", "id"], name="failed_destination", condition=FAILED),
            models.Index(fields=["rule", "id"], name="failed_rule", condition=FAILED),
            models.Index(fields=["owner", "id"], name="failed_owner", condition=FAILED),
            models.Index(
                fields=["outcome", "id"],
                name="delivery_outcome",
                condition=~Q(outcome__in=["", "delivered"]),
            ),
            models.Index(
                fields=["finished_at"],
                name="delivery_finished",
                condition=Q(finished_at__isnull=False),
            ),
            models.Index(fields=["id"], name="delivery_test", condition=Q(is_test=True)),
            models.Index(  # looked at for each row that is purged
                fields=["resend_of"],
                name="delivery_resend_of",
                condition=Q(resend_of__isnull=False),
            ),
            models.Index(fields=["job", "id"], name="delivery_job", condition=Q(job__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class Request(models.Model):
    """What was rendered, frozen before it is first sent; retries send the same bytes.

    Timestamp, signature and credentials are added for each attempt and are never stored.
    """

    delivery = models.OneToOneField(
        Delivery, on_delete=models.CASCADE, primary_key=True, related_name="request"
    )
    method = models.CharField(max_length=8)
    url = models.TextField()
    headers = models.TextField(default="[]", help_text="Plain headers: JSON list of pairs.")
    body = models.TextField(blank=True, default="")
    warnings = models.TextField(default="[]", help_text="Missing fields: JSON list.")
    rendered_at = models.DateTimeField()

    class Meta:
        indexes = [EqualityIndex(fields=["url"], name="request_url")]

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class Attempt(models.Model):
    """One try at a delivery: when, how long, what came back."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    fence = models.PositiveIntegerField(help_text="Of the claim it was made under: one per claim.")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    duration = models.FloatField(help_text="Milliseconds, from the first look-up to the last byte.")
    phases = models.TextField(default="{}", help_text="Milliseconds by phase: JSON.")
    outcome = models.CharField(max_length=24, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.TextField(default="[]", help_text="Of the answer: JSON list of pairs.")
    body = models.TextField(blank=True, default="", help_text="Of the answer, 64 KiB at most.")
    is_truncated = models.BooleanField(default=False)
    peer = models.CharField(max_length=64, blank=True, default="")
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "fence"], name="one_attempt_per_claim"),
            models.CheckConstraint(condition=Q(number__gte=1), name="attempts_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}"
