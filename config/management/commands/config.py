"""`manage.py config export | plan FILE | apply FILE`: the configuration as one file."""

from __future__ import annotations

import difflib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from config import transfer
from config.transfer.plan import Plan
from config.transfer.secrets import FindSecret

_SIGNS = {"add": "+", "change": "~", "remove": "-"}


class Command(BaseCommand):
    """Moves what operators configured from one installation to another."""

    help = "Export the configuration, show what a file would change, or apply it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        export = verbs.add_parser("export", help="Write the configuration as YAML.")
        export.add_argument("--output", help="A file; the screen, when left out.")
        for verb, words in (
            ("plan", "Show what applying a file would change; change nothing."),
            ("apply", "Make what is here as the file says, all of it or nothing."),
        ):
            one = verbs.add_parser(verb, help=words)
            one.add_argument("file", help="The YAML file; - for standard input.")
            one.add_argument(
                "--secrets", help="A YAML file with the secrets' values, as “NAME: value”."
            )  # fmt: skip
            one.add_argument(
                "--prune", action="store_true", help="Remove what the file does not have."
            )
            if verb == "apply":
                one.add_argument("--by", default="", help="The user whom the history names.")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            getattr(self, options["verb"])(options)
        except (transfer.FormatError, transfer.BusyError) as error:
            raise CommandError(str(error)) from None

    def export(self, options: dict[str, Any]) -> None:
        text = transfer.write(transfer.export())
        if options["output"]:
            Path(options["output"]).write_text(text)
        else:
            self.stdout.write(text, ending="")

    def plan(self, options: dict[str, Any]) -> None:
        find_secret = _secrets(options["secrets"])
        plan = _plan(options, find_secret)
        problems = plan.problems(find_secret=find_secret)
        self._show(plan)
        if problems:
            raise transfer.RefusedError(problems)

    def apply(self, options: dict[str, Any]) -> None:
        find_secret = _secrets(options["secrets"])
        plan = _plan(options, find_secret)
        plan.apply(find_secret=find_secret, by=_user(options["by"]))
        self._show(plan)
        if plan.changes:
            self.stdout.write("Applied.")

    def _show(self, plan: Plan) -> None:
        for change in plan.changes:
            self.stdout.write(f"{_SIGNS[change.action]} {change.section}: {change.key}")
            for name, (old, new) in change.fields.items():
                self.stdout.write("\n".join(f"    {line}" for line in _difference(name, old, new)))
        for section, key in plan.only_here:
            self.stdout.write(f"  {section}: {key} is only here, and stays (--prune removes it)")
        if plan.missing:
            self.stdout.write(f"Secrets without a value: {', '.join(plan.missing)}")
        if not (plan.changes or plan.flaws):
            self.stdout.write("Nothing to do.")


def _difference(name: str, old: Any, new: Any) -> list[str]:
    if not any(isinstance(one, (dict, list)) or "\n" in str(one) for one in (old, new)):
        return [f"{name}: {old!r} → {new!r}"]
    before, after = (_lines(one) for one in (old, new))
    return [
        f"{name}:",
        *[line.rstrip() for line in difflib.ndiff(before, after) if line[0] in "+-"],
    ]


def _lines(value: Any) -> list[str]:
    text = value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False)
    return text.splitlines()


def _plan(options: dict[str, Any], find_secret: FindSecret) -> Plan:
    text = sys.stdin.read() if options["file"] == "-" else _read(options["file"])
    return transfer.make_plan(transfer.read(text), find_secret=find_secret, prune=options["prune"])


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}.") from None


def _secrets(path: str | None) -> FindSecret:
    """Looks in the file; without one no secret has a value."""
    given: Any = yaml.safe_load(_read(path)) if path else {}
    if not isinstance(given, dict):
        raise CommandError(f"{path}: give the secrets as “NAME: value”, one in a line.")
    return lambda name: str(given[name]) if name in given else None


def _user(name: str) -> Any:
    """The author of what is changed; nobody in particular where none is named."""
    if not name:
        return None
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user {name}.")
    return user
