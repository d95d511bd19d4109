"""How far cleaning up has come, and whose payloads were asked to be erased."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Purge(models.Model):
    """The one row that workers agree by: who cleans up now, from where on, and when again."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    next_at = models.DateTimeField(help_text="Nothing is looked for before this.")
    busy_until = models.DateTimeField(null=True, help_text="One worker at a time.")
    delivery_cursor = models.UUIDField(null=True, help_text="This round has come so far.")
    event_cursor = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True, help_text="End of the last whole round.")
    deliveries = models.PositiveBigIntegerField(default=0, help_text="Deleted since the start.")
    events = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "storage"

    def __str__(self) -> str:
        return f"next at {self.next_at}"


class Erasure(models.Model):
    """All payloads of one owner, erased on demand; the record that it was done stays."""

    owner = models.CharField(max_length=64, help_text="Whose, as customer:12.")
    name = models.CharField(max_length=255, help_text="What the owner was called.")
    requested_at = models.DateTimeField(auto_now_add=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    until = models.UUIDField(help_text="Events that came later are not touched.")
    cursor = models.UUIDField(null=True)
    events = models.PositiveIntegerField(default=0, help_text="Whose payloads were erased so far.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="erasure_open", condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return self.name
