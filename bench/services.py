"""A PostgreSQL and a Redis of the run's own, on free ports, so that they may be killed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_port(port: int, *, seconds: float = 30) -> None:
    """Return once something listens. Raises TimeoutError."""
    give_up = time.monotonic() + seconds
    while True:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > give_up:
            raise TimeoutError(f"Nothing listens on port {port}.")
        time.sleep(0.05)


class OwnPostgresql:
    """A PostgreSQL cluster in a temporary folder; `url` names its database `postgres`."""

    def __init__(self) -> None:
        self._bin = _postgresql_folder()
        self._folder = Path(tempfile.mkdtemp(prefix="postbacks-chaos-pg-"))
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        data = str(self._folder / "data")
        self._run(["initdb", "-D", data, "-A", "trust", "-U", "postgres"])
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self._folder}"
        self._control = ["pg_ctl", "-D", data, "-w", "-l", f"{self._folder}/log", "-o", options]
        self.start()

    def start(self) -> None:
        self._run([*self._control, "start"])

    def restart(self) -> None:
        """Restart without waiting for connections to end; what they did not commit is lost."""
        self._run([*self._control, "-m", "immediate", "restart"])

    def remove(self) -> None:
        self._run([*self._control, "-m", "immediate", "stop"])
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, command: Sequence[str]) -> None:
        command = [f"{self._bin}/{command[0]}", *command[1:]]
        if os.geteuid() == 0:
            command = [
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                *command,
            ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


class OwnRedis:
    """A Redis that keeps nothing: killed, it has forgotten everything."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        self._process = subprocess.Popen(
            [*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL, cwd="/tmp"
        )
        wait_for_port(self.port)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def _postgresql_folder() -> str:
    """Where initdb is: on the path, or where Debian puts it."""
    found = shutil.which("initdb")
    if found:
        return str(Path(found).parent)
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        raise FileNotFoundError(
            "PostgreSQL's server is not installed (apt-get install postgresql)."
        )
    return str(folders[-1])
