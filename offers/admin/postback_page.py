"""What a postback's page shows beside its form: state, waiting edit, samples, macros."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from dispatcher.admin.service import ServiceAdmin
from dispatcher.console.compared import Line, compared
from dispatcher.models import Rule
from offers import services
from offers.admin.wording import postback_standing, waiting_edit
from offers.forms import picker
from offers.models import Conversion, Postback, PostbackEdit
from offers.services.testing import preview_request

SAMPLES = 10
NO_DELIVERY = "00000000-0000-0000-0000-000000000000"


def context(
    model_admin: ServiceAdmin[Postback], request: HttpRequest, postback: Postback | None
) -> dict[str, Any]:
    """For the template; the page's script reads the addresses."""
    found: dict[str, Any] = {
        "macro_groups": picker(),
        "sample_conversions": samples(postback),
        "can_test": model_admin.has_change_permission(request),
        "panel_urls": _urls(postback),
    }
    if postback is None:
        return found
    deliveries = reverse("admin:dispatcher_delivery_changelist")
    edit = waiting_edit(postback)
    is_paused = postback.is_active and postback.rule.state == Rule.State.PAUSED
    return found | {
        "postback": postback,
        "standing": postback_standing(postback),
        "is_paused": is_paused,
        "held": services.held_count(postback) if is_paused or not postback.is_active else 0,
        "needs_decision": postback.approval == Postback.Approval.PENDING or edit is not None,
        "edit": edit,
        "waiting_since": (getattr(postback, "edit", None) or postback).updated_at.isoformat(),
        "edit_diff": list(edit_diff(postback, edit)) if edit else (),
        "deliveries_url": f"{deliveries}?rule__id__exact={postback.rule_id}",
    }


def _urls(postback: Postback | None) -> dict[str, str]:
    prefix = "admin:offers_postback"
    key = [postback.pk] if postback else []
    kind = "" if postback else "_new"
    return {
        "preview": reverse(f"{prefix}_preview{kind}", args=key),
        "test": reverse(f"{prefix}_test{kind}", args=key),
        "result": reverse(f"{prefix}_result", args=[NO_DELIVERY]),
        "goals": reverse(f"{prefix}_goals"),
    }


def samples(postback: Postback | None) -> list[Conversion]:
    """The latest real conversions that a postback can be tried with: its own where it has some."""
    conversions = Conversion.objects.order_by("-pk").only("pk", "transaction_id", "status")
    if postback is not None and postback.offer_id:
        conversions = conversions.filter(offer=postback.offer_id)
    if postback is not None and postback.affiliate_id:
        conversions = conversions.filter(affiliate=postback.affiliate_id)
    return list(conversions[:SAMPLES])


def edit_diff(postback: Postback, edit: PostbackEdit) -> Iterator[Line]:
    """Lines of what the affiliate wants to change."""
    wanted = services.preview_edit(edit)
    yield from compared(_lines(postback), _lines(wanted))
    if _differs(edit.secrets, postback):
        yield Line("added", "+", "Password, token or a secret header: replaced (never shown)")


def _differs(secrets: dict[str, Any], postback: Postback) -> bool:
    stored = postback.rule.credentials
    return {name: value for name, value in secrets.items() if value} != {
        name: value for name, value in stored.items() if value
    }


def _lines(postback: Postback) -> list[str]:
    """The postback in words, then the request it makes of a made-up conversion."""
    lines = [
        f"Offer: {postback.offer or 'all offers'}",
        f"Goal: {postback.goal or 'any'}",
        f"Conversion status: {postback.get_conversion_status_display()}",
        f"URL: {postback.url}",
        f"HTTP type: {postback.get_http_type_display()}",
        f"Authorization: {postback.get_auth_kind_display()} {postback.auth_login}".rstrip(),
        *(f"Param {row['name']}: {row['value']}" for row in postback.params),
        *(
            f"Header {row['name']}: {'••••••' if row['is_secret'] else row['value']}"
            for row in postback.headers
        ),
        f"Delay: {postback.delay} s",
        f"In order: {'yes' if postback.is_ordered else 'no'}",
        f"Fallback only: {'yes' if postback.only_if_nothing_more_specific else 'no'}",
    ]
    request = preview_request(postback=postback).request
    return [*lines, f"Sends: {request.line}"] if request else lines
