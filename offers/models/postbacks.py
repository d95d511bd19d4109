"""Whom to tell about which conversions, and how."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from dispatcher.fields import EncryptedJSONField


class Postback(models.Model):
    """A URL that is called for the conversions that meet its conditions.

    `params` is a list of `{"name", "value"}`, `headers` one of `{"name", "value", "is_secret"}`.
    The value of a secret header is empty here and lives encrypted in the rule's credentials, as
    passwords and tokens do.
    """

    class Status(models.TextChoices):
        """Of the conversion, as this postback looks at it."""

        ANY = "any", "Any"
        PENDING = "pending", "Pending"
        DONE = "done", "Done"
        REJECTED = "rejected", "Rejected"

    class HttpType(models.TextChoices):
        GET = "get", "GET"
        POST_FORM = "post_form", "POST(FORM)"
        POST_JSON = "post_json", "POST(JSON)"

    class AuthKind(models.TextChoices):
        NONE = "none", "None"
        BASIC = "basic", "Basic: login and password"
        BASIC_TOKEN = "basic_token", "Basic: token"
        BEARER = "bearer", "Bearer: token"

    class Approval(models.TextChoices):
        PENDING = "pending", "Waiting for approval"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    affiliate = models.ForeignKey(
        "offers.Affiliate",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="postbacks",
        help_text="Empty: all affiliates.",
    )
    offer = models.ForeignKey(
        "offers.Offer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="postbacks",
        help_text="Empty: all offers.",
    )
    goal = models.ForeignKey(
        "offers.Goal",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="postbacks",
        help_text="Empty: any goal. Not looked at while the offer's Enabled Goals is off.",
    )
    conversion_status = models.CharField(max_length=8, choices=Status.choices, default=Status.DONE)
    url = models.CharField("URL", max_length=2048)
    http_type = models.CharField(
        "HTTP type", max_length=9, choices=HttpType.choices, default=HttpType.GET
    )
    auth_kind = models.CharField(
        "authorization", max_length=11, choices=AuthKind.choices, default=AuthKind.NONE
    )
    auth_login = models.CharField("login", max_length=255, blank=True, default="")
    params = models.JSONField("request params", default=list, blank=True)
    headers = models.JSONField("request headers", default=list, blank=True)
    delay = models.PositiveIntegerField(
        "delay (seconds)", default=0, help_text="How long after the event it is sent."
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="While it is not, nothing is sent to it."
    )
    is_ordered = models.BooleanField(
        "in order",
        default=True,
        help_text="The next status of a conversion waits until the one before was sent or failed.",
    )
    only_if_nothing_more_specific = models.BooleanField(
        "only if nothing more specific matched",
        default=False,
        help_text="A fallback: sent where no postback of a narrower level is.",
    )
    approval = models.CharField(max_length=8, choices=Approval.choices, default=Approval.APPROVED)
    approval_note = models.CharField(
        "note", max_length=500, blank=True, default="", help_text="The affiliate reads it."
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    failures_count_from = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When it was resumed: failures before that do not pause it again.",
    )
    rule = models.OneToOneField(
        "dispatcher.Rule", on_delete=models.PROTECT, related_name="postback", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(affiliate__isnull=False) | Q(offer__isnull=False),
                name="postback_has_affiliate_or_offer",
                violation_error_message="Choose an affiliate, an offer, or both.",
            ),
            models.CheckConstraint(
                condition=Q(goal__isnull=True) | Q(offer__isnull=False),
                name="postback_goal_needs_offer",
                violation_error_message="Choose the offer whose goal this is.",
            ),
            models.CheckConstraint(
                condition=~Q(url=""),
                name="postback_has_url",
                violation_error_message="Give the URL that is called.",
            ),
        ]
        indexes = [
            models.Index(fields=["offer", "affiliate"], name="postback_match"),
        ]

    def __str__(self) -> str:
        return f"Postback {self.pk}"

    @property
    def owner(self) -> str:
        """Whose it is, as the dispatcher names it; empty where it is for all affiliates."""
        return f"affiliate:{self.affiliate_id}" if self.affiliate_id else ""


class PostbackEdit(models.Model):
    """An affiliate's edit of an approved postback, until an operator decides on it.

    The approved version stays live meanwhile. `content` holds the public fields, `secrets` what
    was typed in anew (`password`, `token`, and the values of secret headers), encrypted.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for approval"
        REJECTED = "rejected", "Rejected"

    postback = models.OneToOneField(Postback, on_delete=models.CASCADE, related_name="edit")
    content = models.JSONField()
    secrets: Any = EncryptedJSONField(blank=True, default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    note = models.CharField(max_length=500, blank=True, default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"edit of {self.postback}"
