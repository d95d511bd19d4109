"""`python -m config.demo`: see the package's text."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from config.demo.directory import DemoDirectory
from config.supervisor import Supervisor

HOST = "127.0.0.1"
STOP_SECONDS = 20.0
say = partial(print, flush=True)


def main() -> int:
    """Run the demo until SIGTERM or Ctrl-C. 1 when it cannot start, with the reason."""
    arguments = _parse()
    port = arguments.port
    busy = [each for each in (port, port + 1) if not _is_free(each)]
    if busy:
        what = f"Port {busy[0]} is" if len(busy) == 1 else f"Ports {port} and {port + 1} are"
        say(
            f"{what} in use on this machine. Stop what runs there (another demo?), "
            f"or choose others: make demo PORT={port + 100}",
            file=sys.stderr,
        )
        return 1
    directory = DemoDirectory(arguments.directory)
    base_url = f"http://{HOST}:{port}"
    os.environ.update(directory.settings(base_url=base_url))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    say("Preparing the database ...")
    try:
        call_command("migrate", verbosity=0)
        _run(directory, base_url, port)
    except KeyboardInterrupt:  # before the supervisor listens: nothing was started yet
        return 130
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.demo")
    parser.add_argument("--port", type=int, default=8000, help="the receiver gets the next one")
    parser.add_argument("--directory", type=Path, default=Path(".demo"))
    return parser.parse_args()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _run(directory: DemoDirectory, base_url: str, port: int) -> None:
    from config import programs  # noqa: PLC0415 - models load after the settings are known
    from config.demo import seed  # noqa: PLC0415

    receiver_url = f"http://{HOST}:{port + 1}"
    password, secret = directory.keys["ADMIN_PASSWORD"], directory.keys["SIGNING_SECRET"]
    token = seed.seed(
        receiver_url=receiver_url,
        signing_secret=secret,
        password=password,
        token=directory.read_env().get("API_TOKEN", ""),
    )
    values = {
        "BASE_URL": base_url,
        "API_TOKEN": token,
        "RECEIVER_URL": receiver_url,
        "ADMIN_USER": seed.ADMIN_USER,
        "ADMIN_PASSWORD": password,
    }
    directory.write_env(values)
    directory.start_logs()
    supervisor = Supervisor(
        [
            programs.receiver(port=port + 1, secret=secret, logs=directory.logs),
            programs.web(bind=f"{HOST}:{port}", logs=directory.logs),
            *programs.clusters(2, logs=directory.logs),
        ],
        tell=say,
        stop_seconds=STOP_SECONDS,
        find_frozen=programs.find_frozen_clusters,
    )
    guide = threading.Thread(target=_guide, args=(directory, values, supervisor), daemon=True)
    guide.start()
    supervisor.run()
    guide.join(timeout=5)
    say("Everything has stopped. `make demo` starts it again, with what it has.")


def _guide(directory: DemoDirectory, values: dict[str, str], supervisor: Supervisor) -> None:
    """Say where to look, then let orders come in; runs beside the supervisor."""
    from config.demo import story  # noqa: PLC0415

    def is_stopped() -> bool:
        return supervisor.is_stopping

    base_url = values["BASE_URL"]
    if not story.wait_for_web(base_url, is_stopped=is_stopped):
        if not is_stopped():
            say(f"The web server does not answer; {directory.logs / 'web.log'} says why.")
        return
    say(_welcome(directory, values))
    try:
        told: dict[str, Any] = {
            "base_url": base_url,
            "token": values["API_TOKEN"],
            "is_stopped": is_stopped,
        }
        accepted = story.tell(**told) + story.tell_conversions(**told)
    except OSError as error:
        say(f"The sample orders stopped: {error}")
    else:
        say(f"{accepted} events and facts are in. Waiting; Ctrl-C stops everything.")


def _welcome(directory: DemoDirectory, values: dict[str, str]) -> str:
    env = _short(directory.env_file)
    return f"""
Postbacks is running.

  Operators' pages  {values["BASE_URL"]}/admin/
                    user {values["ADMIN_USER"]}, password {values["ADMIN_PASSWORD"]}
  Affiliates' site  {values["BASE_URL"]}/affiliates/
                    user affiliate, the same password
  What arrives      {values["RECEIVER_URL"]}/
  The API           {values["BASE_URL"]}/api/docs/
                    the token is in {env}

Three orders now go from received to delivered: open "What arrives" to see each delivery come in.
One receiver fails at first and is tried again after 5 s, 1 min and 5 min; another is down.
Under Deliveries the operators' pages show every attempt. Under Orders: what a shop, two funnels and
an operator sold; one funnel order waits half an hour for its thank-you page, and a refund was told
to somebody who refuses it, to be retried by hand.

Send an event of your own:

  . {env}
  curl "$BASE_URL/api/v1/order-events/" -H "Authorization: Bearer $API_TOKEN" \\
    -H "Content-Type: application/json" -d '{{"type": "order_received",
    "customer": "studio-nord", "payload": {{"orderReferenceId": "MY-1", "items": []}}}}'

Logs are in {_short(directory.logs)}/.
"""


def _short(path: Path) -> str:
    """The path as one would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


if __name__ == "__main__":
    sys.exit(main())
