"""Plain e-mail addresses, as operators enter them: no names, no quoting, nothing to inject."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

# RFC 5321's dot-string: a quoted local part could hold anything, and nobody has one.
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_SEPARATORS = re.compile(r"[,;\s]+")
_is_email = EmailValidator()


def split_addresses(text: str) -> list[str]:
    """The addresses of a text that separates them by commas, semicolons, spaces or lines."""
    return [address for address in _SEPARATORS.split(text) if address]


def check_address(address: str) -> str | None:
    """What is wrong with an address, in words, or None.

    `localhost` and names without a dot are refused, as by Django; a domain may be international.
    """
    local, _, _ = address.rpartition("@")
    try:
        _is_email(address)
    except ValidationError:
        return f"“{address[:80]}” is not an e-mail address. Give it as name@example.com."
    if not _LOCAL_PART.fullmatch(local):
        return f"“{address[:80]}” is not a plain e-mail address. Give it as name@example.com."
    return None


def to_wire(address: str) -> str:
    """The address with its domain as mail servers want it, in ASCII (RFC 5891)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain}" if domain.isascii() else f"{local}@{domain.encode('idna').decode()}"
