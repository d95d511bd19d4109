"""Stand-ins for chat services: their names lead to this machine, with certificates of their own."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
import ssl
import threading
from dataclasses import dataclass, field

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dispatcher import transports
from dispatcher.http import guard
from dispatcher.transports.chat import Chat

HOSTS = {
    "hooks.slack.com",
    "prod-12.westeurope.logic.azure.com",
    "discord.com",
    "api.telegram.org",
    "ntfy.sh",
    "chat.googleapis.com",
    "chat.example.com",
    "push.example.com",
}
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Came:
    """One request that arrived."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def path(self):
        return self.line.split(" ")[1]


@dataclass
class StandIn:
    """Answers every request with `answer`, or by `behave`, and keeps what came."""

    context: ssl.SSLContext
    answer: bytes = OK
    behave: object = None
    requests: list[Came] = field(default_factory=list)

    def __post_init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.over = threading.Event()
        self.open = []
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                raw, _ = self.listener.accept()
                self.open.append(raw)
                thread = threading.Thread(target=self._serve, args=(raw,), daemon=True)
                self.threads.append(thread)
                thread.start()

    def _serve(self, raw):
        with contextlib.suppress(OSError, EOFError):
            connection = self.context.wrap_socket(raw, server_side=True)
            self.open.append(connection)
            self.requests.append(_read(connection))
            if self.behave:
                self.behave(connection, self.over)
            else:
                connection.sendall(self.answer)
            connection.close()

    def close(self):
        self.over.set()
        for one in [self.listener, *self.open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self.threads:
            thread.join(timeout=5)


def _read(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rows = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rows)}
    while len(body) < int(headers.get("content-length", 0)):
        body += _some(connection)
    return Came(line, headers, body)


def _some(connection):
    data = connection.recv(65_536)
    if not data:
        raise EOFError
    return data


def make_context(folder):
    """A server's TLS for every one of the names; and the file of the authority to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Stand-in")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host) for host in sorted(HOSTS)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    authority = folder / "authority.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    own = folder / "own.pem"
    own.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + authority.read_bytes()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return context, str(authority)


def lead_here(monkeypatch, port):
    """The services' names resolve to this machine, and port 443 of it is the stand-in's."""
    dial = guard._dial

    def addresses(host, deadline):
        assert host in HOSTS, f"{host} was looked up"
        return ["127.0.0.1"]

    monkeypatch.setattr(guard.resolver, "addresses", addresses)
    monkeypatch.setattr(
        guard, "_dial", lambda address, wanted, seconds: dial(address, port, seconds)
    )


@pytest.fixture(scope="session")
def chat_tls(tmp_path_factory):
    return make_context(tmp_path_factory.mktemp("chat"))


@pytest.fixture
def standin(chat_tls, monkeypatch, settings):
    """Every chat service at once, on this machine; and the transport that trusts it."""
    context, authority = chat_tls
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.CA_FILE = authority
    server = StandIn(context)
    lead_here(monkeypatch, server.port)
    chat = Chat()
    monkeypatch.setitem(transports._RENDERED, "chat", chat)
    yield server
    chat.client.close()
    server.close()
