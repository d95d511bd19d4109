"""The one door out for HTTP: guarded, bounded, and never surprised.

Everything that speaks HTTP to strangers goes through `Client.send`; what speaks another protocol
dials with `guarded_connect`.
"""

from dispatcher.http.addresses import NetworkPolicy, check_address
from dispatcher.http.answer import readable_body
from dispatcher.http.client import Client, Exchange
from dispatcher.http.connection import GuardedHTTPConnection, GuardedHTTPSConnection, tls_context
from dispatcher.http.deadline import Deadline
from dispatcher.http.errors import ExchangeError
from dispatcher.http.guard import Connected, guarded_connect
from dispatcher.http.message import (
    InvalidRequestError,
    OutgoingRequest,
    validate_headers,
    written,
)
from dispatcher.http.urls import InvalidUrlError, origin, validate_url

__all__ = [
    "Client",
    "Connected",
    "Deadline",
    "Exchange",
    "ExchangeError",
    "GuardedHTTPConnection",
    "GuardedHTTPSConnection",
    "InvalidRequestError",
    "InvalidUrlError",
    "NetworkPolicy",
    "OutgoingRequest",
    "check_address",
    "guarded_connect",
    "origin",
    "readable_body",
    "tls_context",
    "validate_headers",
    "validate_url",
    "written",
]
