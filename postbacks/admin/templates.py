"""Templates: written beside a preview, with every earlier version."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from dispatcher.admin.filters import RowFilter
from dispatcher.admin.service import ServiceAdmin, ServiceForm
from dispatcher.console import display
from dispatcher.keys import as_key
from postbacks import services
from postbacks.admin import email_templates, mapper, mapper_trials
from postbacks.admin.template_versions import restore, versions_page
from postbacks.admin.widgets import EditorWidget
from postbacks.admin.wording import template_standing
from postbacks.events import EventType
from postbacks.models import Template, Trigger


class TemplateForm(ServiceForm[Template]):
    class Meta:
        model = Template
        fields = (
            "name", "customer", "format", "status", "is_strict", "event",
            "body", "schema", "sample",
        )  # fmt: skip
        widgets = {
            "body": EditorWidget(attrs={"rows": 24, "aria-label": "Template"}),
            "schema": EditorWidget(attrs={"rows": 8, "aria-label": "Schema"}),
            "sample": EditorWidget(attrs={"rows": 8, "aria-label": "Sample payload"}),
        }
        labels = {"is_strict": "Strict", "event": "Sample of"}
        help_texts = {
            "name": "Triggers show it under this name.",
            "customer": "Leave empty to let the triggers of every customer use it.",
            "format": "What comes out is checked: a document that is not valid is never sent.",
            "status": "Triggers send nothing by a draft.",
            "is_strict": "Refuse to send when a field is missing from the payload. "
            "Otherwise it is left empty and a warning is shown.",
            "event": "Which event the sample payload is of. None: Order shipped is shown.",
            "schema": "A JSON Schema, or for XML an XSD. What does not fit it is never sent. "
            "Leave empty to send any valid document.",
            "sample": "Leave empty to use the built-in sample of the event.",
        }

    def store(self) -> None:
        services.save_template(template=self.instance, by=self.by)


@admin.register(Template)
class TemplateAdmin(ServiceAdmin[Template]):
    form = TemplateForm
    fieldsets = (
        (None, {"fields": (("name", "customer", "event"), ("format", "status", "is_strict"))}),
        ("Text", {"fields": ("body", "schema", "sample", "seen_at")}),
    )
    compressed_fields = False
    change_form_template = "admin/postbacks/template/change_form.html"
    list_display = ("title", "whose", "shape", "standing", "used_by", "number", "changed")
    list_select_related = ("customer",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("format", ChoicesDropdownFilter),
        ("customer", RowFilter),
    )
    list_filter_submit = True
    search_fields = ("name",)
    search_help_text = "Name"
    empty_text = (
        "A template is the text that is sent, with places for what the event says. Write "
        "the first one."
    )
    delete_text = (
        "Its versions are deleted as well. What was sent by it stays in the ledgers. A "
        "template that a trigger uses cannot be deleted."
    )
    autocomplete_fields = ("customer",)
    ordering = ("name",)
    sortable_by = ()
    actions = ("activate_selected", "draft_selected")
    actions_list = ("add_email",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        queryset = super().get_queryset(request)
        if (
            request.resolver_match
            and request.resolver_match.url_name == "postbacks_template_changelist"
        ):
            queryset = queryset.defer("body", "text", "html", "schema", "sample").annotate(
                uses=Count("triggers")
            )
        return queryset

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        template = self.get_object(request, object_id) if object_id else None
        context = {
            **mapper.mapper_context(
                template,
                is_email=email_templates.is_email(request, template),
                may_see_events=request.user.has_perm("dispatcher.view_event"),
            ),
            "users": _users(object_id),
            "standing": template and template_standing(template),
        }
        return super().changeform_view(
            request, object_id, form_url, context | (extra_context or {})
        )

    def get_form(
        self,
        request: HttpRequest,
        obj: Template | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's
        **kwargs: Any,
    ) -> Any:
        if email_templates.is_email(request, obj):
            kwargs["form"] = email_templates.EmailTemplateForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Template | None = None) -> Any:
        if email_templates.is_email(request, obj):
            return email_templates.FIELDSETS
        return super().get_fieldsets(request, obj)

    @action(  # type: ignore[untyped-decorator]
        description="Add an e-mail template", url_path="add-email", permissions=["add"]
    )
    def add_email(self, request: HttpRequest) -> HttpResponse:
        """A new one of subject, text and HTML."""
        return HttpResponseRedirect(f"{reverse('admin:postbacks_template_add')}?kind=email")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        starting = {"event": EventType.ORDER_SHIPPED.value, "format": "json"}
        if email_templates.is_email(request, None):
            starting |= email_templates.starting(request.GET.get("event", ""))
        return starting | dict(super().get_changeform_initial_data(request))

    def refusal(self, row: Template) -> str:
        return services.why_template_stays(template=row)

    def remove(self, row: Template, by: Any) -> None:
        services.delete_template(template=row, by=by)

    def get_urls(self) -> list[URLPattern]:
        asked = {
            "preview": self.preview_view,
            "events": self.events_view,
            "test": self.test_view,
            "past": self.past_view,
        }
        about_one = {"versions": self.versions_view, "restore": self.restore_view}
        wrap, named = self.admin_site.admin_view, "postbacks_template_{}"
        own = [path(f"{key}/", wrap(view), name=named.format(key)) for key, view in asked.items()]
        own += [
            path(f"<int:object_id>/{key}/", wrap(view), name=named.format(key))
            for key, view in about_one.items()
        ]
        return own + super().get_urls()

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the template gives for the sample, as JSON; saves nothing."""
        return mapper.preview(self, request)

    def events_view(self, request: HttpRequest) -> HttpResponse:
        """The last real events of a type, as JSON."""
        return mapper.recent_events(self, request)

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Send what is being written, once."""
        return mapper_trials.send_test(self, request)

    def past_view(self, request: HttpRequest) -> HttpResponse:
        """What saving would change for the last real events, as JSON."""
        return mapper_trials.try_past(self, request)

    def versions_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Every version, and what changed in one."""
        return versions_page(self, request, object_id)

    def restore_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Make an earlier version the newest."""
        return restore(self, request, object_id)

    @admin.display(description="Template")
    def title(self, template: Template) -> SafeString:
        return display.two_lines(template.name, template.get_event_display() or "")

    @admin.display(description="Customer")
    def whose(self, template: Template) -> str:
        return template.customer.name if template.customer else "Shared"

    @admin.display(description="Format")
    def shape(self, template: Template) -> SafeString:
        return format_html('<span class="pb-chip">{}</span>', template.shape)

    @admin.display(description="State")
    def standing(self, template: Template) -> SafeString:
        return display.badge(template_standing(template))

    @admin.display(description="Used by")
    def used_by(self, template: Template) -> SafeString | str:
        uses = template.uses  # type: ignore[attr-defined]
        if not uses:
            return "nothing yet"
        url = f"{reverse('admin:postbacks_trigger_changelist')}?template__id__exact={template.pk}"
        word = "trigger" if uses == 1 else "triggers"
        return format_html('<a class="pb-link" href="{}">{} {}</a>', url, uses, word)

    @admin.display(description="Version")
    def number(self, template: Template) -> SafeString:
        url = reverse("admin:postbacks_template_versions", args=[template.pk])
        return format_html('<a class="pb-link" href="{}">{}</a>', url, template.version)

    @admin.display(description="Changed")
    def changed(self, template: Template) -> SafeString | str:
        return display.moment(template.updated_at)

    @admin.action(description="Activate", permissions=["change"])
    def activate_selected(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        self._each(request, queryset, Template.Status.ACTIVE, "{} activated.")

    @admin.action(description="Make a draft: send nothing by it", permissions=["change"])
    def draft_selected(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        self._each(request, queryset, Template.Status.DRAFT, "{} made a draft.")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Template], status: str, done: str
    ) -> None:
        def verb(row: Template) -> None:
            services.set_template_status(template=row, status=status, by=request.user)

        self.press_all(request, Template.objects.filter(pk__in=queryset.values("pk")), verb, done)


def _users(object_id: str | None) -> list[Trigger]:
    """Triggers that send by this template."""
    template = as_key(object_id)
    if template is None:
        return []
    return list(Trigger.objects.filter(template_id=template).only("name").order_by("name")[:50])
