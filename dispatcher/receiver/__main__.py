"""`python -m dispatcher.receiver`: the sample receiver without Django."""

from __future__ import annotations

import argparse
import sys

from dispatcher.receiver.options import add_arguments, options_from
from dispatcher.receiver.server import run


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 is answered when an option is wrong."""
    parser = argparse.ArgumentParser(prog="python -m dispatcher.receiver", description=__doc__)
    add_arguments(parser)
    try:
        run(options_from(vars(parser.parse_args())))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
