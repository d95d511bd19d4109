"""Fills a database as half a year of use would: `python -m bench.fill --deliveries 1000000`.

On PostgreSQL, into the database that DATABASE_URL names, which must be migrated and
without deliveries. Busy and quiet hours, a few hundred rules, receivers that were down for a
while, orders that had several events, a backlog, test runs, skips and figures; and as many
conversions and orders.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 - after setup

from bench.fill_configuration import Configuration, configure  # noqa: E402
from bench.fill_ledgers import Ledgers  # noqa: E402
from bench.fill_others import fill_others  # noqa: E402
from dispatcher.models import Delivery  # noqa: E402

CHUNK = 20_000
TABLES = {
    "dispatcher_event": (
        "id,type,payload,source,subject,owner,occurred_at,received_at,emitter,endpoint,"
        "idempotency_key,fingerprint,is_test"
    ),
    "dispatcher_delivery": (
        "id,uid,event_id,route_id,rule_id,destination_id,owner,type,ordering_key,state,outcome,cause,"
        "due_at,is_parked,attempts_made,round_start,claims,fence,created_at,finished_at,is_test"
    ),
    "dispatcher_request": "delivery_id,method,url,headers,body,warnings,rendered_at",
    "dispatcher_attempt": (
        "delivery_id,fence,number,started_at,duration,phases,outcome,status,headers,body,"
        "is_truncated,peer,error"
    ),
    "dispatcher_skip": "event_id,rule_id,reason",
    "dispatcher_tally": (
        "grain,scope,key,starts_at,attempts,retried,delivered,failed,latencies,times"
    ),
}


def fill(count: int, *, older_than: int = 0) -> None:
    """Make so many deliveries with what belongs to them, conversions and orders, up to so many
    days ago.

    What is older than today has no backlog, and no conversions and orders.
    """
    if connection.vendor != "postgresql":
        raise SystemExit("Set DATABASE_URL to a PostgreSQL database.")
    if Delivery.objects.exists():
        raise SystemExit("There are deliveries already. Use an empty, migrated database.")
    started = time.monotonic()
    configuration: Configuration = configure()
    until = datetime.now(UTC) - timedelta(days=older_than)
    ledgers = Ledgers(configuration, count=count, now=until, backlog=not older_than)
    while ledgers.made < count:
        ledgers.make(min(CHUNK, count - ledgers.made))
        _copy(ledgers.take())
        print(f"{ledgers.made:>9,} deliveries  {time.monotonic() - started:5.0f} s", flush=True)
    _copy({"dispatcher_tally": ledgers.tallies()})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('dispatcher_delivery', 'id'), %s)", [count]
        )
    if not older_than:
        fill_others(count)
        print(f"{count:>9,} conversions, orders  {time.monotonic() - started:5.0f} s", flush=True)
    connection.cursor().execute("VACUUM ANALYZE")


def _copy(tables: dict[str, list[tuple[object, ...]]]) -> None:
    with connection.cursor() as cursor:
        for table, rows in tables.items():
            with cursor.copy(f"COPY {table} ({TABLES[table]}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--older-than", type=int, default=0, metavar="DAYS")
    options = parser.parse_args()
    fill(options.deliveries, older_than=options.older_than)


if __name__ == "__main__":
    main()
