"""Where deliveries go and what governs them while they wait."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from dispatcher.fields import EncryptedJSONField


class Breaker(models.Model):
    """Pauses what keeps failing, probes it, and lets it go on (design section 5).

    Closed: all is well. Open: paused until `breaker_until`. Half-open: one probe is on its way.
    """

    class BreakerState(models.TextChoices):
        CLOSED = "closed", "Healthy"
        OPEN = "open", "Paused after failures"
        HALF_OPEN = "half_open", "Being probed"

    breaker = models.CharField(
        max_length=9, choices=BreakerState.choices, default=BreakerState.CLOSED
    )
    breaker_since = models.DateTimeField(null=True, blank=True)
    breaker_until = models.DateTimeField(null=True, blank=True)
    breaker_pause = models.FloatField(default=0, help_text="Length of the present pause, seconds.")
    window_started_at = models.DateTimeField(null=True, blank=True)
    window_failures = models.PositiveIntegerField(default=0)
    window_successes = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


class Destination(Breaker):
    """Scheme, host and port of a URL, or a mail server: shared by all rules that send there."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    key = models.CharField(max_length=300, unique=True, help_text="As https://example.com:443.")
    state = models.CharField(max_length=6, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="destination_broken", condition=~Q(breaker="closed")),
        ]

    def __str__(self) -> str:
        return self.key


class Rule(Breaker):
    """The stable identity of what an operator configured to be sent.

    A trigger, an affiliate's postback or an attached channel has exactly one.
    What may change under a waiting delivery lives here: state and credentials.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    kind = models.CharField(max_length=32, help_text="What the owning app calls it, as trigger.")
    name = models.CharField(max_length=255)
    owner = models.CharField(max_length=64, blank=True, default="")
    link = models.CharField(max_length=255, blank=True, default="", help_text="Its page in admin.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    state_reason = models.CharField(max_length=255, blank=True, default="")
    credentials = EncryptedJSONField(blank=True, default=dict)
    version = models.PositiveIntegerField(default=1, help_text="Grows with the credentials.")
    route = models.ForeignKey(
        "dispatcher.Route", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner"], name="rule_owner"),
            models.Index(fields=["id"], name="rule_broken", condition=~Q(breaker="closed")),
        ]

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """A frozen revision of what to render, where to send it, and how. Never changes."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="routes")
    transport = models.CharField(max_length=16)
    destination = models.ForeignKey(
        Destination, on_delete=models.PROTECT, null=True, blank=True, related_name="routes"
    )
    spec = models.JSONField(help_text="Method, URL, plain headers, template parts …")
    retry_policy = models.JSONField(default=dict)
    is_ordered = models.BooleanField(default=False, help_text="In order per subject.")
    delay = models.PositiveIntegerField(default=0, help_text="Seconds before the first attempt.")
    made_from = models.CharField(
        max_length=255, blank=True, default="", help_text="Which template version made it."
    )
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "digest"], name="one_route_per_content"),
        ]

    def __str__(self) -> str:
        return f"{self.transport} route {self.pk}"


class OwnerHold(models.Model):
    """While it exists, nothing that belongs to this owner is sent (a customer made inactive)."""

    owner = models.CharField(max_length=64, primary_key=True)
    reason = models.CharField(max_length=255)
    is_final = models.BooleanField(
        default=False, db_default=False, help_text="The owner was deleted: what waits is canceled."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.owner}: {self.reason}"
