"""`manage.py serve`: the whole service on one machine."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from config import programs
from config.supervisor import Supervisor


class Command(BaseCommand):
    """Runs web server and workers until SIGTERM or SIGINT, and restarts what ends or freezes."""

    help = "Run web server and workers on this machine until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="where the web server listens")
        parser.add_argument("--web-processes", type=int, default=1, help="web server processes")
        parser.add_argument("--web-threads", type=int, default=8, help="threads in each of them")
        parser.add_argument("--clusters", type=int, default=2, help="worker clusters (0: none)")
        parser.add_argument("--no-web", action="store_true", help="a machine for workers only")
        parser.add_argument(
            "--stop-seconds", type=float, default=60.0, help="time to finish before being killed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_missing_migrations()
        programs_to_run = programs.clusters(options["clusters"])
        if not options["no_web"]:
            web = programs.web(
                bind=options["bind"],
                processes=options["web_processes"],
                threads=options["web_threads"],
            )
            programs_to_run.insert(0, web)
        if not programs_to_run:
            raise CommandError("--no-web and --clusters 0 leave nothing to run.")
        Supervisor(
            programs_to_run,
            tell=self.stderr.write,
            stop_seconds=options["stop_seconds"],
            find_frozen=programs.find_frozen_clusters,
        ).run()


def _refuse_missing_migrations() -> None:
    """Children would fail one by one and be restarted for ever; better to say it once."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(f"The database does not answer ({type(error).__name__}).") from None
    finally:
        connection.close()
    if missing:
        raise CommandError(f"{len(missing)} migrations are missing: run manage.py migrate first.")
