"""What the postback form asks the server while somebody types, and the answers to it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from dispatcher.console.documents import pretty
from dispatcher.services import DeliveryResult
from offers.forms.draft import draft, typed_secrets
from offers.models import Affiliate, Conversion, Postback
from offers.services.approval import check_own
from offers.services.testing import Preview, preview_request, test_postback, test_result


def preview_answer(
    request: HttpRequest,
    *,
    base: Postback | None,
    conversion: Conversion | None = None,
    affiliate: Affiliate | None = None,
) -> JsonResponse:
    """The exact request of the form in `request.POST`, or what is wrong with it by field.

    `affiliate`: who looks, where it is not an operator; it learns nothing of what is not its own.
    """
    postback = draft(request.POST, base)
    preview = _refused(postback, affiliate) or preview_request(
        postback=postback, conversion=conversion
    )
    found = preview.request
    return JsonResponse(
        {
            "line": found.line if found else "",
            "headers": found.headers if found else [],
            "body": found.body if found else "",
            "problems": preview.problems,
        }
    )


def _refused(postback: Postback, affiliate: Affiliate | None) -> Preview | None:
    """What an affiliate may not ask for: others' offers, macros that are not for it."""
    if affiliate is None:
        return None
    postback.affiliate = affiliate
    try:
        check_own(postback, affiliate)
    except ValidationError as error:
        return Preview(problems=error.message_dict)
    return None


def test_answer(  # a verb of ours, not one of pytest's tests
    request: HttpRequest,
    *,
    base: Postback | None,
    conversion: Conversion | None = None,  # noqa: PT028
    affiliate: Affiliate | None = None,  # noqa: PT028
) -> JsonResponse:
    """Send what the form holds, once: `{"delivery": id}` to ask for, or `{"problems": …}`."""
    secrets = typed_secrets(request.POST)
    try:
        uid = test_postback(
            postback=draft(request.POST, base),
            password=secrets.password,
            token=secrets.token,
            conversion=conversion,
            affiliate=affiliate,
            by=request.user,
        )
    except ValidationError as error:
        return JsonResponse({"problems": error.message_dict})
    return JsonResponse({"delivery": str(uid)})


def result_answer(
    request: HttpRequest,
    uid: UUID,
    *,
    owner: str | None = None,
    page_url: str = "",
    url: str = "",
) -> HttpResponse:
    """A piece of HTML: how the test went so far. 404 where it is not this owner's.

    `url` is the delivery's page; or `page_url` its page's name, given its primary key.
    """
    result = test_result(uid, owner=owner)
    if result is None:
        raise Http404
    context = {
        "result": result,
        "url": reverse(page_url, args=[result.id]) if page_url else url,
        **_words(result),
    }
    return render(request, "offers/parts/result.html", context)


def _words(result: DeliveryResult) -> dict[str, Any]:
    status = result.status
    phrase = HTTPStatus(status).phrase if status and status in set(HTTPStatus) else ""
    return {
        "answered": f"{status} {phrase}".strip() if status else "",
        "tone": "info" if not result.is_finished else "good" if result.is_delivered else "bad",
        "took": f"{result.milliseconds:.0f} ms" if result.milliseconds is not None else "",
        "answer": pretty(result.answer) if result.answer else "",
    }
