"""The way out for e-mail: one message at a time per thread, over connections that are kept."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from typing import NamedTuple

from django.conf import settings

from dispatcher.http import Deadline, Exchange, ExchangeError, NetworkPolicy
from dispatcher.http.pool import IdlePool
from dispatcher.mail.backend import GuardedBackend, refused_words, was_kept_too_long
from dispatcher.mail.errors import MailError, classify
from dispatcher.mail.message import OutgoingMail, build_message, message_id
from dispatcher.mail.servers import MailServer
from dispatcher.mail.session import Session
from dispatcher.types import Outcome

logger = logging.getLogger(__name__)

USES = 50  # many servers end a connection after 100 messages
IDLE_SECONDS = 30.0


class _Letter(NamedTuple):
    mail: OutgoingMail
    may_wait: bool


class Mailer:
    """Sends e-mail and keeps connections. Thread-safe and fork-safe; make one per process."""

    def __init__(
        self,
        policy: NetworkPolicy | None = None,
        *,
        ca_file: str | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._policy = NetworkPolicy.from_settings() if policy is None else policy
        self._ca_file = settings.CA_FILE if ca_file is None else ca_file
        self._idle_seconds = idle_seconds
        self._pool: IdlePool[Session] = IdlePool(per_key=8, in_all=64, seconds=idle_seconds)
        self._sweeper: threading.Timer | None = None
        _mailers.add(self)

    def send(
        self, server: MailServer, mail: OutgoingMail, *, deadline: float, may_wait: bool = False
    ) -> Exchange:
        """Send `mail` by `server` within `deadline` seconds; never raises for the other side.

        `may_wait` says that there will be another attempt: then a recipient who is put off (4xx)
        puts off all. The exchange's body is the SMTP conversation without credentials, its
        status the last SMTP code; with some recipients refused for good it is delivered, and
        `error` names them.
        """
        clock = Deadline(deadline)
        exchange = Exchange(headers=[("Message-ID", message_id(mail.uid, server))])
        try:
            self._try(server, _Letter(mail, may_wait), clock, exchange)
        except ExchangeError as error:
            exchange.outcome, exchange.error = error.outcome, str(error)
            exchange.status = error.status if isinstance(error, MailError) else None
            exchange.cause = f"smtp {exchange.status}" if exchange.status else ""
        except Exception as error:  # noqa: BLE001 - a library's surprise must not end a worker's pass
            # Its type only: the message could hold anything.
            logger.error("Unexpected %s while sending", type(error).__name__)  # noqa: TRY400
            exchange.error = f"Sending failed unexpectedly ({type(error).__name__})."
        clock.enter("")
        exchange.phases = clock.phases
        exchange.duration = clock.elapsed()
        return exchange

    def close(self) -> None:
        """Close what is idle. Messages under way end by themselves."""
        self._pool.close()

    def forget_connections(self) -> None:
        """Drop every kept connection without a word to the other side, as after a fork."""
        self._sweeper = None
        self._pool.forget()

    def _try(self, server: MailServer, letter: _Letter, clock: Deadline, told: Exchange) -> None:
        session = self._pool.take(server)
        if session is not None:
            session.take(clock)
            try:
                self._deliver(session, letter, told)
            except MailError as error:
                if session.stage != "sender" or not was_kept_too_long(error):
                    raise
                clock.phases.clear()
            else:
                return
        session = Session(server, clock)
        try:
            session.open(self._policy, self._ca_file)
        except Exception as error:
            self._note(session, told)
            session.close()
            raise classify(error, clock) from error
        self._deliver(session, letter, told)

    def _deliver(self, session: Session, letter: _Letter, told: Exchange) -> None:
        backend = GuardedBackend(session, may_wait=letter.may_wait)
        try:
            build_message(letter.mail, session.server, backend).send()
        except Exception as error:
            self._note(session, told)
            session.leave() if isinstance(error, MailError) and error.status else session.close()
            raise classify(error, session.deadline) from error
        self._note(session, told)
        told.outcome, told.status = Outcome.DELIVERED, backend.accepted[0]
        told.error = refused_words(backend.refused)
        self._keep(session)

    def _note(self, session: Session, told: Exchange) -> None:
        told.peer = session.peer
        told.body = session.conversation.text()
        told.truncated = session.conversation.is_cut

    def _keep(self, session: Session) -> None:
        session.uses += 1
        if session.uses >= USES:
            session.leave()
            return
        self._pool.put(session)
        if self._sweeper is None:
            self._sweeper = threading.Timer(self._idle_seconds + 1, self._sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def _sweep(self) -> None:
        """Close what has been idle for too long, also when nothing more is sent."""
        self._sweeper = None
        self._pool.sweep()


_mailers: weakref.WeakSet[Mailer] = weakref.WeakSet()


def _forget_connections() -> None:
    for mailer in list(_mailers):
        mailer.forget_connections()


os.register_at_fork(after_in_child=_forget_connections)
