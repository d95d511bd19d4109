"""A real mail server on this machine that tests send to; it keeps what it accepted."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import ipaddress
import logging
import ssl
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dispatcher.mail import MailServer, Tls

logging.getLogger("mail.log").setLevel(logging.CRITICAL)
USER, PASSWORD = "shop@here.example", "correct-horse"


def login(**values):
    """What an operator enters beside the server, where it wants a log-in."""
    return {"username": USER, "password": PASSWORD} | values


class Certificate:
    """A throw-away certificate for an address, which is its own authority."""

    def __init__(self, folder, *, ip="127.0.0.1"):
        key = ec.generate_private_key(ec.SECP256R1())
        now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Throw-away")])
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ip))])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(alternative, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.file = folder / f"authority-{ip}.pem"
        self.file.write_bytes(pem)
        (folder / f"server-{ip}.pem").write_bytes(private + pem)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / f"server-{ip}.pem")


@dataclass
class Mailbox:
    """aiosmtpd's handler. `replies` maps an address to what it is answered, once or for ever."""

    replies: dict[str, Any] = field(default_factory=dict)
    data_replies: list[str] = field(default_factory=list)
    envelopes: list[Any] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    kept: list[Any] = field(default_factory=list)

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        self.kept.append(session)
        self.sessions.add(id(session))
        if address in self.replies:
            return self._reply(address)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.replies:
            return self._reply(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.data_replies:
            return self.data_replies.pop(0)
        self.envelopes.append(envelope)
        return "250 queued as 42"

    def _reply(self, address):
        reply = self.replies[address]
        if isinstance(reply, list):
            answer = reply.pop(0)
            if not reply:
                del self.replies[address]
            return answer
        return reply

    @property
    def messages(self):
        policy = email.policy.default
        return [email.message_from_bytes(one.content, policy=policy) for one in self.envelopes]


class LocalController(Controller):
    def __init__(self, handler, *, implicit_tls=None, **options):
        super().__init__(handler, hostname="127.0.0.1", port=0, ssl_context=implicit_tls)
        self._options = options

    def factory(self):
        return SMTP(self.handler, hostname="mail.here.example", **self._options)

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass
class RunningServer:
    controller: LocalController
    box: Mailbox

    @property
    def port(self):
        return self.controller.port

    def server(self, **values):
        """How an operator would enter it."""
        start = {"host": "127.0.0.1", "port": self.port, "tls": Tls.NONE.value,
                 "sender": USER, "sender_name": "The shop"}  # fmt: skip
        return MailServer(**start | values)


def start(*, tls=None, implicit_tls=None, wants_login=False, require_starttls=False, **more):
    """Start one: with STARTTLS, or TLS from the first byte, or neither; with or without AUTH."""

    def authenticate(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    box = Mailbox()
    options = dict(more)
    if tls is not None:
        options |= {"tls_context": tls, "require_starttls": require_starttls}
    if wants_login:
        options |= {
            "authenticator": authenticate,
            "auth_required": tls is not None,
            "auth_require_tls": implicit_tls is None and tls is not None,
        }
    controller = LocalController(box, implicit_tls=implicit_tls, **options)
    controller.start()
    return RunningServer(controller, box)
