"""`manage.py receiver`: the sample receiver."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dispatcher.receiver.options import add_arguments, options_from
from dispatcher.receiver.server import run


class Command(BaseCommand):
    """Runs the sample receiver in this process until SIGTERM or SIGINT."""

    help = "A sample receiver: shows what arrives; its paths choose how it answers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run(options_from(options))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
