"""An e-mail, from what was frozen to what Django's mail API sends."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from dispatcher.mail.addresses import to_wire
from dispatcher.mail.servers import MailServer


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """What is sent to whom. `uid` makes the Message-ID: the same for each attempt."""

    uid: str
    subject: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    text: str = ""
    html: str = ""


def build_message(
    mail: OutgoingMail, server: MailServer, backend: BaseEmailBackend | None = None
) -> EmailMultiAlternatives:
    """The message for Django's mail API; raises ValueError where an address would break a header.

    Django refuses line breaks in headers (BadHeaderError, a ValueError).
    """
    sender = to_wire(server.sender)
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text or mail.html,
        from_email=formataddr((server.sender_name, sender)),
        to=[to_wire(address) for address in mail.to],
        cc=[to_wire(address) for address in mail.cc],
        bcc=[to_wire(address) for address in mail.bcc],
        reply_to=[to_wire(address) for address in mail.reply_to],
        headers={
            "Message-ID": message_id(mail.uid, server),
            "webhook-id": mail.uid,
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies
        },
        connection=backend,
    )
    if mail.text and mail.html:
        message.attach_alternative(mail.html, "text/html")
    elif mail.html:
        message.content_subtype = "html"
    return message


def message_id(uid: str, server: MailServer) -> str:
    """Derived from the delivery, so that a mailbox can tell a repetition."""
    return f"<{uid}@{to_wire(server.sender).rpartition('@')[2]}>"
