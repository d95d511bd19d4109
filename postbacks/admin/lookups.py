"""Lookup tables, with their rows and the ways in and out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.text import slugify
from unfold.widgets import UnfoldAdminTextareaWidget

from dispatcher.admin.filters import RowFilter
from dispatcher.admin.service import ServiceAdmin, ServiceForm
from dispatcher.configuration import saving
from dispatcher.console import display
from postbacks import services
from postbacks.admin import lookup_imports, lookup_rows
from postbacks.models import LookupTable

_OWN = ("name", "field", "customer", "description")
_IN_THE_FORM = {"key": "new_key", "value": "new_value"}
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class LookupTableForm(ServiceForm[LookupTable]):
    """With the row that is being typed below it: every way of saving the page saves it too."""

    new_key = forms.CharField(required=False, label="New key")
    new_value = forms.CharField(required=False, label="Its value")

    class Meta:
        model = LookupTable
        fields = _OWN
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 2})}
        help_texts = {
            "name": "Warnings show it under this name.",
            "field": "How templates name it: sku, or {{sku}}, which is the same.",
            "customer": "Leave empty to use it for every customer. A table of a customer's own is "
            "asked first; what it does not have is looked for in the one for every customer.",
            "description": "For yourselves; it is not sent anywhere.",
        }

    @property
    def row(self) -> tuple[str, str] | None:
        """Key and value of the row to add; None where nothing was typed."""
        key, value = self.cleaned_data["new_key"], self.cleaned_data["new_value"]
        return (key, value) if key or value else None

    def store(self) -> None:
        """A row alone is added whoever has changed other rows since the page was loaded."""
        row = self.row
        if row is None or self._changes_the_table():
            services.save_table(table=self.instance, row=row, by=self.by)
        else:
            services.set_row(table=self.instance, key=row[0], value=row[1], by=self.by)

    def _changes_the_table(self) -> bool:
        stored = LookupTable.objects.filter(pk=self.instance.pk).first()
        own = [LookupTable._meta.get_field(name) for name in _OWN]  # noqa: SLF001 - Django's API
        return stored is None or saving.differs(self.instance, stored, among=own)

    def show(self, error: ValidationError) -> None:
        if hasattr(error, "error_dict"):
            found = error.error_dict.items()
            error.error_dict = {_IN_THE_FORM.get(name, name): text for name, text in found}
        super().show(error)


@admin.register(LookupTable)
class LookupTableAdmin(ServiceAdmin[LookupTable]):
    form = LookupTableForm
    fields = (("name", "field", "customer"), "description", "seen_at")
    compressed_fields = False
    autocomplete_fields = ("customer",)
    list_display = ("title", "named", "whose", "size", "changed")
    list_select_related = ("customer",)
    list_filter = (("customer", RowFilter),)
    list_filter_submit = True
    search_fields = ("name", "field")
    search_help_text = "Name or template field"
    empty_text = (
        "A lookup table turns what your systems say into what a receiver wants to read, as a "
        "carrier's code into its name. Add the first one."
    )
    delete_text = (
        "Its rows are deleted as well. Templates that look something up in it get their default "
        "from then on, with a warning; strict ones fail. Export it first if in doubt."
    )
    ordering = ("name",)
    sortable_by = ()
    change_form_outer_after_template = "admin/postbacks/lookuptable/rows.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        table = self.get_object(request, object_id)
        context = lookup_rows.rows_context(request, table) if table else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: LookupTable, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Saved by the form's service; what happened to the typed row is said by its key."""
        if form.row:
            messages.success(request, f"Row “{form.row[0].strip()}” added.")

    def response_change(self, request: HttpRequest, obj: LookupTable) -> HttpResponse:
        """By the row's own button, back to the rows as they were shown."""
        if request.POST.get("_continue") == "row":
            if not request.POST.get("new_key"):
                messages.warning(request, "Type a key and its value first, then add them.")
            return lookup_rows.back_to_rows(request, self.page_url(obj.pk))
        return super().response_change(request, obj)

    def remove(self, row: LookupTable, by: Any) -> None:
        services.delete_table(table=row, by=by)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        prefix = "postbacks_lookuptable"
        own = [
            path("<int:pk>/rows/", wrap(self.row_view), name=f"{prefix}_rows"),
            path("<int:pk>/import/", wrap(self.import_view), name=f"{prefix}_import"),
            path(
                "<int:pk>/import/<int:import_id>/",
                wrap(self.preview_view),
                name=f"{prefix}_preview",
            ),
            path("<int:pk>/export/<str:kind>/", wrap(self.export_view), name=f"{prefix}_export"),
        ]
        return own + super().get_urls()

    def row_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change or delete one row."""
        table = self.take(request, str(pk))
        if table is None:
            return HttpResponseNotAllowed(["POST"])
        return lookup_rows.change_row(request, table, self.page_url(pk))

    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose a file."""
        return lookup_imports.choose_file(self, request, self._changeable(request, pk))

    def preview_view(self, request: HttpRequest, pk: int, import_id: int) -> HttpResponse:
        """See what it would change, and say whether to."""
        table = self._changeable(request, pk)
        return lookup_imports.preview_file(self, request, table, import_id)

    def _changeable(self, request: HttpRequest, pk: int) -> LookupTable:
        table = self.take(request, str(pk), post_only=False)
        if table is None:  # for the types: only a GET with post_only gives none
            raise Http404
        return table

    def export_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """All rows as a file that can be imported again."""
        table = self.get_object(request, str(pk))
        if table is None or kind not in {"csv", "xlsx"}:
            raise Http404
        if not self.has_view_permission(request, table):
            raise PermissionDenied
        is_excel = kind == "xlsx"
        content = services.export_rows(table=table, as_excel=is_excel)
        answer = HttpResponse(
            content, content_type=_EXCEL if is_excel else "text/csv; charset=utf-8"
        )
        name = f"{slugify(table.name) or 'lookup'}.{kind}"
        answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"  # noqa: FBT003 - Django's
        return answer

    @admin.display(description="Table")
    def title(self, table: LookupTable) -> SafeString:
        return display.two_lines(table.name, table.description[:80])

    @admin.display(description="Template field")
    def named(self, table: LookupTable) -> SafeString:
        return format_html('<span class="pb-mono">{}</span>', table.field)

    @admin.display(description="Customer")
    def whose(self, table: LookupTable) -> str:
        return table.customer.name if table.customer else "Every customer"

    @admin.display(description="Rows")
    def size(self, table: LookupTable) -> str:
        return f"{table.row_count:,}" if table.row_count else "none yet"

    @admin.display(description="Changed")
    def changed(self, table: LookupTable) -> SafeString | str:
        return display.moment(table.updated_at)
