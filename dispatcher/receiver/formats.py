"""How an entry of the ledger is written for people and programs."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from dispatcher.receiver.ledger import Entry
from dispatcher.receiver.signature import Verdict, judge

SHOWN_BYTES = 64 * 1024  # of a body, on the page; the ledger has all of it


def header_pairs(head: bytes) -> list[tuple[str, str]]:
    """The headers as they came: order, spelling and repetitions kept."""
    if not head:
        return []
    parts = head.decode("latin-1").split("\n")
    return list(zip(parts[::2], parts[1::2], strict=True))


def headers_by_name(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; repeated ones joined as RFC 9110 section 5.3 says."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def timestamp(nanoseconds: int) -> str:
    """ISO 8601 in UTC with microseconds, from epoch nanoseconds."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest // 1000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def ledger_line(entry: Entry, secret: bytes | None) -> bytes:
    """One line of `GET /ledger`. `body` is null, and `body_base64` set, if it is not UTF-8."""
    headers = headers_by_name(header_pairs(entry.request.head))
    line = _summary(entry) | {"headers": headers, **_body(entry.request.body)}
    line["signature"] = _verdict(entry, headers, secret)
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def page_entry(entry: Entry, secret: bytes | None) -> dict[str, Any]:
    """What the page shows of one request; a long body is cut to `SHOWN_BYTES`."""
    pairs = header_pairs(entry.request.head)
    body = entry.request.body
    return _summary(entry) | {
        "answer": entry.answer,
        "headers": pairs,
        "signature": _verdict(entry, headers_by_name(pairs), secret),
        "body": body[:SHOWN_BYTES].decode("utf-8", "replace"),
        "body_bytes": len(body),
    }


def console_line(entry: Entry) -> str:
    """One line for the terminal, with nothing in it that could steer a terminal."""
    words = [
        timestamp(entry.at)[11:23],
        entry.request.method.decode("latin-1"),
        entry.request.target[:200].decode("ascii", "backslashreplace"),
        "→",
        entry.answer,
        entry.request.webhook_id[:80].decode("ascii", "backslashreplace"),
        f"(attempt {entry.attempt})" if entry.attempt > 1 else "",
    ]
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(words).rstrip())


def _summary(entry: Entry) -> dict[str, Any]:
    return {
        "n": entry.n,
        "at": timestamp(entry.at),
        "method": entry.request.method.decode("latin-1"),
        "path": entry.request.target.decode("utf-8", "backslashreplace"),
        "webhook_id": entry.request.webhook_id.decode("latin-1") or None,
        "attempt": entry.attempt or None,
        "status": entry.status or None,
    }


def _body(body: bytes) -> dict[str, str | None]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body": None, "body_base64": base64.b64encode(body).decode("ascii")}


def _verdict(entry: Entry, headers: dict[str, str], secret: bytes | None) -> Verdict:
    return judge(secret, headers, entry.request.body, entry.at / 1_000_000_000)
