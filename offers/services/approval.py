"""What affiliates save themselves, and what an operator decides on it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from dispatcher import http
from dispatcher.configuration import saving
from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.configuration.saving import Author
from dispatcher.macros import Macro, macros_in, parse
from offers import notices
from offers.models import Affiliate, Offer, Postback, PostbackEdit
from offers.services.postbacks import (
    Credentials,
    check_postback,
    read_credentials,
    set_postback_active,
    store,
)

CONTENT = (
    "offer_id", "goal_id", "conversion_status", "url", "http_type", "auth_kind", "auth_login",
    "params", "headers", "delay", "is_ordered", "only_if_nothing_more_specific",
)  # fmt: skip
"""What an edit may change and an operator looks at; switching on and off needs no approval."""

NOT_FOR_AFFILIATES = frozenset({"revenue"})
"""Macros of what only the operator may know: what the network itself earns."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The postback, and its edit where that waits beside the live version."""

    postback: Postback
    edit: PostbackEdit | None = None


@transaction.atomic
def submit_postback(
    *,
    postback: Postback,
    affiliate: Affiliate,
    password: str | None = None,
    token: str | None = None,
    by: Author = None,
) -> Submitted:
    """Save as the affiliate itself: by its site, or by its token.

    Where approval is needed, a new postback waits for it, and an edit of an approved one waits
    beside the version that stays live. Raises ValidationError keyed by field (also for an offer
    that the affiliate does not see), ChangedMeanwhileError when somebody else was faster.
    """
    live = _live(postback, affiliate)
    postback.affiliate = affiliate
    edit = PostbackEdit.objects.filter(postback=live).first() if live else None
    before = restored(edit, live) if edit and live else live
    stored = _stored(live, edit)
    check_own(postback, affiliate)
    if before is not None:
        check_secrets_stay(postback, before, stored, is_typed=bool(password or token))
    credentials = check_postback(postback, before, stored, password=password, token=token)
    if live is None:
        postback.approval = _first_approval(affiliate)
    elif live.approval == Postback.Approval.APPROVED and affiliate.needs_approval:
        return _propose(postback, live, credentials, by)
    elif live.approval != Postback.Approval.APPROVED:
        postback.approval, postback.approval_note = Postback.Approval.PENDING, ""
    if live is not None:
        saving.take(postback)
        PostbackEdit.objects.filter(postback=live).delete()
    saved = store(postback, live, credentials, by=by)
    if saved.approval == Postback.Approval.PENDING:
        notices.tell_operators_of_submission(saved)
    return Submitted(saved)


def _first_approval(affiliate: Affiliate) -> str:
    needs = affiliate.needs_approval
    return (Postback.Approval.PENDING if needs else Postback.Approval.APPROVED).value


def _live(postback: Postback, affiliate: Affiliate) -> Postback | None:
    if postback.pk is None:
        return None
    live = Postback.objects.select_for_update().get(pk=postback.pk, affiliate=affiliate)
    if live.updated_at != postback.updated_at:
        raise ChangedMeanwhileError("postback")
    return live


def _stored(live: Postback | None, edit: PostbackEdit | None) -> Credentials:
    if edit is not None:
        return dict(edit.secrets)
    return read_credentials(live) if live else {}


def check_own(postback: Postback, affiliate: Affiliate) -> None:
    """Only what it may promote, and only what it may know."""
    is_visible = (
        postback.offer_id is None
        or Offer.objects.visible_to(affiliate).filter(pk=postback.offer_id).exists()
    )
    if not is_visible:
        raise ValidationError({"offer": "There is no such offer. Choose one of yours."})
    texts = {"url": [postback.url]} | {
        name: [row.get("value") for row in getattr(postback, name) if isinstance(row, dict)]
        for name in ("params", "headers")
        if isinstance(getattr(postback, name), list)
    }
    for name, values in texts.items():
        used = {m.name for text in values if isinstance(text, str) for m in _macros(text)}
        if hidden := sorted(used & NOT_FOR_AFFILIATES):
            message = f"There is no macro {{{hidden[0]}}}. Did you mean {{payout}}?"
            raise ValidationError({name: message})


def _macros(text: str) -> Iterator[Macro]:
    return macros_in(parse(text)[0])


def check_secrets_stay(
    postback: Postback, before: Postback, stored: Credentials, *, is_typed: bool
) -> None:
    """What was stored for one receiver is not to be sent to another without being typed anew."""
    if is_typed or not stored or http.validate_url(postback.url):
        return
    typed = {row.get("name"): row.get("value") for row in postback.headers if isinstance(row, dict)}
    has_kept = bool(stored.get("authorization")) or any(
        not typed.get(name) for name, _ in stored.get("headers", []) if name in typed
    )
    if has_kept and http.origin(postback.url) != http.origin(before.url):
        message = (
            "This goes to another receiver than before: give the password, token and secret "
            "headers again, so that none reaches a stranger."
        )
        raise ValidationError({"url": message})


