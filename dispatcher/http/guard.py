"""The one place that dials: an address is checked, and exactly that address is connected to."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import NamedTuple

from dispatcher.http.addresses import NetworkPolicy, check_address
from dispatcher.http.deadline import Deadline
from dispatcher.http.errors import ExchangeError
from dispatcher.http.resolver import ADDRESSES_TRIED, resolver
from dispatcher.types import Outcome


class Connected(NamedTuple):
    """An open socket with what is left of the deadline as its timeout; `phases` in ms."""

    socket: socket.socket
    peer: str
    phases: dict[str, float]


def guarded_connect(host: str, port: int, deadline: Deadline, policy: NetworkPolicy) -> Connected:
    """Resolve `host` once, check every answer, connect to one that was checked.

    A name is refused when any of its answers is forbidden. All addresses are tried, each with its
    share of the time left. Raises ExchangeError: blocked address, name not found, timed out, no
    connection.
    """
    addresses = _checked_addresses(host, deadline, policy)
    deadline.enter("connect")
    failure: OSError | None = None
    for place, address in enumerate(addresses):
        share = deadline.left() / (len(addresses) - place)
        try:
            connection = _dial(address, port, share)
        except OSError as error:
            failure = error
            continue
        deadline.enter("")
        connection.settimeout(deadline.left())
        peer = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        return Connected(connection, peer, deadline.phases)
    deadline.left()
    raise ExchangeError(_outcome(failure), _sentence(failure)) from failure


def _checked_addresses(host: str, deadline: Deadline, policy: NetworkPolicy) -> list[str]:
    if _is_literal(host):
        addresses = [host]
    else:
        deadline.enter("dns")
        addresses = resolver.addresses(host, deadline)
    for address in addresses:
        kind = check_address(address, policy)
        if kind is not None:
            # Without the address: what an internal name resolves to is nobody's business.
            raise ExchangeError(
                Outcome.BLOCKED_ADDRESS,
                f"The host leads to an address that is not allowed ({kind}).",
            )
    return addresses[:ADDRESSES_TRIED]


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _dial(address: str, port: int, seconds: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(seconds)
        connection.connect((address, port))
    except BaseException:
        connection.close()
        raise
    return connection


def _outcome(failure: OSError | None) -> Outcome:
    return Outcome.TIMED_OUT if isinstance(failure, TimeoutError) else Outcome.NO_CONNECTION


def _sentence(failure: OSError | None) -> str:
    match failure:
        case TimeoutError():
            return "The connection timed out."
        case ConnectionRefusedError():
            return "The connection was refused."
        case ConnectionResetError():
            return "The connection was reset while connecting."
        case OSError(strerror=str(reason)):
            return f"Could not connect: {reason}."
        case _:
            return "Could not connect."
