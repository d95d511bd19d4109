"""What affiliates brought about, and everything that became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class ConversionStatus(models.TextChoices):
    """What may be said of a conversion (spec section 6)."""

    PENDING = "pending", "Pending"
    DONE = "done", "Done"
    REJECTED = "rejected", "Rejected"


class Conversion(models.Model):
    """One result of an affiliate's promotion, for one goal of an offer.

    Written by `offers.services` only: a status that changes is an event. `goal` is empty where the
    offer had none to count it for. Amounts are exact to four decimal places on every database.
    """

    Status = ConversionStatus

    offer = models.ForeignKey(
        "offers.Offer", on_delete=models.PROTECT, related_name="conversions", db_index=False
    )
    affiliate = models.ForeignKey(
        "offers.Affiliate", on_delete=models.PROTECT, related_name="conversions", db_index=False
    )
    goal = models.ForeignKey(
        "offers.Goal",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="conversions",
    )
    status = models.CharField(
        max_length=8, choices=ConversionStatus.choices, default=ConversionStatus.PENDING
    )
    transaction_id = models.CharField("transaction ID", max_length=200)
    click_id = models.CharField("click ID", max_length=255, blank=True, default="")
    sub_id1 = models.CharField("sub ID 1", max_length=255, blank=True, default="")
    sub_id2 = models.CharField("sub ID 2", max_length=255, blank=True, default="")
    sub_id3 = models.CharField("sub ID 3", max_length=255, blank=True, default="")
    sub_id4 = models.CharField("sub ID 4", max_length=255, blank=True, default="")
    sub_id5 = models.CharField("sub ID 5", max_length=255, blank=True, default="")
    payout = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    revenue = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    sale_amount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="", help_text="As USD.")
    source = models.CharField(max_length=255, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="", help_text="As US.")
    ip = models.GenericIPAddressField("IP address", null=True, blank=True)
    fingerprint = models.CharField(max_length=64, help_text="Of the body it was created with.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    status_changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "goal", "transaction_id"],
                condition=Q(goal__isnull=False),
                name="transaction_once_per_goal",
                violation_error_message="This goal has a conversion with this transaction ID.",
            ),
            models.UniqueConstraint(
                fields=["offer", "transaction_id"],
                condition=Q(goal__isnull=True),
                name="transaction_once_without_goal",
                violation_error_message="This offer has a conversion with this transaction ID.",
            ),
            models.CheckConstraint(
                condition=~Q(transaction_id=""),
                name="conversion_has_transaction",
                violation_error_message="Give the transaction ID.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "done", "rejected"]),
                name="conversion_status_is_known",
                violation_error_message="Choose pending, done or rejected.",
            ),
        ]
        indexes = [
            models.Index(fields=["transaction_id"], name="conversion_transaction"),
            models.Index(fields=["status", "id"], name="conversion_status"),
            models.Index(fields=["offer", "id"], name="conversion_offer"),
            models.Index(fields=["affiliate", "id"], name="conversion_affiliate"),
            models.Index(fields=["created_at"], name="conversion_created"),
            models.Index(fields=["click_id"], name="conversion_click", condition=~Q(click_id="")),
        ]

    def __str__(self) -> str:
        return self.transaction_id

    @property
    def subject(self) -> str:
        """What its events are about: the order of its statuses is kept by this."""
        return f"conversion:{self.pk}"


class ConversionChange(models.Model):
    """One change of a conversion: when, by whom, from what to what, and the event it made."""

    conversion = models.ForeignKey(Conversion, on_delete=models.CASCADE, related_name="changes")
    changed_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    origin = models.CharField(
        max_length=255, blank=True, default="", help_text="How it came: API, admin, a file's name."
    )
    from_status = models.CharField(
        max_length=8, choices=ConversionStatus.choices, blank=True, default=""
    )
    to_status = models.CharField(max_length=8, choices=ConversionStatus.choices)
    details = models.JSONField(
        default=dict, blank=True, help_text="Other fields that changed: name to [from, to]."
    )
    event_id = models.UUIDField(
        null=True, blank=True, help_text="The event it made; none where the status stayed."
    )

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status}"
