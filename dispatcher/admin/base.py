"""What the admin's pages stand on: read-only ledgers, and lists that never count millions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse

from dispatcher.admin.active import FilteredChangeList
from dispatcher.admin.keyset import KeysetChangeList

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
else:
    from unfold.admin import ModelAdmin

__all__ = ["CappedPaginator", "LedgerAdmin", "ModelAdmin", "PreparedChangeList", "PreparedMixin"]

Row = TypeVar("Row", bound=Model)


class CappedPaginator(Paginator[Any]):
    """Only names the template: `KeysetChangeList` finds and counts the rows."""

    template_name = "admin/pagination_capped.html"


class PreparedChangeList(FilteredChangeList):
    """Lets the ModelAdmin look at all rows of a page at once, to fetch what they share."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        self.model_admin.prepare(request, rows)  # type: ignore[attr-defined]
        self.result_list = rows


class PreparedMixin:
    """A list whose rows are prepared together: `prepare` is called once for each page.

    It says what it is filtered by; a `list_before_template` of its own has to include that.
    """

    list_before_template = "admin/active_filters.html"

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Attach to the rows of one page what their columns show."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PreparedChangeList


class LedgerAdmin(PreparedMixin, ModelAdmin[Row]):
    """A read-only ledger: a list, and a page of its own for each row.

    `page_template` is given what `page_context` returns, and `object`.
    """

    page_template: ClassVar[str] = ""
    page_related: ClassVar[Sequence[str]] = ()
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_display_links = None  # the first column's title leads to the page
    empty_text = ""
    listed_by: ClassVar[str] = ""
    """The time that the list is in the order of; the key alone, if none is named."""
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    sortable_by = ()
    list_filter_submit = True
    show_facets = ShowFacets.NEVER  # they count

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """All but the history page: what never changes has none."""
        without = {f"{self.opts.app_label}_{self.opts.model_name}_history"}
        return [url for url in super().get_urls() if url.name not in without]

    def page_context(self, request: HttpRequest, row: Row) -> Mapping[str, Any]:
        """What the page shows besides the row itself."""
        return {}

    def page_title(self, row: Row) -> str:
        return str(row)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Nobody writes a ledger by hand."""
        raise PermissionDenied

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET"])
        return super().change_view(request, object_id, form_url, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The row's page. Not a form, and so not in a transaction."""
        row = self.find(request, object_id)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.page_title(row),
            "object": row,
            "media": self.media,
            **self.page_context(request, row),
        }
        return TemplateResponse(request, self.page_template, context)

    def find(self, request: HttpRequest, object_id: str | None) -> Row:
        """The row with this key, if this person may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        queryset: QuerySet[Row] = self.get_queryset(request).select_related(*self.page_related)
        try:
            return queryset.get(pk=unquote(object_id or ""))
        except (ObjectDoesNotExist, ValidationError, ValueError, OverflowError):
            raise Http404 from None

    def page_url(self, pk: object) -> str:
        """The address of a row's page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])

    def to_page(self, pk: object) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.page_url(pk))
