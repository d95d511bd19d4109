"""Finds a receiver's ceiling: four processes that send prepared bytes and read answers.

python -m bench.hammer URL COUNT     prints requests per second
"""

from __future__ import annotations

import multiprocessing
import socket
import sys
import time
from urllib.parse import urlsplit

SENDERS = 4


def send(host: str, port: int, count: int) -> None:
    body = b"x" * 1500
    request = (
        b"POST /ok HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\n"
        b"Content-Length: 1500\r\n\r\n" + body
    )
    with socket.create_connection((host, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            connection.sendall(request)
            connection.recv(4096)


def main() -> None:
    target, count = urlsplit(sys.argv[1]), int(sys.argv[2])
    arguments = (target.hostname, target.port, count // SENDERS)
    senders = [multiprocessing.Process(target=send, args=arguments) for _ in range(SENDERS)]
    started = time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    print(count / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
