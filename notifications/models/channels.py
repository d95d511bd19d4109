"""Where notifications go, and which events go there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from dispatcher.fields import EncryptedJSONField
from notifications.events import EVERY_TYPE, Source


class Channel(models.Model):
    """A place that notifications are sent to.

    What its kind needs is in `config`; what nobody may read again (signing secrets, values of
    secret headers, tokens, web addresses that are passwords in themselves) in `secret`.
    `subscriber` is the user whose program subscribed by the API, for channels made that way.
    """

    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=16, help_text="As postback, email, slack.")
    is_active = models.BooleanField(
        "active", default=True, help_text="While it is inactive, nothing is sent to it."
    )
    config = models.JSONField(default=dict, blank=True)
    secret: Any = EncryptedJSONField(default=dict, blank=True, editable=False)
    subscriber = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["secret"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="channel_has_name",
                violation_error_message="Give the channel a name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> str:
        """The name that the dispatcher knows its rules' owner by, as `channel:12`."""
        return f"channel:{self.pk}"


class SystemEvent(models.Model):
    """The switch of one event; switched off, it keeps its channels."""

    event = models.CharField(max_length=32, choices=EVERY_TYPE, unique=True)
    is_on = models.BooleanField("on", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    def __str__(self) -> str:
        return str(self.get_event_display())


class Attachment(models.Model):
    """A channel that an event is sent to, for some sources or (none chosen) for all."""

    event = models.CharField(max_length=32, choices=EVERY_TYPE)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="attachments")
    sources = models.JSONField(default=list, blank=True, help_text="None chosen: all of them.")
    rule = models.OneToOneField(
        "dispatcher.Rule", on_delete=models.PROTECT, related_name="attachment", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "attached channel"
        constraints = [
            models.UniqueConstraint(
                fields=["event", "channel"],
                name="channel_attached_once",
                violation_error_message="This channel is attached to the event already. "
                "Change its sources instead.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()} to {self.channel}"

    @property
    def source_names(self) -> str:
        """As "Admin, Funnel", or "All sources"."""
        return ", ".join(str(Source(one).label) for one in self.sources) or "All sources"


class MessageTemplate(models.Model):
    """What an event's e-mails and chat messages say, where an operator wrote it.

    An event without a row, and every part that is empty, says what the service comes with.
    """

    event = models.CharField(max_length=32, choices=EVERY_TYPE, unique=True)
    title = models.CharField(max_length=1000, blank=True, default="", help_text="Also the subject.")
    text = models.TextField(blank=True, default="")
    html = models.TextField("HTML", blank=True, default="", help_text="Of e-mails.")
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"Message for {self.get_event_display()}"
