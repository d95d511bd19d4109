"""Why an e-mail was not accepted, classified as HTTP's failures are."""

from __future__ import annotations

import smtplib
import ssl

from dispatcher.http import ExchangeError
from dispatcher.http.connection import handshake_error, tls_error
from dispatcher.http.deadline import Deadline
from dispatcher.types import Outcome

SHOWN = 200  # characters of a server's sentence


class MailError(ExchangeError):
    """A failed attempt; `status` is the SMTP code, where there was one (RFC 5321 4.2)."""

    def __init__(self, outcome: Outcome, sentence: str, status: int | None = None) -> None:
        super().__init__(outcome, sentence)
        self.status = status


class ClosedError(MailError):
    """The other side closed the connection."""

    def __init__(self, sentence: str = "The mail server closed the connection.") -> None:
        super().__init__(Outcome.NO_CONNECTION, sentence)


def refusal(what: str, code: int, text: bytes) -> MailError:
    """A reply that is not the one hoped for; `what` begins the sentence."""
    if code < 0:
        return MailError(Outcome.BAD_ANSWER, "The answer is not SMTP: is this a mail server?")
    words = f"{what}: {code} {readable(text)}".rstrip()
    if not 400 <= code < 600:
        return MailError(Outcome.BAD_ANSWER, words)
    return MailError(Outcome.REJECTED, words, code)


def readable(text: bytes) -> str:
    """A server's words in one short line."""
    words = " ".join(text.decode("utf-8", "replace").split())
    printable = "".join(letter for letter in words if letter.isprintable())
    return printable if len(printable) <= SHOWN else f"{printable[:SHOWN]}…"


def classify(error: Exception, deadline: Deadline) -> ExchangeError:
    """What any exception of a conversation is to an operator; raises what it does not know."""
    match error:
        case ExchangeError():
            return error
        case TimeoutError():
            return _out_of_time(deadline)
        case smtplib.SMTPException():
            return _broken_protocol(error)
        case OSError():  # before ValueError: a bad certificate's error is both
            return _broken_connection(error, deadline)
        case ValueError():
            sentence = "An address, the sender's name or the subject cannot stand in an e-mail."
            return MailError(Outcome.CONFIGURATION_ERROR, sentence)
        case _:
            raise error


def _broken_protocol(error: smtplib.SMTPException) -> MailError:
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return ClosedError()
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        raw = text if isinstance(text, bytes) else str(text).encode()
        return refusal("The mail server refused the message", error.smtp_code, raw)
    return MailError(Outcome.BAD_ANSWER, "The mail server's answers make no sense.")


def _broken_connection(error: OSError, deadline: Deadline) -> ExchangeError:
    if isinstance(error, ssl.SSLError):
        in_handshake = deadline.phase == "tls"
        return handshake_error(error, deadline) if in_handshake else tls_error(error)
    return ClosedError()


def _out_of_time(deadline: Deadline) -> ExchangeError:
    try:
        deadline.left()
    except ExchangeError as error:
        return error
    return ExchangeError(Outcome.TIMED_OUT, f"No answer within {deadline.seconds:g} s.")
