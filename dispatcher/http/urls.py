"""Reads a URL once, strictly, so that what was checked is what is dialled."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote

import idna

from dispatcher.http.addresses import NetworkPolicy, check_address

_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)")
_NAMED = re.compile(r"([^:@\[\]]+)(?::([0-9]{0,5}))?")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{0,5}))?")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_TARGET_SAFE = "!$%&'()*+,-./:;=?@_~[]|"
_PLAIN_TARGET = re.compile(r"[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]|]*")


class InvalidUrlError(ValueError):
    """The URL cannot be sent to; the message says why and never quotes the URL."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads. `address` is set when its host is an IP literal in any spelling."""

    scheme: str
    host: str
    dns_host: str
    port: int
    address: str | None

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_url(url: str) -> tuple[Target, str]:
    """Return where `url` leads, and path and query as they go on the wire.

    Only http and https without userinfo; the fragment is dropped, what is not allowed in a
    request line is percent-encoded. Raises InvalidUrlError.
    """
    if _CONTROL.search(url):
        raise InvalidUrlError("The URL holds a control character.")
    found = _URL.fullmatch(url.partition("#")[0])
    if found is None:
        raise InvalidUrlError("The URL must begin with http:// or https:// and name a host.")
    scheme, authority, rest = found.groups()
    return _target(scheme.lower(), authority), _request_target(rest)


def validate_url(url: str, policy: NetworkPolicy | None = None) -> str | None:
    """Say in plain words why `url` cannot be sent to; None when it may be saved.

    Names are not resolved here: what they lead to is checked at each connect. `policy` is read
    from the settings when not given.
    """
    try:
        target, _ = parse_url(url)
    except InvalidUrlError as error:
        return str(error)
    is_local = target.host == "localhost" or target.host.endswith(".localhost")
    address = "127.0.0.1" if is_local else target.address
    if address is None:
        return None
    kind = check_address(address, policy or NetworkPolicy.from_settings())
    return f"The URL leads to an address that is not allowed ({kind})." if kind else None


def origin(url: str) -> str:
    """Return the canonical `https://host:443` of a URL, the key of its destination.

    Lower case, IDNA, every spelling of an IP address as one. Raises InvalidUrlError.
    """
    return parse_url(url)[0].origin


@lru_cache(maxsize=4096)
def _target(scheme: str, authority: str) -> Target:
    if scheme not in _DEFAULT_PORTS:
        raise InvalidUrlError("The URL must begin with http:// or https://.")
    if len(authority) > 1024:  # before anything that takes longer than linear time
        raise InvalidUrlError("The URL's host name is too long.")
    if "@" in authority:
        raise InvalidUrlError("The URL must not hold a user name or password.")
    bracketed = _BRACKETED.fullmatch(authority)
    found = bracketed or _NAMED.fullmatch(authority)
    if found is None:
        raise InvalidUrlError("The URL's host or port is not valid.")
    port = int(found[2] or _DEFAULT_PORTS[scheme])
    if not 0 < port < 65536:
        raise InvalidUrlError("The URL's port is not between 1 and 65535.")
    if bracketed:
        address = _ipv6(found[1])
        return Target(scheme, address, address, port, address)
    dns_host = _ascii_host(found[1])
    host = dns_host.removesuffix(".")
    literal = _ipv4(host)
    if literal is not None:
        return Target(scheme, literal, literal, port, literal)
    return Target(scheme, host, dns_host, port, None)


def _ipv6(text: str) -> str:
    try:
        return IPv6Address(text).compressed
    except ValueError:
        raise InvalidUrlError("The URL's IPv6 address is not valid.") from None


def _ipv4(host: str) -> str | None:
    """Read decimal, octal, hex and shortened spellings too, as getaddrinfo would."""
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _ascii_host(name: str) -> str:
    host = name.lower()
    if not host.isascii():
        try:
            host = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            raise InvalidUrlError("The URL's host name is not valid.") from None
    if len(host) > 254 or not _HOST.fullmatch(host):
        raise InvalidUrlError("The URL's host name is not valid.")
    return host


def _request_target(rest: str) -> str:
    if not _PLAIN_TARGET.fullmatch(rest):
        try:
            rest = quote(rest, safe=_TARGET_SAFE)
        except UnicodeEncodeError:
            raise InvalidUrlError("The URL holds characters that cannot be encoded.") from None
    return rest if rest.startswith("/") else f"/{rest}"
