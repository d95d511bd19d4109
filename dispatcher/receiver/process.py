"""Starts a receiver as a process of its own, for tests, bench and scripts."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 5.0


class Count(NamedTuple):
    """How much arrived: `requests`, and how many distinct `webhook_ids` among them."""

    requests: int
    webhook_ids: int


class ReceiverProcess:
    """A sample receiver on 127.0.0.1; `url` has no slash at its end. Use it in a `with`.

    Several `hosts` (127.0.0.1, 127.0.0.2 …) are several destinations. `port` 0 chooses a free
    one. `ledger_file` also keeps what arrived after the process is gone.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        hosts: Sequence[str] = ("127.0.0.1",),
        secret: str | None = None,
        ledger_file: Path | None = None,
    ) -> None:
        self._command = [sys.executable, "-m", "dispatcher.receiver", "--quiet"]
        self._command += ["--port", str(port), "--host", ",".join(hosts)]
        self._command += ["--secret", secret] if secret else []
        self._command += ["--ledger", str(ledger_file)] if ledger_file else []
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process's id. Raises RuntimeError when it is not running."""
        return self._running().pid

    def start(self) -> Self:
        """Start it and wait until it listens. Raises RuntimeError when it cannot."""
        self._process = subprocess.Popen(  # noqa: S603  # our own module, our own arguments
            self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith("listening on "):
            self.stop()
            raise RuntimeError("The receiver did not start; its error output says why.")
        self.url = line.removeprefix("listening on ").strip()
        return self

    def stop(self) -> None:
        """End it with SIGTERM, or SIGKILL when it does not follow. Safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()

    def ledger(self, since: int = 0) -> list[dict[str, Any]]:
        """Everything recorded after number `since`, oldest first, as `GET /ledger` shows it."""
        lines = self._call("GET", f"/ledger?since={since}").splitlines()
        return [json.loads(line) for line in lines]

    def count(self) -> Count:
        """How much arrived since the start or the last `clear`; cheap."""
        return Count(**json.loads(self._call("GET", "/ledger/count")))

    def clear(self) -> None:
        """Forget what arrived, and what `/flaky` remembers."""
        self._call("DELETE", "/ledger")

    def set_secret(self, secret: str) -> None:
        """Check signatures with this from now on; an empty one forgets it."""
        self._call("POST", "/secret", json.dumps({"secret": secret}))

    def wait_for(self, requests: int, *, seconds: float = 10.0) -> list[dict[str, Any]]:
        """The ledger, once so many requests arrived. Raises TimeoutError when they do not."""
        give_up_at = time.monotonic() + seconds
        while (count := self.count()).requests < requests:
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"{count.requests} of {requests} requests arrived.")
            time.sleep(0.02)
        return self.ledger()

    def _call(self, method: str, path: str, body: str | None = None) -> bytes:
        self._running()
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise RuntimeError(f"The receiver answered {response.status} to {method} {path}.")
        return answer

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("The receiver is not running.")
        return self._process
