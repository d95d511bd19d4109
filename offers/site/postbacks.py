"""The affiliate's own postbacks: listed, written, switched on and off, resumed, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse

from dispatcher.keys import find_row
from offers import services
from offers.forms import picker
from offers.models import Conversion, Offer, Postback, PostbackEdit
from offers.services import Submitted
from offers.services.approval import NOT_FOR_AFFILIATES
from offers.site.access import Visit
from offers.site.paging import page, rows_of
from offers.site.postback_form import PostbackForm
from offers.site.wording import edit_of, edit_standing, postback_standing

SAMPLES = 20
NO_TEST = "00000000-0000-0000-0000-000000000000"


def postbacks(visit: Visit) -> HttpResponse:
    related = visit.own(Postback).select_related("rule", "offer", "goal", "edit")
    shown = page(visit.request, rows_of(related))
    rows = [(row, postback_standing(row), edit_standing(edit_of(row))) for row in shown.rows]
    return visit.render("postbacks", {"page": shown, "rows": rows})


def add(visit: Visit) -> HttpResponse:
    if visit.request.method == "POST":
        form = PostbackForm(visit, visit.request.POST)
        submitted = form.submit()
        if submitted is not None:
            _tell(visit, submitted)
            return visit.to("postback", postback=submitted.postback.pk)
    else:
        form = PostbackForm(visit, initial=_wanted(visit))
    return visit.render("postback", _form_context(visit, form, None))


def _wanted(visit: Visit) -> dict[str, Any]:
    """The offer whose page somebody came from, if it is one of theirs."""
    found = find_row(visit.own(Offer), visit.request.GET.get("offer"))
    return {"offer": found.pk} if found else {}


def postback(visit: Visit, postback: int) -> HttpResponse:
    found = find(visit, postback)
    edit = edit_of(found)
    edited = services.preview_edit(edit) if edit else found
    form = PostbackForm(visit, visit.request.POST or None, instance=edited)
    if visit.request.method == "POST":
        submitted = form.submit()
        if submitted is not None:
            _tell(visit, submitted)
            return visit.to("postback", postback=found.pk)
        found = find(visit, postback)  # the form has filled its own instance
    return visit.render("postback", _form_context(visit, form, found))


def find(visit: Visit, key: int) -> Postback:
    """Its postback with what the pages show of it; 404 for another's."""
    related = visit.own(Postback).select_related("rule", "offer", "goal", "edit", "affiliate")
    found = related.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _form_context(visit: Visit, form: PostbackForm, found: Postback | None) -> dict[str, Any]:
    samples = visit.own(Conversion).order_by("-pk")
    if found is not None and found.offer_id:
        samples = samples.filter(offer=found.offer_id)
    context: dict[str, Any] = {
        "form": form,
        "postback": found,
        "macro_groups": picker(hidden=NOT_FOR_AFFILIATES),
        "sample_conversions": samples[:SAMPLES],
        "can_test": not visit.is_looking,
        "panel": _panel_addresses(found),
        "needs_approval": visit.affiliate.needs_approval,
    }
    return context | (_state(found) if found else {})


def _panel_addresses(found: Postback | None) -> dict[str, str]:
    """Where the page's script asks for previews, tests, their results, and goals."""
    parts = {"postback": found.pk} if found else {}
    kind = "postback" if found else "new"
    return {
        "preview": reverse(f"affiliates:{kind}_preview", kwargs=parts),
        "test": reverse(f"affiliates:{kind}_test", kwargs=parts),
        "result": reverse("affiliates:test_result", kwargs={"delivery": NO_TEST}),
        "goals": reverse("affiliates:goals"),
    }


def _state(found: Postback) -> dict[str, Any]:
    edit: PostbackEdit | None = edit_of(found)
    is_paused = services.is_paused(found)
    return {
        "standing": postback_standing(found),
        "edit": edit,
        "edit_standing": edit_standing(edit),
        "is_paused": is_paused,
        "can_pause": found.is_active and not is_paused and found.approval == "approved",
        "held": services.held_count(found) if is_paused or not found.is_active else 0,
    }


def _tell(visit: Visit, submitted: Submitted) -> None:
    if submitted.edit is not None:
        visit.say("Your edit waits for approval. Your earlier version stays live until then.")
    elif submitted.postback.approval == Postback.Approval.PENDING:
        visit.say("Saved. It waits for approval: nothing is sent before.")
    else:
        visit.say("Saved. It holds for everything that is sent from now on.")


def withdraw(visit: Visit, postback: int) -> HttpResponse:
    """Forget the edit that is not live."""
    if services.withdraw_edit(postback=find(visit, postback)):
        visit.say("The edit was withdrawn. What is live stays as it is.")
    return visit.to("postback", postback=postback)


def switch(visit: Visit, postback: int) -> HttpResponse:
    """On or off, as the button says."""
    is_on = visit.request.POST.get("to") == "on"
    found = find(visit, postback)
    done = "It is switched on." if is_on else "It is switched off: nothing new is sent."
    return _do(
        visit,
        postback,
        lambda: services.set_postback_active(postback=found, is_active=is_on, by=visit.user),
        done,
    )


def pause(visit: Visit, postback: int) -> HttpResponse:
    """Hold what waits and what comes, until it is resumed."""
    found = find(visit, postback)
    return _do(
        visit,
        postback,
        lambda: services.pause_postback(postback=found, by=visit.user),
        "It is paused. What comes for it is held until you resume it.",
    )


def resume(visit: Visit, postback: int) -> HttpResponse:
    """Let it go on; what was held is sent, or canceled."""
    sends = visit.request.POST.get("held") != "cancel"
    found = find(visit, postback)
    done = "It goes on, and what was held is being sent."
    if not sends:
        done = "It goes on. What was held was canceled."
    return _do(
        visit,
        postback,
        lambda: services.resume_postback(postback=found, send_held=sends, by=visit.user),
        done,
    )


def delete(visit: Visit, postback: int) -> HttpResponse:
    canceled = services.delete_postback(postback=find(visit, postback), by=visit.user)
    waited = f" {canceled} that still waited for it were canceled." if canceled else ""
    visit.say(f"Postback {postback} was deleted.{waited}")
    return visit.to("postbacks")


def _do(visit: Visit, key: int, change: Callable[[], Any], done: str) -> HttpResponse:
    try:
        change()
    except ValidationError as error:
        visit.warn(" ".join(error.messages))
    else:
        visit.say(done)
    return visit.to("postback", postback=key)
