"""How many events a second the API takes, one per call and in batches."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
import urllib.request

from bench.actor_data import payload
from bench.processes import ROOT, Stack
from bench.services import free_port, wait_for_port

CLIENTS = 4
SINGLE = 2000
BATCHES = 20
BATCH = 250


def run(stack: Stack) -> None:
    """Start gunicorn as documented and post; prints events per second for both ways."""
    token = stack.actor("token")["token"]
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:config.gunicorn",
        "config.wsgi",
    ]
    web = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}"],
        cwd=ROOT,
        env=stack.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=60).close()  # loaded
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        items = [
            {"type": "order_shipped", "customer": "c0", "payload": json.loads(payload(number))}
            for number in range(BATCH)
        ]
        single = [json.dumps(items[number % BATCH]) for number in range(SINGLE)]
        rate = _post(port, "/api/v1/order-events/", headers, single)
        print(f"ingest over HTTP, one event per call: {rate:.0f} events/s")
        rate = _post(port, "/api/v1/order-events/batch/", headers, [json.dumps(items)] * BATCHES)
        print(f"ingest over HTTP, {BATCH} per call: {rate * BATCH:.0f} events/s")
    finally:
        web.terminate()
        web.wait()
        stack.actor("wait", f"--count={SINGLE + BATCHES * BATCH}", "--seconds=60")
        stack.actor("clear")


def _post(port: int, path: str, headers: dict[str, str], bodies: list[str]) -> float:
    """Calls per second of a few clients with kept connections."""

    def client(mine: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for body in mine:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 202:
                raise RuntimeError(f"{path} answered {answer.status}")
        connection.close()

    threads = [
        threading.Thread(target=client, args=(bodies[start::CLIENTS],)) for start in range(CLIENTS)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(bodies) / (time.perf_counter() - started)
