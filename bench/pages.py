"""Measures every operator's page on a full database: `python -m bench.pages`.

Run `python -m bench.fill` before. Each page is asked for by the test client (no network), once
to warm up and then ROUNDS times. The table shows the median time by the clock; the CPU time of
web process and database together, which is what an idle machine takes and what is judged, since
machines are shared; the number of SQL statements; and whether one counts or skips rows without a
bound.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 - after setup
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench.page_list import Page, pages  # noqa: E402

ROUNDS = 5
MOST_STATEMENTS = 20
LARGE = (
    "dispatcher_delivery", "dispatcher_event", "dispatcher_attempt", "dispatcher_request",
    "offers_conversion", "notifications_order",
)  # fmt: skip
BOUNDS = ("LIMIT", '"event_id" IN', '"subject" IN', '"offers_conversion"."created_at" <')
_COUNT = re.compile(r"COUNT\(", re.IGNORECASE)
_OFFSET = re.compile(r"\bOFFSET\s+[1-9]", re.IGNORECASE)


def unbounded(statement: str) -> str:
    """What is wrong with a statement on a large table; empty when nothing is."""
    if not any(f'FROM "{table}"' in statement for table in LARGE):
        return ""
    if _OFFSET.search(statement):
        return "OFFSET"
    is_narrowed = any(words in statement for words in BOUNDS)
    return "COUNT" if _COUNT.search(statement) and not is_narrowed else ""


def cpu_milliseconds() -> float:
    """CPU time of this process and of the database's for this connection (if it is local)."""
    own = time.process_time() * 1000
    process = getattr(connection.connection, "info", None)
    statistics = Path(f"/proc/{process.backend_pid}/schedstat") if process else None
    if statistics is None or not statistics.exists():
        return own
    return own + int(statistics.read_text().split()[0]) / 1e6


def measure(client: Client, page: Page) -> dict[str, Any]:
    """One page's figures."""
    address = f"{page.path}?{urlencode(page.query)}" if page.query else page.path
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
        answer.getvalue()
    assert answer.status_code == 200, (address, answer.status_code)
    statements = [entry["sql"] for entry in captured.captured_queries]
    slowest = max(
        captured.captured_queries, key=lambda entry: float(entry["time"]), default={"time": 0}
    )
    times, used = [], []
    for _ in range(ROUNDS):
        started, before = time.perf_counter(), cpu_milliseconds()
        client.get(address).getvalue()
        times.append((time.perf_counter() - started) * 1000)
        used.append(cpu_milliseconds() - before)
    return {
        "page": page.name,
        "median": median(times),
        "cpu": median(used),
        "statements": len(statements),
        "statement": float(slowest["time"]) * 1000,
        "sql": slowest.get("sql", ""),
        "wrong": " ".join(sorted({unbounded(one) for one in statements} - {""})),
        "limit": page.limit,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a part of the pages' names")
    parser.add_argument("--sql", action="store_true", help="show each page's slowest statement")
    options = parser.parse_args()
    operator, _ = get_user_model().objects.get_or_create(
        username="bench-pages", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(operator)
    print(f"{'page':<58} {'clock':>8} {'CPU':>8} {'SQL':>4} {'slowest SQL':>11}")
    failed = 0
    for page in pages():
        if options.only not in page.name:
            continue
        found = measure(client, page)
        is_good = found["cpu"] <= found["limit"] and not found["wrong"]
        is_good = is_good and found["statements"] <= MOST_STATEMENTS
        failed += not is_good
        print(
            f"{found['page']:<58} {found['median']:5.0f} ms {found['cpu']:5.0f} ms "
            f"{found['statements']:>4} {found['statement']:8.0f} ms"
            f"{'' if is_good else '   ← ' + (found['wrong'] or 'too much')}",
            flush=True,
        )
        if options.sql:
            print(f"    {found['sql'][:1500]}")
    print(f"{failed} page(s) over their limit" if failed else "Every page is within its limit.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
