"""One connection to a mail server: smtplib's protocol over our socket, clock and record."""

from __future__ import annotations

import select
import smtplib
import ssl
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from dispatcher.http import NetworkPolicy, guarded_connect, tls_context
from dispatcher.http.deadline import Deadline
from dispatcher.mail.conversation import MASK, Conversation
from dispatcher.mail.errors import ClosedError, MailError, readable, refusal
from dispatcher.mail.servers import MailServer, Tls
from dispatcher.types import Outcome

LINE_BYTES = 4096  # RFC 5321 4.5.3.1.5 asks for 512
REPLY_LINES = 200
PIECE = 16_384


class Session(smtplib.SMTP):
    """An open, secured and logged-in connection, used by one thread at a time.

    smtplib's own timeout counts for each read: here every wait is given what is left of
    `deadline`, and what a server may say is bounded. `stage` names what is being done.
    """

    def __init__(self, server: MailServer, deadline: Deadline) -> None:
        # With a name of ours, and without a host: smtplib looks nothing up and dials nothing.
        super().__init__(local_hostname=own_name())
        self._host = server.host  # what certificates are checked against
        self.server = server
        self.deadline = deadline
        self.conversation = Conversation(server.password)
        self.stage = "resolve"
        self.peer = ""
        self.uses = 0
        self.idle_since = perf_counter()
        self._buffer = b""
        self._is_secret = False

    # --- what the pool asks ---

    @property
    def key(self) -> MailServer:
        return self.server

    def is_quiet(self) -> bool:
        """Whether the server neither closed nor said anything while the connection was idle."""
        if self.sock is None or self._buffer:
            return False
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def take(self, deadline: Deadline) -> None:
        """Begin another message with a clock and a record of its own."""
        self.deadline = deadline
        self.conversation.forget()
        self.stage = "sender"

    # --- opening ---

    def open(self, policy: NetworkPolicy, ca_file: str) -> None:
        """Resolve, connect, secure and log in. Raises ExchangeError, OSError, SMTPException."""
        server = self.server
        connected = guarded_connect(server.host, server.port, self.deadline, policy)
        self.sock, self.peer = connected.socket, connected.peer
        self.stage = "tls" if server.tls == Tls.TLS else "connect"
        if server.tls == Tls.TLS:
            self._secure(ca_file)
            self.stage = "connect"
        self.deadline.enter("greeting")
        code, text = self.getreply()
        if code != 220:
            raise refusal("The mail server does not want to talk", code, text)
        self._greet()
        if server.tls == Tls.STARTTLS:
            self._start_tls(ca_file)
        if server.username:
            self._log_in()
        self.deadline.enter("")

    def _greet(self) -> None:
        code, text = self.ehlo()
        if not 200 <= code <= 299:
            code, text = self.helo()
        if not 200 <= code <= 299:
            raise refusal("The mail server refused the greeting", code, text)

    def _start_tls(self, ca_file: str) -> None:
        self.stage = "tls"
        if not self.has_extn("starttls"):
            raise MailError(Outcome.TLS_FAILED, "The mail server does not offer STARTTLS.")
        code, text = self.docmd("STARTTLS")
        if code != 220:
            message = f"The mail server refused STARTTLS: {code} {readable(text)}".rstrip()
            raise MailError(Outcome.TLS_FAILED, message, code if code > 0 else None)
        if self._buffer:  # something between us and the server put words in (CVE-2011-0411)
            raise MailError(Outcome.TLS_FAILED, "Something was said between STARTTLS and TLS.")
        self._secure(ca_file)
        self.deadline.enter("greeting")
        # RFC 3207 4.2: forget what was said in the clear.
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False
        self._greet()

    def _secure(self, ca_file: str) -> None:
        self.deadline.enter("tls")
        assert self.sock is not None  # noqa: S101 - was just connected
        self.sock.settimeout(self.deadline.left())
        context = tls_context(ca_file, protocol="")
        self.sock = context.wrap_socket(self.sock, server_hostname=self._host)

    def _log_in(self) -> None:
        self.stage = "login"
        self.deadline.enter("login")
        self._is_secret = True
        try:
            self.login(self.server.username, self.server.password)
        except smtplib.SMTPAuthenticationError as error:
            raise _bad_login(error) from None
        except smtplib.SMTPNotSupportedError:
            message = "The mail server offers no log-in on this connection."
            raise MailError(Outcome.CONFIGURATION_ERROR, message) from None
        except smtplib.SMTPException:
            message = "The mail server offers no way to log in that is known here."
            raise MailError(Outcome.CONFIGURATION_ERROR, message) from None
        except UnicodeEncodeError:
            message = "The user name or password has letters that SMTP cannot send."
            raise MailError(Outcome.CONFIGURATION_ERROR, message) from None
        finally:
            self._is_secret = False

    # --- reading and writing, within the deadline ---

    def putcmd(self, cmd: str, args: str = "") -> None:
        shown = f"{cmd} {args}".rstrip()
        if self._is_secret:
            shown = f"AUTH {args.split(' ', maxsplit=1)[0]} {MASK}" if cmd == "AUTH" else MASK
        self.conversation.said(shown)
        super().putcmd(cmd, args)

    def send(self, s: Any) -> None:
        if self.sock is None:
            raise ClosedError
        rest = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        while rest:
            self.sock.settimeout(self.deadline.left())
            rest = rest[self.sock.send(rest[:PIECE]) :]

    def getreply(self) -> tuple[int, bytes]:
        """A whole reply: its code, -1 where it is no reply, and its text."""
        lines: list[bytes] = []
        while True:
            line = self._line()
            self.conversation.heard(line)
            lines.append(line[4:].strip())
            if not line[:3].isdigit():
                return -1, b""
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
            if len(lines) >= REPLY_LINES:
                raise MailError(Outcome.BAD_ANSWER, "The mail server's answer does not end.")

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > LINE_BYTES:
                raise MailError(Outcome.BAD_ANSWER, "The mail server's answer is too long.")
            if self.sock is None:
                raise ClosedError
            self.sock.settimeout(self.deadline.left())
            received = self.sock.recv(LINE_BYTES)
            if not received:
                raise ClosedError
            self._buffer += received
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def close(self) -> None:
        """Close this process's descriptor only; nothing is said."""
        sock, self.sock = self.sock, None
        if sock is not None:
            sock.close()

    def leave(self) -> None:
        """Say goodbye and close; a server that does not answer is not waited for."""
        try:
            if self.sock is not None:
                self.sock.settimeout(0.2)
                self.sock.send(b"QUIT\r\n")
        except (OSError, ssl.SSLError):
            pass  # it has left before us
        self.close()


def _bad_login(error: smtplib.SMTPAuthenticationError) -> MailError:
    """A wrong password is for an operator to correct; a server that is busy is asked again."""
    text = error.smtp_error
    words = readable(text if isinstance(text, bytes) else str(text).encode())
    code = error.smtp_code
    sentence = f"The mail server refused the user name or password: {code} {words}"
    temporary = 400 <= code < 500
    return MailError(Outcome.REJECTED if temporary else Outcome.CONFIGURATION_ERROR, sentence, code)


def own_name() -> str:
    """What this service calls itself: the host of BASE_URL."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"[{host}]" if host.replace(".", "").isdigit() or ":" in host else host
