"""Importing a file into a lookup table: chosen, looked at, then imported or not."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from dispatcher.configuration.errors import ChangedMeanwhileError
from postbacks import services
from postbacks.models import LookupImport, LookupTable


class ImportForm(forms.Form):
    """A file, and how it is to be taken."""

    HEADINGS = {"auto": None, "yes": True, "no": False}

    file = forms.FileField()
    rest = forms.ChoiceField(choices=[("remove", ""), ("keep", "")], required=False)
    heading = forms.ChoiceField(choices=[(name, "") for name in HEADINGS], required=False)


def choose_file(
    model_admin: ModelAdmin[LookupTable], request: HttpRequest, table: LookupTable
) -> HttpResponse:
    """The form; when it is sent, the file is read and shown before anything changes."""
    problems: list[str] = []
    if request.method == "POST":
        try:
            waiting = _read(request, table)
        except ValidationError as error:
            problems = error.messages
        else:
            return HttpResponseRedirect(
                reverse("admin:postbacks_lookuptable_preview", args=[table.pk, waiting.pk])
            )
    context = {"problems": problems, "title": f"Import into {table.name}"}
    return _page(model_admin, request, table, "import", context)


def _read(request: HttpRequest, table: LookupTable) -> LookupImport:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        message = "Choose a file that is not empty, then try again."
        raise ValidationError({"file": message})
    file, given = form.cleaned_data["file"], form.cleaned_data
    return services.preview_import(
        table=table,
        content=file.read(),
        file_name=file.name,
        keeps_missing=given["rest"] == "keep",
        has_heading=ImportForm.HEADINGS[given["heading"] or "auto"],
        by=request.user,
    )


def preview_file(
    model_admin: ModelAdmin[LookupTable],
    request: HttpRequest,
    table: LookupTable,
    import_id: int,
) -> HttpResponse:
    """What importing the file would change; the buttons import it, or throw it away."""
    waiting = LookupImport.objects.filter(pk=import_id, table_id=table.pk).first()
    if waiting is None:
        if request.method == "POST":
            messages.error(request, "This file was imported or thrown away already.")
            return HttpResponseRedirect(_table_url(table))
        raise Http404
    if request.method == "POST":
        return _decide(request, table, waiting)
    if services.refresh_preview(waiting=waiting):
        messages.warning(request, "The table changed meanwhile; this is the preview as of now.")
    summary = waiting.summary
    context = {
        "title": f"Import into {table.name}",
        "waiting": waiting,
        "summary": summary,
        "good": summary["added"] + summary["changed"] + summary["unchanged"],
        "changes": summary["added"] + summary["changed"] + summary["removed"],
        "bad_not_shown": summary["bad_count"] - len(summary["bad"]),
        "removes_most": summary["removed"] * 2 > max(table.row_count, 1),
    }
    return _page(model_admin, request, table, "preview", context)


def _decide(request: HttpRequest, table: LookupTable, waiting: LookupImport) -> HttpResponse:
    if request.POST.get("verb") == "cancel":
        services.cancel_import(waiting=waiting)
        messages.info(request, "Nothing was imported.")
        return HttpResponseRedirect(_table_url(table))
    skip_bad = request.POST.get("verb") == "import-good"
    try:
        changes = services.apply_import(waiting=waiting, skip_bad=skip_bad, by=request.user)
    except ChangedMeanwhileError:
        return HttpResponseRedirect(request.path)  # which shows the preview as of now
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(request.path)
    messages.success(request, f"Imported: {changes.words()}.")
    return HttpResponseRedirect(_table_url(table))


def _table_url(table: LookupTable) -> str:
    return f"{reverse('admin:postbacks_lookuptable_change', args=[table.pk])}#rows"


def _page(
    model_admin: ModelAdmin[LookupTable],
    request: HttpRequest,
    table: LookupTable,
    name: str,
    context: dict[str, Any],
) -> HttpResponse:
    shared = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "table": table,
        "back_url": _table_url(table),
    }
    return TemplateResponse(request, f"admin/postbacks/lookuptable/{name}.html", shared | context)
