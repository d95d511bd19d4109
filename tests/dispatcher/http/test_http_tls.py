"""TLS against throw-away certificates."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from misbehaving_servers import LOOPBACK, OK, answers, hangs, post, repeats, resets

from dispatcher.http import Client, tls_context
from dispatcher.types import Outcome

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass
class Authority:
    folder: Path

    def __post_init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Throw-away")])
        self.certificate = (
            self._builder(self.name, self.key, NOW + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, *, ip="127.0.0.1", ends=NOW + DAY) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ip))])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = (
            self._builder(x509.Name([]), key, ends)
            .add_extension(subject, critical=True)
            .add_extension(authority, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / "server.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(self, subject, key, ends):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * DAY)
            .not_valid_after(ends)
        )


def _usage(*, signs_certificates):
    names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
    others = dict.fromkeys([*names.split(), "crl_sign", "encipher_only", "decipher_only"], False)
    return x509.KeyUsage(key_cert_sign=signs_certificates, **others)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def client(authority):
    made = Client(LOOPBACK, ca_file=str(authority.file))
    yield made
    made.close()


def test_a_verified_receiver_gets_the_request_and_its_connection_is_kept(serve, client, authority):
    server = serve(answers(OK, keep_alive=True), tls=authority.context())

    first, second = (
        client.send(post(server.url(scheme="https"), b"x" * 200_000), deadline=5) for _ in range(2)
    )

    assert (first.outcome, second.outcome) == (Outcome.DELIVERED, Outcome.DELIVERED)
    assert set(first.phases) == {"connect", "tls", "wait", "read"}
    assert server.connections == 1


def test_a_long_answer_over_tls_is_cut(serve, client, authority):
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n"
    server = serve(answers(long, then=repeats(b"x" * 50_000)), tls=authority.context())

    exchange = client.send(post(server.url(scheme="https")), deadline=5)

    assert (exchange.outcome, exchange.truncated) == (Outcome.DELIVERED, True)
    assert exchange.body == b"x" * 65_536


def test_an_unknown_authority_is_refused(serve, authority):
    server = serve(answers(OK), tls=authority.context())

    exchange = Client(LOOPBACK).send(post(server.url(scheme="https")), deadline=5)

    assert exchange.outcome == Outcome.TLS_FAILED
    assert exchange.error.startswith("The receiver's certificate is not valid: ")


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        pytest.param({"ip": "127.0.0.9"}, "mismatch", id="other-host"),
        pytest.param({"ends": NOW - DAY}, "expired", id="expired"),
    ],
)
def test_a_flawed_certificate_is_refused(serve, client, authority, flaw, words):
    server = serve(answers(OK), tls=authority.context(**flaw))

    exchange = client.send(post(server.url(scheme="https")), deadline=5)

    assert exchange.outcome == Outcome.TLS_FAILED
    assert words in exchange.error


def test_tls_older_than_1_2_is_refused(serve, client, authority):
    context = authority.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    server = serve(answers(OK), tls=context)

    assert client.send(post(server.url(scheme="https")), deadline=5).outcome == "tls_failed"


def test_a_receiver_that_wants_a_client_certificate_is_a_tls_failure(serve, client, authority):
    context = authority.context()
    context.verify_mode = ssl.CERT_REQUIRED
    server = serve(answers(OK), tls=context)

    assert client.send(post(server.url(scheme="https")), deadline=5).outcome == "tls_failed"


@pytest.mark.parametrize(
    ("handler", "outcome", "words"),
    [
        pytest.param(
            lambda c: c.sendall(b"HTTP/1.1 400 X\r\n\r\n"), "tls_failed", "TLS", id="plain"
        ),
        pytest.param(hangs, "timed_out", "during the TLS handshake", id="hangs"),
        pytest.param(repeats(b"\x16", 0.02), "tls_failed", "TLS", id="garbage"),
        pytest.param(
            lambda c: (c.sendall(b"\x16\x03\x03\x40\x00"), repeats(b"\x02", 0.02)(c)),
            "timed_out",
            "during the TLS handshake",
            id="drips",
        ),
        pytest.param(lambda c: c.recv(1) and None, "no_connection", "handshake", id="closes"),
        pytest.param(lambda c: (c.recv(1), resets(c)), "no_connection", "handshake", id="resets"),
    ],
)
def test_a_handshake_that_fails_is_classified_in_time(serve, client, handler, outcome, words):
    server = serve(handler)

    exchange = client.send(post(server.url(scheme="https")), deadline=0.5)

    assert exchange.outcome == outcome
    assert words in exchange.error


def test_one_context_serves_the_process_and_always_verifies():
    context = tls_context()

    assert context is tls_context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
