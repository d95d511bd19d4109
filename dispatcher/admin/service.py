"""Pages that save through the app's services: one domain call, its errors beside their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.options import ModelAdmin as DjangoModelAdmin
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms.models import construct_instance
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from dispatcher.admin.base import ModelAdmin, PreparedMixin
from dispatcher.console import changes
from dispatcher.keys import as_key
from dispatcher.selecting.times import parse_moment

Row = TypeVar("Row", bound=Model)


def when_known(field: str, condition: str) -> str:
    """A condition for `conditional_fields` that holds on a page without that field.

    Who may only look gets no form fields, and the page's script would know no such name.
    """
    return f"typeof {field} === 'undefined' || {condition}"


class ServiceForm(forms.ModelForm[Row]):
    """A form that is valid when the service has saved what it holds.

    `store` makes the one domain call; a ValidationError of it is shown beside its field.
    `seen_at` is when the row was last changed as this page knew it, so that two people who edit
    at once do not overwrite each other.
    """

    by: ClassVar[AbstractBaseUser | None] = None
    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_at"] = self.instance.updated_at.isoformat()  # type: ignore[attr-defined]

    def store(self) -> None:
        """Save `self.instance` by the service that is responsible."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        if self.errors:
            return
        names = [name for name in self.cleaned_data if name != "seen_at"]
        self.instance = construct_instance(self, self.instance, names)
        self._take_seen_at()
        try:
            self.store()
        except ValidationError as error:
            self.show(error)

    def _take_seen_at(self) -> None:
        text = self.cleaned_data.get("seen_at")
        if not (self.instance.pk and text):
            return
        moment = parse_moment(text)
        if moment is None:
            self.add_error(None, "This page is incomplete. Load it again.")
        else:
            self.instance.updated_at = moment  # type: ignore[attr-defined]

    def show(self, error: ValidationError) -> None:
        """Put each message beside its field, or on top where the form has no such field."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, problems in error.error_dict.items():
            is_known = name in self.fields and name != NON_FIELD_ERRORS
            self.add_error(name if is_known else None, problems)


class WithoutTransaction(DjangoModelAdmin[Row]):
    """Saves in the service's own transaction: nothing is locked while a template is tried."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined, no-any-return]


if TYPE_CHECKING:

    class _Base(PreparedMixin, ModelAdmin[Row]): ...
else:

    class _Base(PreparedMixin, SimpleHistoryAdmin, ModelAdmin, WithoutTransaction): ...


class ServiceAdmin(_Base[Row]):
    """A page for what operators configure. Subclasses name the services in `remove`."""

    object_history_list_template = "admin/configuration/history_list.html"
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    delete_confirmation_template = "admin/configuration/delete_confirmation.html"
    warn_unsaved_form = True
    delete_text = ""
    looked_at: ClassVar[Mapping[str, str]] = {}
    """Of fields that only a form knows, what shows them to who may only look; "" for nothing."""

    def remove(self, row: Row, by: Any) -> None:
        """Delete by the service that is responsible; raises ValidationError when it refuses."""
        raise NotImplementedError

    def refusal(self, row: Row) -> str:
        """Why it cannot be deleted now, in words that say what to do first; empty when it can."""
        return ""

    def get_form(
        self,
        request: HttpRequest,
        obj: Row | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's
        **kwargs: Any,
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Row | None = None) -> Any:
        """Who may only look is shown what is configured; a form's own fields would be empty."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return list(_as_looked_at(fieldsets, {"seen_at": "", **self.looked_at}))

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Nothing: the form's service has saved it."""

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(self, objs: Iterable[Row], request: HttpRequest) -> Any:
        return [str(row) for row in objs], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        self.remove(obj, request.user)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            row = self.get_object(request, object_id) if request.method == "GET" else None
            context = {
                "title": f"Delete {row}",
                "model_admin_text": self.delete_text,
                "refusal": self.refusal(row) if row else "",
            } | (extra_context or {})
            return super().delete_view(request, object_id, context)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self.to_page(object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if as_key(unquote(object_id)) is None:
            raise Http404
        answer: HttpResponse = super().history_view(request, object_id, extra_context)
        return answer

    def history_view_title(self, request: HttpRequest, obj: Row) -> str:
        return f"Changes of {obj}"

    def revert_disabled(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return True

    def set_history_delta_changes(
        self,
        request: HttpRequest,
        historical_records: Iterable[Any],
        foreign_keys_are_objs: bool = True,  # noqa: FBT001, FBT002 - the library's
    ) -> None:
        """What each entry changed, newest first, in the words of the Audit page."""
        rows = list(historical_records)
        for later, earlier in pairwise(rows):
            later.history_delta_changes = list(changes.between(earlier, later))
        for oldest in rows[-1:]:  # of this page: the one before it is on the next
            if oldest.history_type == changes.CHANGED:
                oldest.history_delta_changes = list(changes.fields_of(oldest))

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, **kwargs: Any
    ) -> HttpResponse:
        """The list of changes says it all; an old state is not edited."""
        return HttpResponseRedirect(reverse(f"{self._prefix}_history", args=[object_id]))

    @property
    def _prefix(self) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}"

    def page_url(self, pk: object) -> str:
        return reverse(f"{self._prefix}_change", args=[pk])

    def to_page(self, pk: object) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.page_url(pk))

    def take(self, request: HttpRequest, object_id: str, *, post_only: bool = True) -> Row | None:
        """The row that a button was pressed for; None when the request is no POST."""
        if post_only and request.method != "POST":
            return None
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def press(
        self, request: HttpRequest, object_id: str, verb: Callable[[Row], Any], done: str
    ) -> HttpResponse:
        """Do what a button says and come back, with what was done or why it was refused."""
        row = self.take(request, object_id)
        if row is None:
            return HttpResponseNotAllowed(["POST"])
        try:
            verb(row)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, done)
        return self.to_page(row.pk)

    def press_all(
        self, request: HttpRequest, rows: QuerySet[Row], verb: Callable[[Row], Any], done: str
    ) -> None:
        """Do it for each chosen row; refusals are told by name."""
        made = 0
        for row in rows:
            try:
                verb(row)
                made += 1
            except ValidationError as error:
                messages.error(request, f"{row}: {' '.join(error.messages)}")
        if made:
            messages.success(request, done.format(made))


def _as_looked_at(fieldsets: Any, instead: Mapping[str, str]) -> Iterator[tuple[Any, Any]]:
    for title, options in fieldsets:
        lines = [_line(line, instead) for line in options["fields"]]
        yield title, {**options, "fields": [line for line in lines if line]}


def _line(line: Any, instead: Mapping[str, str]) -> Any:
    """A field, or several of one line, as they are shown; empty where nothing is."""
    if isinstance(line, str):
        return instead.get(line, line)
    return tuple(shown for name in line if (shown := instead.get(name, name)))
