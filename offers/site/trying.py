"""What the postback form asks for while somebody types: the request, a test, an offer's goals."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from dispatcher.api import throttling
from dispatcher.keys import as_key, find_row
from offers import services
from offers.forms import preview_answer, result_answer, test_answer
from offers.models import Conversion, Offer, Postback
from offers.site.access import Visit
from offers.site.postbacks import find
from offers.site.wording import edit_of

TESTS_PER_MINUTE = 20


def preview(visit: Visit, postback: int | None = None) -> JsonResponse:
    """The exact request of the form as it stands."""
    return preview_answer(
        visit.request,
        base=_base(visit, postback),
        conversion=_sample(visit),
        affiliate=visit.affiliate,
    )


def try_out(visit: Visit, postback: int | None = None) -> JsonResponse:
    """Send what the form holds, once. So many a minute: it calls somebody's server."""
    if _is_too_often(visit):
        message = f"{TESTS_PER_MINUTE} tests a minute are the most there may be. Wait a little."
        return JsonResponse({"problems": {"": [message]}})
    return test_answer(
        visit.request,
        base=_base(visit, postback),
        conversion=_sample(visit),
        affiliate=visit.affiliate,
    )


def _is_too_often(visit: Visit) -> bool:
    key = f"affiliates:tests:{visit.affiliate.pk}"
    return throttling.take(key, throttling.Rate(TESTS_PER_MINUTE, 60)) > 0


def result(visit: Visit, delivery: UUID) -> HttpResponse:
    """How a test of this affiliate went so far."""
    url = reverse("affiliates:delivery", kwargs={"delivery": delivery})
    return result_answer(visit.request, delivery, owner=visit.affiliate.owner, url=url)


def goals(visit: Visit) -> JsonResponse:
    """The goals of one of its offers, for the form's choice; of no other offer."""
    offer = visit.find(Offer, as_key(visit.request.GET.get("offer")) or 0)
    found = offer.goals.order_by("-is_default", "name")
    names = [
        {"id": goal.pk, "name": f"{goal.name} (default)" if goal.is_default else goal.name}
        for goal in found
    ]
    return JsonResponse({"enabled_goals": offer.enabled_goals, "goals": names})


def _base(visit: Visit, key: int | None) -> Postback:
    """What the form is laid over: the saved postback with its waiting edit, or a new one."""
    if key is None:
        return Postback(affiliate=visit.affiliate)
    found = find(visit, key)
    edit = edit_of(found)
    return services.preview_edit(edit) if edit else found


def _sample(visit: Visit) -> Conversion | None:
    """The own conversion that was chosen, if one was."""
    rows = visit.own(Conversion).select_related("offer", "affiliate", "goal")
    return find_row(rows, visit.request.POST.get("sample_conversion"))
