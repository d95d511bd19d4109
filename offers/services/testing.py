"""What a postback sends, seen before it does: the exact request, and a test that is really sent."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.urls import reverse

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.saving import Author
from dispatcher.services import DeliveryResult, PreviewedRequest, PreviewError
from dispatcher.types import Match, NewEvent, Plan
from offers import rows
from offers.documents import document_text
from offers.macros import sample_payload
from offers.models import Affiliate, Conversion, Postback
from offers.routing import compile_postback
from offers.services.approval import check_own, check_secrets_stay
from offers.services.postbacks import check_postback, read_credentials

ENDPOINT = "postback-test"
EVENT_TYPE = "conversion_test"


@dataclass(frozen=True, slots=True)
class Preview:
    """The request as it would be sent, or what is wrong with the postback, by field."""

    request: PreviewedRequest | None = None
    problems: dict[str, list[str]] = field(default_factory=dict)


def preview_request(*, postback: Postback, conversion: Conversion | None = None) -> Preview:
    """What this postback would send for this conversion, or for a made-up one; saves nothing.

    It need not be saved nor complete. Secrets are masked, stored and typed ones alike.
    """
    written = copy(postback)
    try:
        params, public, _ = rows.check_request(
            url=written.url.strip(),
            params=written.params,
            headers=written.headers,
            kept=_masks(written.headers),
            in_query=written.http_type == Postback.HttpType.GET,
            has_authorization=written.auth_kind != Postback.AuthKind.NONE,
        )
    except ValidationError as error:
        return Preview(problems=error.message_dict)
    written.url, written.params, written.headers = written.url.strip(), params, public
    secret = [row["name"] for row in public if row["is_secret"]]
    if written.auth_kind != Postback.AuthKind.NONE:
        secret.append("Authorization")
    try:
        request = dispatcher.preview_callback(
            spec=compile_postback(written)["spec"],
            payload=payload_for(written, conversion),
            secret_headers=tuple(secret),
        )
    except PreviewError as error:
        return Preview(problems={"url": [str(error)]})
    return Preview(request=request)


def _masks(headers: Any) -> dict[str, str]:
    """Something for each secret header: a preview does not ask whether its value is stored."""
    found = headers if isinstance(headers, list) else []
    return {str(row.get("name")).strip().lower(): dispatcher.MASK for row in found}


def payload_for(postback: Postback, conversion: Conversion | None = None) -> str:
    """The event's JSON text: of this conversion, or of one such as this postback is for."""
    if conversion is not None:
        return document_text(conversion)
    changes: dict[str, Any] = {}
    if postback.conversion_status in Conversion.Status.values:
        changes["status"] = str(postback.conversion_status)
    for name in ("affiliate", "offer", "goal"):
        row = getattr(postback, name) if getattr(postback, f"{name}_id") else None
        if row is not None:
            changes |= {
                name: row.name,
                f"{name}_id": row.pk,
                f"{name}_reference": row.reference_id,
            }
    return sample_payload(**changes)


def test_postback(
    *,
    postback: Postback,
    password: str | None = None,  # noqa: PT028
    token: str | None = None,  # noqa: PT028
    conversion: Conversion | None = None,  # noqa: PT028
    affiliate: Affiliate | None = None,  # noqa: PT028
    by: Author = None,  # noqa: PT028
) -> UUID:
    """Send once what this postback says as it is in memory, saved or not; the delivery's id.

    Drafts, paused, unapproved and changed ones may be tested; what is live does not change. It is
    sent at once, tried once, by a rule of its own. `affiliate`: who tries it, where it is not an
    operator. Raises ValidationError keyed by field.
    """
    written = copy(postback)
    if affiliate is not None:
        written.affiliate = affiliate
        check_own(written, affiliate)
    saved = Postback.objects.select_related("rule").filter(pk=postback.pk).first()
    stored = read_credentials(saved) if saved else {}
    _check_sendable(written.affiliate or (conversion.affiliate if conversion else None))
    if saved is not None:
        check_secrets_stay(written, saved, stored, is_typed=bool(password or token))
    credentials = check_postback(written, saved, stored, password=password, token=token)
    match = _match(written, credentials, by)
    event = NewEvent(
        type=EVENT_TYPE,
        payload=payload_for(written, conversion),
        emitter=f"user:{by.pk}" if by and by.pk else "system",
        endpoint=ENDPOINT,
        subject=conversion.subject if conversion else "",
        owner=written.owner,
        is_test=True,
    )
    return dispatcher.emit(event, lambda _: [Plan(matches=[match])]).deliveries[0].id


def test_result(uid: UUID, *, owner: str | None = None) -> DeliveryResult | None:  # noqa: PT028
    """How a test went so far; None where there is no such test (of this owner)."""
    return dispatcher.result_of_test(uid, owner=owner)


def _check_sendable(affiliate: Affiliate | None) -> None:
    if affiliate is not None and affiliate.status != Affiliate.Status.ACTIVE:
        message = f"{affiliate} is {affiliate.status}, so nothing of it is sent. Activate it first."
        raise ValidationError({"affiliate": message})


def _match(written: Postback, credentials: dict[str, Any], by: Author) -> Match:
    """Where the test is sent: at once and once, by a rule of its own."""
    rule = _rule(written, by)
    dispatcher.save_credentials(rule, credentials)
    arguments = compile_postback(written) | {
        "retry_policy": {"delays": []},
        "is_ordered": False,
        "delay": 0,
    }
    route = dispatcher.save_route(rule=rule, by=saving.known(by), **arguments)
    return Match(rule_id=rule.pk, route_id=route.pk, destination_id=route.destination_id)


def _rule(postback: Postback, by: Author) -> Any:
    """One for each person and postback, so that no secret of one test meets another's address."""
    page = f"{reverse('admin:index')}offers/postback/"
    page += f"{postback.pk}/change/" if postback.pk else "add/"
    name = f"Test of postback {postback.pk}" if postback.pk else "Test of a new postback"
    link = f"{page}#test-{by.pk if by else 0}"
    rule = dispatcher.rule_for_tests(kind="postback", name=name, link=link)
    dispatcher.update_rule(rule.pk, name=name, owner=postback.owner, link=link)
    return rule
