"""Django's SMTP backend over a guarded session: what `EmailMessage.send` hands its message to."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message
from email.utils import parseaddr

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from dispatcher.mail.errors import ClosedError, MailError, readable, refusal
from dispatcher.mail.session import Session

Reply = tuple[int, bytes]
TOO_BUSY = 421


class GuardedBackend(EmailBackend):
    """Sends on an open session and remembers who was refused.

    `refused` maps the recipients that did not get it to the server's reply. With `may_wait`,
    nobody gets a message while the server puts one recipient off, so that a later attempt
    repeats nothing.
    """

    def __init__(self, session: Session, *, may_wait: bool) -> None:
        server = session.server
        super().__init__(
            host=server.host, port=server.port, username="", password="", use_tls=False,
            use_ssl=False,
        )  # fmt: skip
        self.connection = self._session = session
        self.refused: dict[str, Reply] = {}
        self.accepted: Reply = (0, b"")
        self._may_wait = may_wait

    def open(self) -> bool:
        """It is open already: by the session, which knows where it may dial."""
        return False

    def close(self) -> None:
        """Nothing: the session is kept."""

    def _send(self, email_message: EmailMessage) -> bool:
        session = self._session
        recipients = list(dict.fromkeys(email_message.recipients()))
        if not recipients:
            return False
        document = email_message.message()
        session.deadline.enter("envelope")
        _name_sender(session, document)
        self._name_recipients(session, recipients)
        session.deadline.enter("message")
        session.stage = "message"
        data = document.as_bytes(linesep="\r\n")  # type: ignore[call-arg] # Django's SafeMIMEText
        self.accepted = _reply_to_data(session, data)
        session.deadline.enter("")
        return True

    def _name_recipients(self, session: Session, recipients: Sequence[str]) -> None:
        session.stage = "recipient"
        for recipient in recipients:
            code, text = session.rcpt(recipient)
            if code == TOO_BUSY:
                raise refusal(f"The mail server refused {recipient}", code, text)
            if code not in {250, 251}:
                self.refused[recipient] = (code, text)
        put_off = [name for name, (code, _) in self.refused.items() if 400 <= code < 500]
        nobody_left = len(self.refused) == len(recipients)
        if nobody_left or (put_off and self._may_wait):
            worst = put_off[0] if put_off else next(iter(self.refused))
            code, text = self.refused[worst]
            raise refusal(f"The mail server refused {worst}", code, text)


def _name_sender(session: Session, document: Message) -> None:
    session.stage = "sender"
    sender = parseaddr(str(document["From"]))[1]
    options = ["BODY=8BITMIME"] if session.has_extn("8bitmime") else []
    code, text = session.mail(sender, options)
    if code != 250:
        raise refusal(f"The mail server refused the sender {sender}", code, text)


def _reply_to_data(session: Session, data: bytes) -> Reply:
    session.conversation.said(f"DATA, then the message ({len(data):,} bytes)")
    code, text = session.data(data)
    if code != 250:
        raise refusal("The mail server refused the message", code, text)
    return code, text


def was_kept_too_long(error: MailError) -> bool:
    """Whether a kept connection ended before anything of this message was taken."""
    return isinstance(error, ClosedError) or error.status == TOO_BUSY


def refused_words(refused: dict[str, Reply]) -> str:
    """Who did not get it, and why, in a sentence; empty where everybody did."""
    if not refused:
        return ""
    listed = "; ".join(f"{name}: {code} {readable(text)}" for name, (code, text) in refused.items())
    return f"Accepted for the others, but refused for {listed}"
