"""What is promoted, and what it is to achieve."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from offers.models.affiliates import Affiliate


class OfferQuerySet(models.QuerySet["Offer"]):
    """Which offers there are for whom."""

    def visible_to(self, affiliate: Affiliate) -> OfferQuerySet:
        """The offers that this affiliate may promote: open to all, or to it by name."""
        chosen = Offer.affiliates.through.objects.filter(affiliate=affiliate)
        return self.filter(Q(is_open=True) | Q(pk__in=chosen.values("offer")))


class Offer(models.Model):
    """Something affiliates promote; conversions are counted for it."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        DISABLED = "disabled", "Disabled"

    name = models.CharField(max_length=255)
    reference_id = models.CharField(
        "reference ID",
        max_length=128,
        unique=True,
        blank=True,
        help_text="How your systems name this offer. Left empty, it is made from the name.",
        error_messages={
            "unique": "Another offer has this reference ID. Choose one that is not taken."
        },
    )
    description = models.TextField(blank=True, default="")
    status = models.CharField(
        max_length=8,
        choices=Status.choices,
        default=Status.ACTIVE,
        help_text="Unless it is active, conversions are counted and no postback is sent.",
    )
    enabled_goals = models.BooleanField(
        "enabled goals",
        default=False,
        help_text="Postbacks look at the goal of a conversion. Off: they do not, and keep theirs.",
    )
    is_open = models.BooleanField(
        "open to every affiliate",
        default=True,
        help_text="Off: only the affiliates chosen below see it.",
    )
    affiliates: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        Affiliate, related_name="offers", blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()
    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="offer_has_name",
                violation_error_message="Give the offer a name.",
            ),
            models.CheckConstraint(
                condition=~Q(reference_id=""),
                name="offer_has_reference",
                violation_error_message="Give the offer a reference ID.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Goal(models.Model):
    """What a conversion of an offer can achieve; one of them may be the default."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="goals")
    name = models.CharField(max_length=255)
    reference_id = models.CharField(
        "reference ID",
        max_length=128,
        blank=True,
        help_text="How your systems name this goal. Left empty, it is made from the name.",
    )
    is_default = models.BooleanField(
        "default", default=False, help_text="Conversions that name no goal count for this one."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="goal_has_name",
                violation_error_message="Give the goal a name.",
            ),
            models.CheckConstraint(
                condition=~Q(reference_id=""),
                name="goal_has_reference",
                violation_error_message="Give the goal a reference ID.",
            ),
            models.UniqueConstraint(
                fields=["offer", "reference_id"],
                name="goal_reference_once_per_offer",
                violation_error_message="Another goal of this offer has this reference ID.",
            ),
            models.UniqueConstraint(
                fields=["offer"],
                condition=Q(is_default=True),
                name="one_default_goal_per_offer",
                violation_error_message="The offer has a default goal already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
