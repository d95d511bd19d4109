"""What a Standard Webhooks receiver makes of a signature.

Written out here, and not taken from the library, because a verdict is given when somebody looks:
"stale" is measured from the request's arrival, not from now.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum

PREFIX = "whsec_"
TOLERANCE_SECONDS = 5 * 60  # standard-webhooks.md, "Verifying webhook authenticity"


class Verdict(StrEnum):
    """How a request's signature is judged."""

    VALID = "valid"
    INVALID = "invalid"
    STALE = "stale"  # right, but its timestamp is too far from the time of arrival
    NONE = "none"  # not signed
    UNCHECKED = "unchecked"  # signed, and the receiver was given no secret


def decode_secret(text: str) -> bytes:
    """The key of `whsec_<base64>`. Raises ValueError, without repeating the secret."""
    encoded = text.strip().removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("A signing secret looks like whsec_ followed by base64.")
    return key


def judge(
    secret: bytes | None, headers: Mapping[str, str], body: bytes, arrived_at: float
) -> Verdict:
    """The verdict on a request; `headers` by lower-case name, `arrived_at` in epoch seconds."""
    signatures = headers.get("webhook-signature", "")
    if not signatures:
        return Verdict.NONE
    if secret is None:
        return Verdict.UNCHECKED
    timestamp = headers.get("webhook-timestamp", "")
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode("latin-1") + body
    expected = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256))
    if not timestamp.isdecimal() or not _contains(signatures, expected):
        return Verdict.INVALID
    fresh = abs(arrived_at - int(timestamp)) <= TOLERANCE_SECONDS
    return Verdict.VALID if fresh else Verdict.STALE


def _contains(signatures: str, expected: bytes) -> bool:
    """Whether one of the space-separated `v1,<base64>` is right; two are sent during a rotation."""
    return any(
        hmac.compare_digest(value.encode("latin-1"), expected)
        for version, _, value in (one.partition(",") for one in signatures.split())
        if version == "v1"
    )
