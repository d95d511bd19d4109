"""The yardstick: one process, one thread, a bare loop of `requests.Session().post(...)`.

python -m bench.yardstick URL COUNT BYTES   prints posts per second
"""

from __future__ import annotations

import sys
import time

import requests


def run(url: str, count: int, size: int) -> float:
    """Posts per second of a bare loop."""
    session = requests.Session()
    body = b'{"filler": "' + b"x" * (size - 14) + b'"}'
    headers = {"Content-Type": "application/json"}
    started = time.perf_counter()
    for _ in range(count):
        session.post(url, data=body, headers=headers, timeout=30).raise_for_status()
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    print(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
