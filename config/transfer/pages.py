"""The configuration as a file, in admin: taken along, compared with a file, made as it says."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import yaml
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from config.transfer import document
from config.transfer.document import FormatError
from config.transfer.plan import Change, Plan, make_plan
from config.transfer.problems import BusyError, Problem, RefusedError
from config.transfer.sections import SECTIONS, export

MOST = 1024 * 1024  # of an uploaded file; the command takes larger ones
_SECRET = "secret:"  # noqa: S105 - the beginning of a field's name
_VERBS = {"add": ("Added", "good"), "change": ("Changed", "info"), "remove": ("Deleted", "bad")}


def may(request: HttpRequest, *actions: str) -> bool:
    """Whether this person may do that with everything that the file holds."""
    for section in SECTIONS:
        options = section.model._meta  # noqa: SLF001 - Django's API
        names = [f"{options.app_label}.{action}_{options.model_name}" for action in actions]
        if not request.user.has_perms(names):
            return False
    return True


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The file, named by the day."""
    if not may(request, "view"):
        raise PermissionDenied
    response = HttpResponse(document.write(export()), content_type="application/yaml")
    name = f"configuration-{timezone.localdate():%Y-%m-%d}.yaml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Choose a file; see what it would change; apply it, as a whole or not at all."""
    can_apply = may(request, "view", "add", "change", "delete")
    if not may(request, "view") or (request.method == "POST" and not can_apply):
        raise PermissionDenied
    context: dict[str, Any] = {"can_apply": can_apply, "most": "1 MB"}
    if request.method == "POST":
        try:
            done = _answer(request, context)
        except RefusedError as error:
            context["problems"] = _told(error.problems)
        except FormatError as error:
            context["problem"] = str(error)
        except BusyError as error:
            context["busy"] = str(error)
        else:
            if done:
                messages.success(request, "The configuration was applied.")
                return HttpResponseRedirect(reverse("configuration"))
    shown = admin.site.each_context(request) | {"title": "Configuration as a file"}
    return TemplateResponse(request, "admin/configuration/transfer.html", shown | context)


def _answer(request: HttpRequest, context: dict[str, Any]) -> bool:
    """Plan, or apply where that was pressed; True when it was applied."""
    text = _text(request)
    context["text"] = text
    context["is_pruning"] = is_pruning = "prune" in request.POST
    secrets: dict[str, str] = {
        name.removeprefix(_SECRET): str(value)
        for name, value in request.POST.items()
        if name.startswith(_SECRET) and value
    }

    def find_secret(name: str) -> str | None:
        return secrets.get(name)

    plan = make_plan(document.read(text), find_secret=find_secret, prune=is_pruning)
    if "apply" in request.POST:
        plan.apply(find_secret=find_secret, by=request.user)
        return True
    context |= _shown(plan) | {"problems": _told(plan.problems(find_secret=find_secret))}
    return False


def _text(request: HttpRequest) -> str:
    """The file that was chosen, or the one that the plan shown was made of."""
    file: Any = request.FILES.get("file")
    if file is None:
        return str(request.POST.get("text", "")).replace("\r\n", "\n")
    if file.size > MOST:
        raise FormatError("This file is larger than 1 MB. Use “manage.py config apply”.")
    try:
        return str(file.read().decode())
    except UnicodeDecodeError:
        raise FormatError("This is not a text file. Choose the YAML file.") from None


def _shown(plan: Plan) -> dict[str, Any]:
    return {
        "has_plan": True,
        "changes": [_change(one) for one in plan.changes],
        "missing": plan.missing,
        "only_here": [f"{_kind(section)}: {key}" for section, key in plan.only_here],
    }


def _told(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [
        {
            "what": ": ".join(part for part in (_kind(one.section), one.key) if part),
            "field": one.field,
            "words": one.words,
        }
        for one in problems
    ]


def _change(change: Change) -> dict[str, Any]:
    verb, tone = _VERBS[change.action]
    fields = [
        {"name": _kind(name), "lines": _lines(old, new)}
        for name, (old, new) in change.fields.items()
    ]
    return {
        "kind": _kind(change.section), "key": change.key, "verb": verb, "tone": tone,
        "fields": fields if change.action == "change" else [],
    }  # fmt: skip


def _kind(section: str) -> str:
    return capfirst(section.replace("_", " "))


def _lines(old: Any, new: Any) -> list[tuple[str, str]]:
    """A diff of two values: sign and text."""
    compared = difflib.ndiff(_as_lines(old), _as_lines(new))
    return [(line[0], line[2:]) for line in compared if line[0] in "+-"]


def _as_lines(value: Any) -> list[str]:
    if value is None:
        return []
    text = value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False)
    return text.removesuffix("...\n").splitlines()
