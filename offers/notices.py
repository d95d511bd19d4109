"""E-mails to affiliates and operators: sent after the commit, and waited for by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from offers.models import Postback

logger = structlog.get_logger(__name__)


def tell_operators_of_submission(postback: Postback) -> None:
    """A postback or an edit waits for approval."""
    tell(
        settings.OFFERS_OPERATOR_EMAILS,
        f"A postback of {_who(postback)} waits for approval",
        f"{_who(postback)} submitted a postback for {_what(postback)}.\n\n"
        f"Look at it and decide: {_page(postback)}\n",
    )


def tell_affiliate_of_decision(postback: Postback, *, is_approved: bool, note: str) -> None:
    """An operator decided."""
    decision = "approved" if is_approved else "not approved"
    reason = f"\n\nThe operator wrote: {note.strip()}" if note.strip() else ""
    follow = "It is live now." if is_approved else "Change it and submit it again."
    tell(
        _of_affiliate(postback),
        f"Your postback {postback.pk} was {decision}",
        f"Your postback {postback.pk} for {_what(postback)} was {decision}. {follow}{reason}\n",
    )


def tell_of_pause(postback: Postback, *, reason: str) -> None:
    """It failed again and again, or its receiver asked for no more: what comes for it is held."""
    subject = f"Postback {postback.pk} was paused"
    words = (
        f"Postback {postback.pk} for {_what(postback)} was paused: {reason} "
        "What comes for it is held, and nothing is lost.\n\n"
        "Find out what its receiver answered, mend it, and resume the postback. You can then have "
        "sent what was held, or canceled.\n"
    )
    tell(settings.OFFERS_OPERATOR_EMAILS, subject, f"{words}\n{_page(postback)}\n")
    tell(_of_affiliate(postback), subject, f"{words}\n{settings.BASE_URL}/affiliates/\n")


def tell(addresses: Sequence[str], subject: str, text: str) -> None:
    """Send once the transaction is committed, from a thread: a slow server holds nobody up."""
    has_server = settings.EMAIL_HOST or not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend")
    if addresses and has_server:
        line = " ".join(subject.split())
        transaction.on_commit(lambda: _start(list(addresses), line, text))


def _start(addresses: list[str], subject: str, text: str) -> None:
    Thread(target=_send, args=(addresses, subject, text), name="offers-notice").start()


def _send(addresses: list[str], subject: str, text: str) -> None:
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, addresses)
    except Exception:  # a notice that is lost must not hurt what it is about
        logger.exception("offers_notice_not_sent", subject=subject)


def _of_affiliate(postback: Postback) -> list[str]:
    affiliate = postback.affiliate
    return [affiliate.email] if affiliate and affiliate.email else []


def _who(postback: Postback) -> str:
    return postback.affiliate.name if postback.affiliate else "all affiliates"


def _what(postback: Postback) -> str:
    return postback.offer.name if postback.offer else "all offers"


def _page(postback: Postback) -> str:
    return f"{settings.BASE_URL}/admin/offers/postback/{postback.pk}/change/"
