"""Affiliates: saved, blocked and let in again, their users, deleted."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.configuration import saving
from dispatcher.configuration.errors import ChangedMeanwhileError, InUseError
from dispatcher.configuration.saving import Author
from offers.models import Affiliate, Membership
from offers.references import reference_for

_HELD = {
    Affiliate.Status.PENDING.value: "The affiliate is pending.",
    Affiliate.Status.BLOCKED.value: "The affiliate is blocked.",
}


def save_affiliate(*, affiliate: Affiliate, by: Author = None) -> Affiliate:
    """Save a new or changed affiliate; a changed status holds or releases what waits, at once.

    An empty reference ID is made from the name. Raises ValidationError keyed by field,
    ChangedMeanwhileError when somebody else was faster.
    """
    affiliate.name = affiliate.name.strip()
    affiliate.reference_id = affiliate.reference_id.strip() or _new_reference(affiliate)
    try:
        with transaction.atomic():
            before = saving.take(affiliate)
            saving.check(affiliate, lambda: _check_name(affiliate))
            saving.save(affiliate, by=by)
            if affiliate.status != (before.status if before else Affiliate.Status.ACTIVE):
                _hold_or_release(affiliate)
    except IntegrityError:  # the loser of a race for the reference ID
        affiliate.validate_unique()
        raise
    return affiliate


def _new_reference(affiliate: Affiliate) -> str:
    others = Affiliate.objects.exclude(pk=affiliate.pk)
    return reference_for(
        affiliate.name, is_taken=lambda name: others.filter(reference_id=name).exists()
    )


def _check_name(affiliate: Affiliate) -> None:
    if not affiliate.name:
        raise ValidationError({"name": "Give the affiliate a name."})


@transaction.atomic
def set_affiliate_status(*, affiliate: Affiliate, status: str, by: Author = None) -> Affiliate:
    """Block, unblock or accept: from `affiliate.status` as the caller saw it, to `status`.

    Unless active, nothing new is sent and what waits is held; made active, that is sent.
    Raises ValidationError for an unknown status, ChangedMeanwhileError for the loser of a race.
    """
    if status not in Affiliate.Status.values:
        known = ", ".join(Affiliate.Status.values)
        raise ValidationError({"status": f"Choose one of {known}."})
    mine = Affiliate.objects.filter(pk=affiliate.pk, status=affiliate.status)
    if not mine.update(status=status, updated_at=timezone.now()):
        raise ChangedMeanwhileError("affiliate")
    is_changed = affiliate.status != status
    affiliate.refresh_from_db()
    if is_changed:
        saving.save(affiliate, by=by)
        _hold_or_release(affiliate)
    return affiliate


def _hold_or_release(affiliate: Affiliate) -> None:
    if affiliate.is_active:
        dispatcher.release_owner(affiliate.owner)
    else:
        dispatcher.hold_owner(affiliate.owner, reason=_HELD[affiliate.status])


@transaction.atomic
def add_user(*, affiliate: Affiliate, user: User) -> Membership:
    """Let this user log in to the affiliates' site for this affiliate.

    Raises ValidationError on field `user` for one who belongs to another affiliate, or who is an
    operator: operators see everything already.
    """
    if user.is_staff or user.is_superuser:
        message = "This user is an operator. Choose one who may not log in to the admin."
        raise ValidationError({"user": message})
    membership, is_new = Membership.objects.select_related("affiliate").get_or_create(
        user=user, defaults={"affiliate": affiliate}
    )
    if not is_new and membership.affiliate_id != affiliate.pk:
        message = f"This user belongs to {membership.affiliate}. Remove them there first."
        raise ValidationError({"user": message})
    return membership


@transaction.atomic
def remove_user(*, affiliate: Affiliate, user: User) -> bool:
    """From now on the user sees nothing of this affiliate, nor do its tokens. False: it was so."""
    dispatcher.revoke_tokens(owner=affiliate.owner, user=user)
    return bool(Membership.objects.filter(affiliate=affiliate, user=user).delete()[0])


@transaction.atomic
def delete_affiliate(*, affiliate: Affiliate, by: Author = None) -> None:
    """Delete an affiliate without conversions and postbacks; what still waits is never sent.

    Raises InUseError, in words that say what to do instead.
    """
    if reason := why_affiliate_stays(affiliate=affiliate):
        raise InUseError(reason)
    dispatcher.cancel_owner(affiliate.owner, reason="The affiliate was deleted.")
    dispatcher.revoke_tokens(owner=affiliate.owner)
    saving.remember(affiliate, by=by)
    affiliate.delete()


def why_affiliate_stays(*, affiliate: Affiliate) -> str:
    """Why it cannot be deleted, in words that say what to do instead; empty when it can."""
    if not (affiliate.conversions.exists() or affiliate.postbacks.exists()):
        return ""
    return (
        f"{affiliate.name} has conversions or postbacks, which are kept. "
        "Block the affiliate instead: then nothing of it is sent."
    )
