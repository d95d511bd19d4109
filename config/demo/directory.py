"""What one demo keeps from run to run: its database, its keys, and how to reach it."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

_PRIVATE = 0o600


class DemoDirectory:
    """The directory of a demo; what is missing is made, what is there is used again."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.env_file = self.path / "env"
        self._keys_file = self.path / "keys.json"
        for directory in (self.path, self.logs, self.path / "static"):
            directory.mkdir(parents=True, exist_ok=True)
        self.keys = self._keep_keys()

    def _keep_keys(self) -> Mapping[str, str]:
        if not self._keys_file.exists():
            _write_private(self._keys_file, json.dumps(_new_keys(), indent=2) + "\n")
        keys: dict[str, str] = json.loads(self._keys_file.read_text(encoding="utf-8"))
        return keys

    def settings(self, *, base_url: str) -> dict[str, str]:
        """The environment of this demo's processes, whatever the one outside or `.env` says."""
        return {
            "DEBUG": "false",
            "SECRET_KEY": self.keys["SECRET_KEY"],
            "ENCRYPTION_KEYS": self.keys["ENCRYPTION_KEYS"],
            "BASE_URL": base_url,
            "HTTPS": "false",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
            "DATABASE_URL": f"sqlite:///{self.path / 'db.sqlite3'}",
            "REDIS_URL": "",
            "METRICS_TOKEN": "",
            "STATIC_ROOT": str(self.path / "static"),
        }

    def read_env(self) -> dict[str, str]:
        """What the last run wrote with `write_env`; nothing the first time."""
        if not self.env_file.exists():
            return {}
        lines = self.env_file.read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def write_env(self, values: Mapping[str, str]) -> None:
        """Write `env` for whoever wants to call the demo: a shell can source it."""
        _write_private(self.env_file, "".join(f"{name}={values[name]}\n" for name in values))

    def start_logs(self) -> None:
        """Let the logs begin with this run."""
        for log in self.logs.glob("*.log"):
            log.unlink()


def _new_keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SIGNING_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
        "ADMIN_PASSWORD": secrets.token_urlsafe(9),
    }


def _write_private(path: Path, text: str) -> None:
    """Replace a file as a whole; nobody else may read it at any moment."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.chmod(_PRIVATE)
    fresh.replace(path)
