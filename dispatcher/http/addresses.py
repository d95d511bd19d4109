"""Which addresses may be dialled: public ones, and those that a setting names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Network = IPv4Network | IPv6Network

# IANA's special-purpose registries (RFC 6890 and its updates). Written out, because what
# `ipaddress` calls private or global changes between Python versions.
_FORBIDDEN: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared (carrier-grade NAT)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "reserved (6to4 relay)"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmark"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::1/128", "loopback"),
        ("::/128", "unspecified"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::/96", "IPv4-compatible"),
        # Whole, not only with a forbidden IPv4 address inside: who runs the translator decides
        # what it reaches. A network with DNS64 can name 64:ff9b::/96 as allowed.
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291: all that is handed out today


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Networks that may be reached although they are private or reserved."""

    allowed: Sequence[Network] = ()

    @classmethod
    def from_settings(cls) -> NetworkPolicy:
        """Read `ALLOWED_NETWORKS`; missing means none. Raises ImproperlyConfigured."""
        try:
            return cls(tuple(ip_network(n) for n in getattr(settings, "ALLOWED_NETWORKS", ())))
        except ValueError as error:
            raise ImproperlyConfigured(f"ALLOWED_NETWORKS: {error}.") from error

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether a setting names the address; an IPv4-mapped one counts as its IPv4 address."""
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any(address in n or (mapped is not None and mapped in n) for n in self.allowed)


def check_address(ip: str, policy: NetworkPolicy) -> str | None:
    """Say what kind of forbidden address `ip` is ("private", "loopback" …); None when allowed."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "malformed"
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "scoped"
    if policy.allows(address):
        return None
    for network, kind in _FORBIDDEN:
        if address in network:
            return kind
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "reserved"
    return None
