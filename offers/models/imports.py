"""Files with new statuses, between their preview and their import."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StatusImport(models.Model):
    """A file that was read and previewed, waiting for somebody to say that it is to be imported.

    `content` is the file as it came; `summary` what importing it would have changed at that time,
    and once `applied_at` is set, what it did change.
    """

    file_name = models.CharField(max_length=255)
    content = models.BinaryField()
    summary = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name
