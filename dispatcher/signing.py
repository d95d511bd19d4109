"""Signs what is sent, the Standard Webhooks way (symmetric, version v1).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets as random
from collections.abc import Sequence
from functools import lru_cache

PREFIX = "whsec_"
# The specification asks for keys of 24 to 64 bytes.
KEY_BYTES_MIN = 24
KEY_BYTES_MAX = 64


class InvalidSecretError(ValueError):
    """The signing secret cannot be used; the message says why and never holds the secret."""


def new_secret() -> str:
    """Make a secret of 32 random bytes: `whsec_` and base64."""
    return PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def validate_secret(text: str) -> str | None:
    """Say in plain words why `text` is no usable secret; None when it is one."""
    try:
        _key(text)
    except InvalidSecretError as error:
        return str(error)
    return None


def sign(*, secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one `v1,<base64>` for each secret, in their order.

    Give the newest secret first; during a rotation the old one follows, so that receivers verify
    with either. `timestamp` is in seconds since the epoch. Raises InvalidSecretError.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(_key(secret), signed)}" for secret in secrets)


def headers(
    *, secrets: Sequence[str], message_id: str, timestamp: int, body: bytes
) -> list[tuple[str, str]]:
    """Return the Standard Webhooks headers of one attempt; no signature without a secret.

    Make them afresh for each attempt: receivers refuse a timestamp older than five minutes.
    Raises InvalidSecretError.
    """
    made = [("webhook-id", message_id), ("webhook-timestamp", str(timestamp))]
    if secrets:
        signature = sign(secrets=secrets, message_id=message_id, timestamp=timestamp, body=body)
        made.append(("webhook-signature", signature))
    return made


def _signature(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


@lru_cache(maxsize=1024)
def _key(secret: str) -> bytes:
    """Decode a secret. Cached, as the same few sign every delivery."""
    if not secret.startswith(PREFIX):
        raise InvalidSecretError(f"A signing secret starts with {PREFIX!r}.")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        # Not chained: the original error could quote what it was given.
        raise InvalidSecretError(f"What follows {PREFIX!r} is not base64.") from None
    if not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        raise InvalidSecretError(
            f"The secret is {len(key)} bytes long; {KEY_BYTES_MIN} to {KEY_BYTES_MAX} are needed."
        )
    return key
