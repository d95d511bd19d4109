"""What is to be sent when, and where to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from postbacks.events import EventType
from postbacks.models.templates import Template


class Trigger(models.Model):
    """An event of a customer (or of every customer) that makes a delivery.

    `headers` is a list of `{"name", "value", "is_secret"}`; the value of a secret one is empty
    here and lives encrypted in the rule's credentials, as signing secrets do.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    class MethodKind(models.TextChoices):
        URL = "url", "URL"
        EMAIL = "email", "E-mail"

    class HttpMethod(models.TextChoices):
        POST = "POST", "POST"
        PUT = "PUT", "PUT"

    name = models.CharField(max_length=255)
    customer = models.ForeignKey(
        "postbacks.Customer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="triggers",
        help_text="Empty: every customer.",
    )
    event = models.CharField(max_length=32, choices=EventType.choices)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.DRAFT)
    method_kind = models.CharField(
        "delivery method", max_length=5, choices=MethodKind.choices, default=MethodKind.URL
    )
    url = models.CharField("URL", max_length=2048, blank=True, default="")
    http_method = models.CharField(
        "HTTP method", max_length=4, choices=HttpMethod.choices, default=HttpMethod.POST
    )
    format = models.CharField(
        max_length=4, choices=Template.Format.choices, default=Template.Format.JSON
    )
    headers = models.JSONField(default=list, blank=True)
    to = models.TextField(blank=True, default="", help_text="Addresses, separated by commas.")
    cc = models.TextField(blank=True, default="")
    bcc = models.TextField(blank=True, default="")
    reply_to = models.TextField("reply to", blank=True, default="")
    retry_on_failure = models.BooleanField(
        default=True, help_text="Try again up to seven times, for about 17 hours."
    )
    is_ordered = models.BooleanField(
        "in order",
        default=False,
        help_text="The next event of an order waits until the one before was delivered or failed.",
    )
    template = models.ForeignKey(
        Template, on_delete=models.PROTECT, null=True, blank=True, related_name="triggers"
    )
    rule = models.OneToOneField(
        "dispatcher.Rule", on_delete=models.PROTECT, related_name="trigger", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="trigger_has_name",
                violation_error_message="Give the trigger a name.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft")
                | (
                    Q(status__in=["active", "paused"], template__isnull=False)
                    & ((Q(method_kind="url") & ~Q(url="")) | (Q(method_kind="email") & ~Q(to="")))
                ),
                name="only_drafts_are_incomplete",
                violation_error_message="Say where to send what, or leave it draft.",
            ),
            models.CheckConstraint(
                condition=Q(http_method__in=["POST", "PUT"]),
                name="trigger_posts_or_puts",
                violation_error_message="Choose POST or PUT.",
            ),
        ]
        indexes = [
            models.Index(fields=["event", "customer"], name="trigger_match"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_email(self) -> bool:
        return self.method_kind == self.MethodKind.EMAIL

    @property
    def has_address(self) -> bool:
        """Whether it says where to."""
        return bool(self.to if self.is_email else self.url)
