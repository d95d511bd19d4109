"""What was sent to the affiliate's own servers, what they answered, and sending it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.console.display import until
from dispatcher.console.documents import pretty
from dispatcher.console.erased import erased_words
from dispatcher.keys import as_keys
from dispatcher.services import OwnDelivery, OwnDeliveryDetail
from dispatcher.types import NotResendableError
from offers.models import Conversion, Postback
from offers.site.access import Visit
from offers.site.filters import DeliveryFilter
from offers.site.paging import page
from offers.site.wording import OUTCOMES, delivery_standing, outcome_label

POSTBACKS_OFFERED = 500
SOON = 60  # seconds


def deliveries(visit: Visit) -> HttpResponse:
    postbacks = _postbacks(visit)
    names = [(pk, f"{pk}: {offer or 'all offers'}") for pk, (_, offer) in postbacks.items()]
    form = DeliveryFilter(visit.request.GET, postbacks=names)
    wanted = form.cleaned_data if form.is_valid() else {}
    chosen = wanted.get("postback")
    fetch = partial(
        dispatcher.deliveries_of,
        visit.affiliate.owner,
        rules=[postbacks[chosen][0]] if chosen else None,
        state=wanted.get("state") or "",
    )
    shown = page(visit.request, fetch)
    rows = [(row, delivery_standing(row)) for row in shown.rows]
    found = named(visit, shown.rows)
    context = {"form": form, "page": shown, "rows": rows, "conversions": found}
    return visit.render("deliveries", context)


def _postbacks(visit: Visit) -> dict[int, tuple[int, str | None]]:
    """Rule and offer of each of its postbacks."""
    found = visit.own(Postback).order_by("-pk").values_list("pk", "rule_id", "offer__name")
    return {pk: (rule, offer) for pk, rule, offer in found[:POSTBACKS_OFFERED]}


def named(visit: Visit, rows: Sequence[OwnDelivery]) -> dict[str, Conversion]:
    """The affiliate's conversions that these deliveries are about, by subject; one query."""
    numbers = as_keys({row.subject.removeprefix("conversion:") for row in rows})
    found = visit.own(Conversion).filter(pk__in=numbers) if numbers else ()
    return {row.subject: row for row in found}


def delivery(visit: Visit, delivery: UUID) -> HttpResponse:
    found = _find(visit, delivery)
    row = found.delivery
    erased = erased_words(row.erased_at) if row.erased_at else ""
    conversion = named(visit, [row]).get(row.subject)
    postback = visit.own(Postback).select_related("offer").filter(rule=row.rule_id).first()
    return visit.render(
        "delivery",
        {
            "delivery": row,
            "standing": delivery_standing(row),
            "request_": found.request,
            "request_body": pretty(found.request.body) if found.request else "",
            "attempts": [_panel(attempt, erased) for attempt in found.attempts],
            "erased": erased,
            "conversion": conversion,
            "postback": postback,
            "can_resend": row.is_resendable and not visit.is_looking,
            "next_try": _next_try(row),
            "refresh_seconds": _refresh_seconds(row),
        },
    )


def _find(visit: Visit, uid: UUID) -> OwnDeliveryDetail:
    found = dispatcher.delivery_of(visit.affiliate.owner, uid)
    if found is None:
        raise Http404
    return found


def _panel(attempt: Any, erased: str) -> Mapping[str, Any]:
    status = attempt.status
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    is_good = attempt.outcome == "delivered"
    sentence = "" if is_good else OUTCOMES.get(attempt.outcome, "")
    return {
        "attempt": attempt,
        "tone": "good" if is_good else "bad",
        "label": outcome_label(attempt.outcome),
        "sentence": sentence,
        "error": "" if attempt.error == sentence else attempt.error,
        "status": f"{status} {phrase}".strip() if status else "",
        "took": _took(attempt.milliseconds),
        "body": pretty(attempt.body) if attempt.body else "",
        "erased": erased,
    }


def _took(milliseconds: float) -> str:
    if milliseconds >= 1_000:
        return f"{milliseconds / 1_000:.2f} s"
    return f"{milliseconds:.0f} ms" if milliseconds else ""


def _is_waiting(row: OwnDelivery) -> bool:
    return row.state == "pending" and not row.held


def _next_try(row: OwnDelivery) -> str:
    return until(row.due_at) if _is_waiting(row) and not row.is_sending else ""


def _refresh_seconds(row: OwnDelivery) -> int:
    """How often the page looks for news; 0 once there will be none."""
    if row.state != "pending":
        return 0
    is_soon = (row.due_at - timezone.now()).total_seconds() < SOON
    return 2 if is_soon and _is_waiting(row) else 30


def resend(visit: Visit, delivery: UUID) -> HttpResponse:
    """Send it again as it was, or by what the postback says today."""
    as_sent = visit.request.POST.get("as") != "current"
    try:
        again = dispatcher.resend_of(visit.affiliate.owner, delivery, as_sent=as_sent)
    except NotResendableError as error:
        visit.warn(str(error).replace("The rule of this delivery", "Its postback"))
        return visit.to("delivery", delivery=delivery)
    if again is None:
        raise Http404
    visit.say("It is being sent again.")
    return visit.to("delivery", delivery=again)
