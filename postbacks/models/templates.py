"""What is sent, written by operators; every change of it is kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from postbacks.events import EventType


class Template(models.Model):
    """The document that triggers send, before the payload is filled in.

    Its texts, format, strictness and schema at each save are kept as `TemplateVersion`s;
    `version` is the number of the current one.
    """

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", "Webhook"
        EMAIL = "email", "E-mail"

    class Format(models.TextChoices):
        JSON = "json", "JSON"
        XML = "xml", "XML"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"

    name = models.CharField(max_length=255)
    customer = models.ForeignKey(
        "postbacks.Customer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="templates",
        help_text="Empty: shared, triggers of any customer may use it.",
    )
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.WEBHOOK)
    format = models.CharField(max_length=4, choices=Format.choices, default=Format.JSON, blank=True)
    body = models.TextField(blank=True, default="", help_text="Jinja2; payload keys are variables.")
    subject = models.CharField(max_length=1000, blank=True, default="", help_text="Of an e-mail.")
    text = models.TextField(blank=True, default="", help_text="Of an e-mail, without markup.")
    html = models.TextField("HTML", blank=True, default="", help_text="Of an e-mail.")
    is_strict = models.BooleanField(
        "strict",
        default=False,
        help_text="A field that is missing from the payload is an error, not a warning.",
    )
    schema = models.TextField(
        blank=True,
        default="",
        help_text="A JSON Schema or an XML Schema (XSD) that what is sent has to fit. "
        "Empty: anything that is valid JSON or XML may be sent.",
    )
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.DRAFT)
    event = models.CharField(
        max_length=32,
        choices=EventType.choices,
        blank=True,
        default="",
        help_text="Which event its sample payload is of.",
    )
    sample = models.TextField(
        "sample payload",
        blank=True,
        default="",
        help_text="JSON to try the template with. Empty: the sample of the event.",
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    RENDERING = ("body", "subject", "text", "html", "format", "is_strict", "schema")
    """What a version keeps: everything that decides what is sent."""

    OF_LINES = ("body", "text", "html", "schema", "sample")
    """Texts that may have several lines."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="template_has_name",
                violation_error_message="Give the template a name.",
            ),
            models.CheckConstraint(
                condition=Q(kind="webhook", format__in=["json", "xml"])
                | Q(kind="email", format=""),
                name="template_format_fits_kind",
                violation_error_message="A webhook template is JSON or XML, an e-mail neither.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft")
                | (Q(kind="webhook") & ~Q(body=""))
                | (Q(kind="email") & ~Q(subject="") & (~Q(text="") | ~Q(html=""))),
                name="active_template_has_content",
                violation_error_message="Write the template before you activate it.",
            ),
            models.CheckConstraint(
                condition=Q(kind="webhook") | Q(schema=""),
                name="only_documents_have_a_schema",
                violation_error_message="An e-mail has no schema. Take it out.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def shape(self) -> str:
        """What it makes, in a word: JSON, XML or E-mail."""
        is_email = self.kind == self.Kind.EMAIL
        return str(self.get_kind_display() if is_email else self.get_format_display())

    @property
    def parts(self) -> dict[str, tuple[str, str]]:
        """Its texts by name, each with the format it is rendered in; those that are empty left out.

        A webhook template has one, named body.
        """
        if self.kind != self.Kind.EMAIL:
            return {"body": (self.format, self.body)}
        texts = {"subject": "text", "text": "text", "html": "html"}
        return {
            name: (kind, getattr(self, name))
            for name, kind in texts.items()
            if name == "subject" or getattr(self, name).strip()
        }


class TemplateVersion(models.Model):
    """What a template rendered from one save until the next; never changes."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.TextField(blank=True)
    subject = models.CharField(max_length=1000, blank=True, default="")
    text = models.TextField(blank=True, default="")
    html = models.TextField("HTML", blank=True, default="")
    format = models.CharField(max_length=4, choices=Template.Format.choices, blank=True)
    is_strict = models.BooleanField("strict")
    schema = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"],
                name="one_template_version_per_number",
                violation_error_message="The template has a version of this number already.",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="template_versions_count_from_one",
                violation_error_message="Versions count from one.",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"
