"""What was said to a mail server and what it answered, without credentials."""

from __future__ import annotations

import base64
from collections.abc import Iterable

KEPT = 65_536  # bytes
MASK = "••••••"


class Conversation:
    """Lines with `C:` (we) or `S:` (the server) in front; the beginning is kept."""

    def __init__(self, *secrets: str) -> None:
        self._lines: list[str] = []
        self._size = 0
        self.is_cut = False
        self._hidden = _forms(secret for secret in secrets if secret)

    def said(self, line: str) -> None:
        """Keep a line of ours."""
        self._keep(f"C: {line}")

    def heard(self, line: bytes) -> None:
        """Keep a line of the server's; one that repeats a secret loses it."""
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        for secret in self._hidden:
            text = text.replace(secret, MASK)
        self._keep(f"S: {text}")

    def _keep(self, line: str) -> None:
        self._size += len(line.encode()) + 1
        if self._size > KEPT:
            self.is_cut = True
        else:
            self._lines.append(line)

    def forget(self) -> None:
        """Begin the record of another message on the same connection."""
        self._lines.clear()
        self._size = 0
        self.is_cut = False

    def text(self) -> bytes:
        """The record, as an attempt keeps it."""
        return "\n".join(self._lines).encode()


def _forms(secrets: Iterable[str]) -> list[str]:
    """A secret as it is and as AUTH encodes it."""
    found: list[str] = []
    for secret in secrets:
        found += [base64.b64encode(secret.encode()).decode(), secret]
    return found
