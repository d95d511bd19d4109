"""Tables that templates look values up in, such as a carrier's name by its code."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

MAX_FIELD = 128
MAX_KEY = 255
MAX_VALUE = 2_000


class LookupTable(models.Model):
    """Keys and values; templates name it by its template field.

    `revision` grows with each change of the table or its rows, `row_count` is kept with it.
    """

    name = models.CharField(max_length=255)
    customer = models.ForeignKey(
        "postbacks.Customer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lookup_tables",
        help_text="Empty: for the events of every customer.",
    )
    description = models.TextField(blank=True, default="")
    field = models.CharField(
        "template field",
        max_length=MAX_FIELD,
        help_text="How templates name this table: sku and {{sku}} mean the same.",
    )
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    row_count = models.PositiveIntegerField("rows", default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["revision", "row_count"])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "field"],
                condition=Q(customer__isnull=False),
                name="one_lookup_table_per_customer_and_field",
                violation_error_message="This customer has a table of this template field already.",
            ),
            models.UniqueConstraint(
                fields=["field"],
                condition=Q(customer__isnull=True),
                name="one_shared_lookup_table_per_field",
                violation_error_message="There is a table of this template field for every "
                "customer already.",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="lookup_table_has_name",
                violation_error_message="Give the table a name.",
            ),
            models.CheckConstraint(
                condition=~Q(field=""),
                name="lookup_table_has_field",
                violation_error_message="Give the template field that names this table.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LookupRow(models.Model):
    """A key and what it stands for."""

    table = models.ForeignKey(LookupTable, on_delete=models.CASCADE, related_name="rows")
    key = models.CharField(max_length=MAX_KEY)
    value = models.CharField(max_length=MAX_VALUE, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["table", "key"],
                name="one_lookup_row_per_key",
                violation_error_message="The table has this key already.",
            ),
            models.CheckConstraint(
                condition=~Q(key=""),
                name="lookup_row_has_key",
                violation_error_message="Give a key.",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class LookupImport(models.Model):
    """A file that was read and previewed, waiting for somebody to say that it is to be imported.

    `content` holds the rows that were read, `summary` what importing them would change when the
    table was at `revision`.
    """

    table = models.ForeignKey(LookupTable, on_delete=models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=255)
    content = models.BinaryField()
    keeps_missing = models.BooleanField()
    revision = models.PositiveBigIntegerField()
    summary = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return self.file_name
