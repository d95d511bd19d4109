"""Whose orders they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords


class Customer(models.Model):
    """A company whose orders cause events; emitters name it by its reference ID."""

    name = models.CharField(max_length=255)
    reference_id = models.CharField(
        "reference ID",
        max_length=128,
        unique=True,
        null=True,
        blank=True,
        help_text="How your systems name this customer when they emit an event.",
        error_messages={
            "unique": "Another customer has this reference ID. Choose one that is not taken."
        },
    )
    description = models.TextField(blank=True, default="")
    is_active = models.BooleanField(
        "active", default=True, help_text="While it is inactive, nothing of it is sent."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="customer_has_name",
                violation_error_message="Give the customer a name.",
            ),
            models.CheckConstraint(
                condition=Q(reference_id__isnull=True) | ~Q(reference_id=""),
                name="customer_reference_is_null_or_text",
                violation_error_message="An empty reference ID is stored as none at all.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> str:
        """The name that the dispatcher knows this customer by, as `customer:12`."""
        return f"customer:{self.pk}"
