"""How the database and the cache are connected to; docs/settings.md names what can be set."""

from __future__ import annotations

from typing import Any


def database(config: dict[str, Any], *, test_file: str, is_prepared: bool) -> dict[str, Any]:
    """A database's settings as django-environ reads them, with what each kind wants."""
    if config["ENGINE"].endswith("sqlite3"):
        # Full synchronous writes: what was answered 2xx survives a power cut.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
        # Threads need a file: an in-memory test database belongs to one connection.
        config["TEST"] = {"NAME": test_file}
    if config["ENGINE"].endswith("postgresql") and is_prepared:
        # The hot path's few statements are planned once per connection instead of every time.
        config["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 3}
    return config


def cache(*, name: str, redis_url: str) -> dict[str, Any]:
    """The cache in Redis, or in each process where there is none."""
    if not redis_url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_url,
        "KEY_PREFIX": name,
        # Nothing waits for a Redis that does not answer.
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