def _propose(postback: Postback, live: Postback, credentials: Credentials, by: Author) -> Submitted:
    """Keep the edit beside the live version; without a difference there is nothing to decide."""
    if postback.is_active != live.is_active:
        wanted = postback.is_active
        live = set_postback_active(postback=copy(live), is_active=wanted, by=by)
    content = {name: getattr(postback, name) for name in CONTENT}
    is_same = content == {name: getattr(live, name) for name in CONTENT}
    if is_same and credentials == read_credentials(live):
        PostbackEdit.objects.filter(postback=live).delete()
        return Submitted(live)
    values: dict[str, Any] = {
        "content": content,
        "secrets": credentials,
        "state": PostbackEdit.State.PENDING,
        "note": "",
        "made_by": saving.known(by),
    }
    Postback.objects.select_for_update().get(pk=live.pk)  # nobody decides on it just now
    edit, _ = PostbackEdit.objects.update_or_create(postback=live, defaults=values)
    notices.tell_operators_of_submission(live)
    return Submitted(live, edit)


def preview_edit(edit: PostbackEdit) -> Postback:
    """The postback as it would be with this edit; not to be saved."""
    return restored(edit, edit.postback)


def restored(edit: PostbackEdit, live: Postback) -> Postback:
    """The postback read anew, with the edit's content."""
    changed = Postback.objects.select_related("rule").get(pk=live.pk)
    for name, value in edit.content.items():
        setattr(changed, name, value)
    return changed


@transaction.atomic
def withdraw_edit(*, postback: Postback) -> bool:
    """Forget the edit that waits; the live version stays as it is. False: there was none."""
    return bool(PostbackEdit.objects.filter(postback=postback).delete()[0])


@transaction.atomic
def approve_postback(
    *, postback: Postback, note: str = "", seen: datetime | None = None, by: Author = None
) -> Postback:
    """Make what the affiliate submitted live: the new postback, or the edit of an approved one.

    `seen` is the `waiting_since` of what the operator looked at: what was submitted after that is
    not decided on unseen. Raises ValidationError where there is nothing to decide or the edit no
    longer holds (its offer has gone, say), ChangedMeanwhileError when it was changed meanwhile.
    """
    before, edit = _take(postback, seen)
    credentials = read_credentials(before)
    postback = before
    if edit is not None:
        postback = restored(edit, before)
        stored = dict(edit.secrets)
        credentials = check_postback(postback, postback, stored, password=None, token=None)
        edit.delete()
    _decide(postback, Postback.Approval.APPROVED, note, by)
    saved = store(postback, before, credentials, by=by)
    notices.tell_affiliate_of_decision(saved, is_approved=True, note=note)
    return saved


@transaction.atomic
def reject_postback(
    *, postback: Postback, note: str = "", seen: datetime | None = None, by: Author = None
) -> Postback:
    """Refuse what the affiliate submitted, and say why; an approved version stays live.

    Raises as `approve_postback` does.
    """
    before, edit = _take(postback, seen)
    if edit is not None:
        edit.state, edit.note = PostbackEdit.State.REJECTED, note.strip()[:500]
        edit.save(update_fields=["state", "note", "updated_at"])
    else:
        _decide(before, Postback.Approval.REJECTED, note, by)
        saving.save(before, by=by, reason="Not approved")
    notices.tell_affiliate_of_decision(before, is_approved=False, note=note)
    return before


def waiting_since(postback: Postback) -> datetime:
    """When what waits here was submitted: the edit of an approved one, or the new postback."""
    edit = PostbackEdit.objects.filter(postback=postback).first()
    return edit.updated_at if edit else postback.updated_at


def _take(postback: Postback, seen: datetime | None) -> tuple[Postback, PostbackEdit | None]:
    """The postback as it is, and its edit that waits, both ours until the transaction ends."""
    before = saving.take(postback)
    assert before is not None  # noqa: S101 - only saved ones are decided on
    if seen is not None and seen != waiting_since(postback):  # as `take` found it
        raise ChangedMeanwhileError("postback")
    return before, _waiting(before)


def _waiting(postback: Postback) -> PostbackEdit | None:
    """The edit that waits; None for a new postback that does. Raises where neither is so."""
    edit = PostbackEdit.objects.filter(postback=postback, state=PostbackEdit.State.PENDING).first()
    if edit is None and postback.approval == Postback.Approval.APPROVED:
        raise ValidationError("Nothing waits for approval here.", code="conflict")
    return edit


def _decide(postback: Postback, approval: str, note: str, by: Author) -> None:
    postback.approval = approval
    postback.approval_note = note.strip()[:500]
    postback.decided_at = timezone.now()
    postback.decided_by = saving.known(by)


def waiting_for_approval() -> Any:
    """The postbacks on which an operator has to decide: new ones, and edits of approved ones."""
    edits = PostbackEdit.objects.filter(state=PostbackEdit.State.PENDING)
    waiting = Postback.objects.filter(approval=Postback.Approval.PENDING)
    return (waiting | Postback.objects.filter(pk__in=edits.values("postback"))).distinct()
