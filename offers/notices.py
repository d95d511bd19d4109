"""E-mails to affiliates and operators: sent after the commit, and waited for by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from dispatcher import mail
from offers.models import Postback

MOST_TOLD = 20
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
        f"Your postback {postback.pk} for {_what(postback)} was {decision}. {follow}{reason}\n\n"
        f"{_own_page(postback)}\n",
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
    tell(_of_affiliate(postback), subject, f"{words}\n{_own_page(postback)}\n")


def can_tell() -> bool:
    """Whether any e-mail can be sent: a mail server is set up, by EMAIL_URL or by operators."""
    return _has_own_way() or _default_server() is not None


def tell(addresses: Sequence[str], subject: str, text: str) -> None:
    """Send once the transaction is committed, from a thread: a slow server holds nobody up.

    By the mail server of the environment, else by the operators' default one. Without either it
    is only logged: ask `can_tell` where somebody waits for it.
    """
    if not addresses:
        return
    line = " ".join(subject.split())
    server = None if _has_own_way() else _default_server()
    if server is None and not _has_own_way():
        logger.warning("offers_notice_without_mail_server", subject=line)
        return
    transaction.on_commit(lambda: _start(list(addresses), line, text, server))


def _has_own_way() -> bool:
    is_nowhere = settings.EMAIL_BACKEND.endswith((".smtp.EmailBackend", ".dummy.EmailBackend"))
    return bool(settings.EMAIL_HOST) or not is_nowhere


def _default_server() -> mail.MailServer | None:
    return mail.servers_for([""])[""]


def _start(addresses: list[str], subject: str, text: str, server: mail.MailServer | None) -> None:
    letter = (addresses, subject, text, server)
    Thread(target=_send, args=letter, name="offers-notice").start()


def _send(addresses: list[str], subject: str, text: str, server: mail.MailServer | None) -> None:
    try:
        if server is None:
            send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, addresses)
        else:
            _send_by(server, addresses, subject, text)
    except Exception:  # a notice that is lost must not hurt what it is about
        logger.exception("offers_notice_not_sent", subject=subject)


def _send_by(server: mail.MailServer, addresses: list[str], subject: str, text: str) -> None:
    letter = mail.OutgoingMail(str(uuid4()), subject, to=tuple(addresses), text=text)
    mailer = mail.Mailer()
    told = mailer.send(server, letter, deadline=settings.EMAIL_TIMEOUT)
    mailer.close()
    if told.error:
        logger.error("offers_notice_not_sent", subject=subject, error=told.error)


def _of_affiliate(postback: Postback) -> list[str]:
    """Its contact address; where it has none, the people who log in for it."""
    affiliate = postback.affiliate
    if affiliate is None:
        return []
    if affiliate.email:
        return [affiliate.email]
    people = affiliate.memberships.filter(user__is_active=True).exclude(user__email="")
    return list(people.order_by("pk").values_list("user__email", flat=True)[:MOST_TOLD])


def _who(postback: Postback) -> str:
    return postback.affiliate.name if postback.affiliate else "all affiliates"


def _what(postback: Postback) -> str:
    return postback.offer.name if postback.offer else "all offers"


def _page(postback: Postback) -> str:
    """Its page for operators."""
    return f"{settings.BASE_URL}{reverse('admin:offers_postback_change', args=[postback.pk])}"


def _own_page(postback: Postback) -> str:
    """Its page on the affiliates' site."""
    return f"{settings.BASE_URL}{reverse('affiliates:postback', args=[postback.pk])}"
