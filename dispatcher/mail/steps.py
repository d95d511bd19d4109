"""Trying a mail server step by step, and saying what to do about the step that failed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings

from dispatcher.http import Deadline, ExchangeError, NetworkPolicy
from dispatcher.mail.backend import GuardedBackend
from dispatcher.mail.errors import MailError, classify
from dispatcher.mail.message import OutgoingMail, build_message
from dispatcher.mail.servers import MailServer, Tls
from dispatcher.mail.session import Session
from dispatcher.types import Outcome

SECONDS = 15.0
NAMES = {
    "resolve": "Find the server",
    "connect": "Connect",
    "tls": "Secure the connection",
    "login": "Log in",
    "send": "Send",
}
_SENDING = {"sender", "recipient", "message"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a try: state is "ok", "failed", "skipped" (not asked for) or "waiting"."""

    name: str
    label: str
    state: str
    message: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it; `conversation` holds no credentials."""

    steps: tuple[Step, ...]
    conversation: str

    @property
    def ok(self) -> bool:
        return not any(step.state == "failed" for step in self.steps)


def try_server(
    server: MailServer,
    recipient: str,
    *,
    seconds: float = SECONDS,
    policy: NetworkPolicy | None = None,
    ca_file: str | None = None,
) -> Tried:
    """Resolve, connect, secure, log in and send a short e-mail to `recipient`.

    Speaks to the network for up to `seconds`: call it outside any transaction. Raises nothing
    because of the server.
    """
    session = Session(server, Deadline(seconds))
    policy = NetworkPolicy.from_settings() if policy is None else policy
    failure: ExchangeError | None = None
    try:
        session.open(policy, settings.CA_FILE if ca_file is None else ca_file)
        session.stage = "sender"
        backend = GuardedBackend(session, may_wait=True)
        build_message(_letter(recipient), server, backend).send()
    except Exception as error:  # noqa: BLE001 - `classify` raises what it does not know
        failure = classify(error, session.deadline)
    session.leave()
    text = session.conversation.text().decode()
    return Tried(_steps(session, failure, recipient), text)


def _letter(recipient: str) -> OutgoingMail:
    return OutgoingMail(
        uid=str(uuid4()),
        subject="Test of the outgoing e-mail server",
        to=(recipient,),
        text="This e-mail was sent to try the outgoing server. It arrived, so the server works.\n",
    )


def _steps(session: Session, failure: ExchangeError | None, recipient: str) -> tuple[Step, ...]:
    order = list(NAMES)
    failed = _failed_step(session, failure) if failure else ""
    found: list[Step] = []
    for name in order:
        if name == failed and failure is not None:
            remedy = _remedy(session, failure, name)
            found.append(Step(name, NAMES[name], "failed", str(failure), remedy))
        elif failed and order.index(name) > order.index(failed):
            found.append(Step(name, NAMES[name], "waiting"))
        else:
            found.append(_passed(name, session, recipient))
    return tuple(found)


def _passed(name: str, session: Session, recipient: str) -> Step:
    server = session.server
    if name == "tls" and server.tls == Tls.NONE:
        return Step(name, NAMES[name], "skipped", "Not asked for.")
    if name == "login" and not server.username:
        return Step(name, NAMES[name], "skipped", "No user name is given.")
    words = {
        "resolve": f"{server.host} was found.",
        "connect": f"Connected to {session.peer}.",
        "tls": "The connection is encrypted and the certificate is valid.",
        "login": f"Logged in as {server.username}.",
        "send": f"The server accepted an e-mail to {recipient}. Look for it there.",
    }
    return Step(name, NAMES[name], "ok", words[name])


def _failed_step(session: Session, failure: ExchangeError) -> str:
    if session.stage in _SENDING:
        return "send"
    if session.stage != "resolve":
        return session.stage
    unnamed = {Outcome.NAME_NOT_FOUND, Outcome.BLOCKED_ADDRESS}
    was_looking = session.deadline.phase == "dns"
    return "resolve" if failure.outcome in unnamed or was_looking else "connect"


def _remedy(session: Session, failure: ExchangeError, name: str) -> str:
    if name == "resolve":
        return _resolve_remedy(failure)
    if name == "connect":
        return _connect_remedy(session, failure)
    if name == "tls":
        return _tls_remedy(session, failure)
    if name == "login":
        return _login_remedy(session, failure)
    return _send_remedy(session, failure)


def _resolve_remedy(failure: ExchangeError) -> str:
    if failure.outcome == Outcome.BLOCKED_ADDRESS:
        return (
            "The server is in a private network. If it is yours, add its network to "
            "ALLOWED_NETWORKS and restart the service."
        )
    if failure.outcome == Outcome.TIMED_OUT:
        return "The name service of this machine does not answer. Try again, or check its network."
    return "Check the spelling of the server's name; your e-mail provider names it."


def _connect_remedy(session: Session, failure: ExchangeError) -> str:
    server = session.server
    if session.peer and server.tls != Tls.TLS:
        if failure.outcome == Outcome.TIMED_OUT or not session.conversation.text():
            return (
                "The server is reached but does not greet. It may expect TLS from the first byte "
                "(usual on port 465): choose that as TLS mode, or use port 587 with STARTTLS."
            )
        return "This does not seem to be a mail server. Check the server's name and the port."
    if failure.outcome == Outcome.TIMED_OUT:
        return (
            f"Nothing answers on port {server.port}. Check the port; a firewall or your hosting "
            "provider may block it (port 25 often is: try 587)."
        )
    return (
        f"Nothing listens on port {server.port} there. Check the port: 587 with STARTTLS, 465 with "
        "TLS from the first byte, 25 between servers."
    )


def _tls_remedy(session: Session, failure: ExchangeError) -> str:
    words = str(failure)
    if "certificate" in words:
        return (
            "Use the server's name as it stands in its certificate. If the certificate is of your "
            "own authority, put that authority into the file that CA_FILE names."
        )
    if "does not offer STARTTLS" in words:
        return (
            "Choose TLS from the first byte (usually port 465), or, inside your own network only, "
            "no TLS."
        )
    if session.server.tls == Tls.TLS:
        return (
            "The server does not speak TLS from the first byte on this port. Choose STARTTLS "
            "(usually port 587), or use port 465."
        )
    return "The server's TLS does not work with ours (1.2 or newer). Ask who runs the server."


def _login_remedy(session: Session, failure: ExchangeError) -> str:
    if "no log-in" in str(failure) and session.server.tls == Tls.NONE:
        return (
            "Most servers allow a log-in only with TLS: choose STARTTLS, or leave the user empty."
        )
    if "offers no" in str(failure):
        return "Leave the user name empty if this server needs none; else ask who runs it."
    if failure.outcome == Outcome.CONFIGURATION_ERROR:
        return (
            "Enter user name and password again. Some providers want the whole address as user "
            "name, and an app password in place of your own."
        )
    return "Try again in a few minutes; if it stays so, ask who runs the server."


def _send_remedy(session: Session, failure: ExchangeError) -> str:
    status = failure.status if isinstance(failure, MailError) else None
    if status == 530 and session.server.tls == Tls.NONE:
        return "The server wants an encrypted connection first: choose STARTTLS as TLS mode."
    if status in {530, 550, 553, 554, 501} and session.stage == "sender":
        return (
            "Use a sender address that this server may send from, usually one of the account "
            "you log in with" + ("." if session.server.username else "; and enter its user name.")
        )
    if status is not None and 400 <= status < 500:
        return "The server puts it off, which may be usual for new senders. Try again in minutes."
    if session.stage == "recipient":
        return (
            "The server does not send to this recipient. Try another address; if all are refused, "
            "the server wants a user name and password."
        )
    return "The server's own words above say why. If they do not help, ask who runs the server."
