"""`manage.py move_from URL`: from SQLite to PostgreSQL, with everything that is in it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS

from config import moving


class Command(BaseCommand):
    """Copies another database into the one that DATABASE_URL names, which must be empty."""

    help = (
        "Copy everything of another database into this one, which has to be migrated and empty. "
        "Stop web and workers first, and keep SECRET_KEY and ENCRYPTION_KEYS."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="The old database, as sqlite:////path/to/db.sqlite3")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            count = moving.move(
                source=moving.know(options["url"]), target=DEFAULT_DB_ALIAS, report=self._report
            )
        except moving.MoveError as error:
            raise CommandError(str(error)) from None
        except ImproperlyConfigured as error:
            raise CommandError(f"Nothing was moved. {error}") from None
        self.stdout.write(f"{count:,} rows are here now, the same as there.")

    def _report(self, label: str, count: int) -> None:
        if count:
            self.stdout.write(f"{count:>9,} {label}")
