"""The receiver's command line, the same for `manage.py` and for `python -m`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dispatcher.receiver.signature import decode_secret


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a receiver is to run. `port` 0 lets the system choose one."""

    host: str = "127.0.0.1"
    port: int = 8001
    secret: bytes | None = field(default=None, repr=False)
    ledger_file: Path | None = None
    keep: int = 100_000
    quiet: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare every option; the defaults are those of `Options`."""
    parser.add_argument(
        "--host", default=Options.host, help="addresses to listen on, parted by commas"
    )
    parser.add_argument("--port", type=int, default=Options.port, help="0 chooses a free one")
    parser.add_argument(
        "--secret", metavar="whsec_…", help="checks signatures; can also be set on the page"
    )
    parser.add_argument(
        "--ledger", type=Path, metavar="FILE", help="also append each request there, as JSON lines"
    )
    parser.add_argument(
        "--keep", type=int, default=Options.keep, help="how many requests are kept in memory"
    )
    parser.add_argument("--quiet", action="store_true", help="no line for each request")


def options_from(values: Mapping[str, Any]) -> Options:
    """Checked options. Raises ValueError in words for whoever typed them."""
    if values["keep"] < 1:
        raise ValueError("--keep must be at least 1.")
    return Options(
        host=values["host"],
        port=values["port"],
        secret=decode_secret(values["secret"]) if values["secret"] else None,
        ledger_file=values["ledger"],
        keep=values["keep"],
        quiet=values["quiet"],
    )
