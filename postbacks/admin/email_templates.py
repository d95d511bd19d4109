"""The form of an e-mail template: subject, text and HTML instead of one document."""

from __future__ import annotations

from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from dispatcher.admin.service import ServiceForm
from postbacks import services
from postbacks.admin.widgets import EditorWidget
from postbacks.events import EventType
from postbacks.models import Template
from postbacks.ready_emails import ready_emails

FIELDSETS = (
    (None, {"fields": (("name", "customer", "event"), ("status", "is_strict"))}),
    ("Text", {"fields": ("subject", "text", "html", "sample", "seen_at")}),
)


class EmailTemplateForm(ServiceForm[Template]):
    class Meta:
        model = Template
        fields = (
            "name", "customer", "event", "status", "is_strict", "subject", "text", "html", "sample",
        )  # fmt: skip
        widgets = {
            "subject": UnfoldAdminTextInputWidget(attrs={"aria-label": "Subject"}),
            "text": EditorWidget(attrs={"rows": 12, "aria-label": "Text"}),
            "html": EditorWidget(attrs={"rows": 16, "aria-label": "HTML"}),
            "sample": EditorWidget(attrs={"rows": 8, "aria-label": "Sample payload"}),
        }
        labels = {"is_strict": "Strict", "event": "Sample of"}
        help_texts = {
            "name": "Triggers show it under this name.",
            "customer": "Leave empty to let the triggers of every customer use it.",
            "status": "Triggers send nothing by a draft.",
            "is_strict": "Refuse to send when a field is missing from the payload. "
            "Otherwise it is left empty and a warning is shown.",
            "event": "Which event the sample payload is of.",
            "sample": "Leave empty to use the built-in sample of the event.",
        }

    def store(self) -> None:
        self.instance.kind = Template.Kind.EMAIL
        services.save_template(template=self.instance, by=self.by)


def is_email(request: HttpRequest, template: Template | None) -> bool:
    """Whether the page is about an e-mail: a saved one, or a new one that is asked for."""
    if template is not None and template.pk:
        return template.kind == Template.Kind.EMAIL
    return request.GET.get("kind") == Template.Kind.EMAIL


def starting(event: str) -> dict[str, str]:
    """The ready e-mail of an event, to start a new one from."""
    ready = ready_emails().get(event) or ready_emails()[EventType.ORDER_SHIPPED.value]
    names = ("event", "name", "subject", "text", "html")
    return {name: getattr(ready, name) for name in names}
