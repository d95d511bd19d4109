"""Who promotes offers, and the people who look after it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords


class Affiliate(models.Model):
    """A partner who sends conversions and is told about them by postbacks."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PENDING = "pending", "Pending"
        BLOCKED = "blocked", "Blocked"

    name = models.CharField(max_length=255)
    reference_id = models.CharField(
        "reference ID",
        max_length=128,
        unique=True,
        blank=True,
        help_text="How your systems name this affiliate. Left empty, it is made from the name.",
        error_messages={
            "unique": "Another affiliate has this reference ID. Choose one that is not taken."
        },
    )
    status = models.CharField(
        max_length=7,
        choices=Status.choices,
        default=Status.ACTIVE,
        help_text="Only to an active affiliate is anything sent.",
    )
    email = models.EmailField(
        "contact e-mail",
        max_length=254,
        blank=True,
        default="",
        help_text="Told when a postback of this affiliate is paused or decided on.",
    )
    requires_approval = models.BooleanField(
        "postbacks need approval",
        null=True,
        blank=True,
        help_text="Whether an operator looks at each postback that the affiliate adds or edits.",
    )
    users: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="offers.Membership",
        related_name="affiliates",
        blank=True,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="affiliate_has_name",
                violation_error_message="Give the affiliate a name.",
            ),
            models.CheckConstraint(
                condition=~Q(reference_id=""),
                name="affiliate_has_reference",
                violation_error_message="Give the affiliate a reference ID.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> str:
        """The name that the dispatcher knows this affiliate by, as `affiliate:7`."""
        return f"affiliate:{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def needs_approval(self) -> bool:
        """Whether its changes wait for an operator: its own choice, else the setting."""
        if self.requires_approval is None:
            return bool(settings.OFFERS_REQUIRE_APPROVAL)
        return self.requires_approval


class Membership(models.Model):
    """A user who logs in to the affiliates' site for one affiliate, and for no other."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership"
    )
    affiliate = models.ForeignKey(Affiliate, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.user} for {self.affiliate}"
