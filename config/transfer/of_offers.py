"""Sections of the file: affiliates, what they promote, and whom to tell."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from config.transfer.section import Extra, Section
from offers.api.affiliates import AffiliateViewSet
from offers.api.offers import GoalViewSet, OfferViewSet
from offers.api.postbacks import PostbackViewSet
from offers.models import Postback

_NOTE_LENGTH = 500


def _put_approval(postback: Postback, approval: Any) -> None:
    if approval not in Postback.Approval.values:
        choices = ", ".join(Postback.Approval.values)
        raise ValidationError({"approval": f"Choose one of {choices}."})
    postback.approval = approval


def _put_note(postback: Postback, note: Any) -> None:
    if not isinstance(note, str) or len(note) > _NOTE_LENGTH:
        raise ValidationError({"approval_note": f"Give a text of at most {_NOTE_LENGTH} letters."})
    postback.approval_note = note


def _postback(row: Postback) -> str:
    whose = row.affiliate.reference_id if row.affiliate else "all affiliates"
    what = row.offer.reference_id if row.offer else "all offers"
    goal = row.goal.reference_id if row.goal else ""
    return f"{whose} {what} {goal} {row.conversion_status}"


SECTIONS: tuple[Section, ...] = (
    Section(
        name="affiliates",
        resource=AffiliateViewSet,
        identity=lambda row: row.reference_id,
        unique_by=(("reference_id",),),
    ),
    Section(
        name="offers",
        resource=OfferViewSet,
        identity=lambda row: row.reference_id,
        references={"affiliates": "affiliates"},
        unique_by=(("reference_id",),),
        texts=("description",),
    ),
    Section(
        name="goals",
        resource=GoalViewSet,
        identity=lambda row: f"{row.offer.reference_id} {row.reference_id}",
        references={"offer": "offers"},
        unique_by=(("offer", "reference_id"),),
    ),
    Section(
        name="postbacks",
        resource=PostbackViewSet,
        identity=_postback,
        references={"affiliate": "affiliates", "offer": "offers", "goal": "goals"},
        extras=(
            Extra(name="approval", read=lambda row: row.approval, put=_put_approval),
            Extra(name="approval_note", read=lambda row: row.approval_note, put=_put_note),
        ),
    ),
)
"""An affiliate's edit that waits beside its live postback is work in progress, and stays here."""
