"""Writing an e-mail: subject, text and HTML beside what they give."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from dispatcher.rendering import Problem, Rendered
from postbacks import services
from postbacks.admin.base import ServiceForm
from postbacks.admin.mapper import may_edit
from postbacks.admin.widgets import EditorWidget
from postbacks.events import EventType, sample_payload
from postbacks.models import Customer, Template
from postbacks.ready_emails import ReadyEmail, ready_emails

FIELDSETS = (
    (None, {"fields": (("name", "customer", "event"), ("status", "is_strict"))}),
    ("Text", {"fields": ("subject", "text", "html", "sample", "seen_at")}),
)
PAGE = "admin/postbacks/template/email_form.html"


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


def start_from() -> list[ReadyEmail]:
    """What a new e-mail can be started from."""
    return list(ready_emails().values())


def preview(model_admin: ModelAdmin[Template], request: HttpRequest) -> HttpResponse:
    """What the form's texts give at this moment, as JSON; saves nothing."""
    may_edit(model_admin, request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    data = request.POST
    texts = {name: data.get(name, "") for name in ("subject", "text", "html")}
    template = Template(
        kind=Template.Kind.EMAIL, format="", is_strict=data.get("is_strict") == "on", **texts
    )
    event = data.get("event", "")
    known = event if event in EventType.values else EventType.ORDER_SHIPPED.value
    try:
        rendered = services.render_template(
            template=template,
            payload=data.get("sample", "").strip() or sample_payload(known),
            customer=_customer(data.get("customer", "")),
        )
    except ValidationError as error:
        problems = [{"message": message} for message in error.messages]
        return JsonResponse({"parts": {}, "errors": problems, "warnings": []})
    return JsonResponse(_answer(template, rendered))


def _answer(template: Template, rendered: Rendered) -> dict[str, Any]:
    names = list(template.parts)
    return {
        "parts": dict(zip(names, rendered.outputs, strict=True)),
        "errors": [_problem(names, one) for one in rendered.errors],
        "warnings": [_problem(names, one) for one in rendered.warnings],
    }


def _problem(names: list[str], problem: Problem) -> dict[str, Any]:
    where = "payload" if problem.where == "payload" else names[problem.part]
    return {"part": where, "line": problem.line, "message": problem.message}


def _customer(key: str) -> Customer | None:
    return Customer.objects.filter(pk=int(key)).first() if key.isdigit() else None
