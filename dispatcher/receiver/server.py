"""Runs the receiver in one process until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from io import BufferedWriter

from dispatcher.receiver.app import Receiver
from dispatcher.receiver.feed import Follower
from dispatcher.receiver.formats import console_line, ledger_line
from dispatcher.receiver.ledger import Entry
from dispatcher.receiver.options import Options

BACKLOG = 1024
CONSOLE_LINES = 20  # of a batch; the rest is counted


def run(options: Options) -> None:
    """Listen, print `listening on <url>` first, and serve until SIGTERM or SIGINT.

    Raises OSError when the address cannot be listened on or the ledger file not be written.
    """
    asyncio.run(_serve(options))


async def _serve(options: Options) -> None:
    receiver = Receiver(keep=options.keep, secret=options.secret)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    servers = await _listen(receiver, options)
    _say(f"listening on {_url(servers[0])}")
    if not options.quiet:
        receiver.feed.follow(_print)
    if options.ledger_file is None:
        await stop.wait()
    else:
        with options.ledger_file.open("ab") as file:
            receiver.feed.follow(_writer(receiver, file))
            await stop.wait()
            receiver.feed.flush()
    await _close(servers, receiver)


async def _listen(receiver: Receiver, options: Options) -> list[asyncio.Server]:
    """A server for each address, all on the same port."""
    loop = asyncio.get_running_loop()
    servers: list[asyncio.Server] = []
    port = options.port
    for host in options.host.split(","):
        server = await loop.create_server(receiver.connection, host, port, backlog=BACKLOG)
        port = server.sockets[0].getsockname()[1]
        servers.append(server)
    return servers


async def _close(servers: Sequence[asyncio.Server], receiver: Receiver) -> None:
    for server in servers:
        server.close()
    for connection in list(receiver.connections):
        connection.abort()
    for server in servers:
        await server.wait_closed()


def _url(server: asyncio.Server) -> str:
    host, port = server.sockets[0].getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _print(entries: list[Entry]) -> None:
    lines = [console_line(entry) for entry in entries[:CONSOLE_LINES]]
    if len(entries) > CONSOLE_LINES:
        lines.append(f"… and {len(entries) - CONSOLE_LINES} more")
    if lines:
        _say("\n".join(lines))


def _writer(receiver: Receiver, file: BufferedWriter) -> Follower:
    def write(entries: list[Entry]) -> None:
        file.writelines(ledger_line(entry, receiver.site.secret) for entry in entries)
        file.flush()

    return write
