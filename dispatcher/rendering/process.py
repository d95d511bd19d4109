"""The rendering process as its parent sees it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import marshal
import mmap
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from .sandbox import wire

_ENTRY = (
    "import sys; sys.path += sys.argv[3:]; from sandbox.child import main; "
    "main(int(sys.argv[1]), int(sys.argv[2]))"
)
_LIBRARIES = (
    *("jinja2", "markupsafe", "lxml"),
    *("jsonschema", "jsonschema_specifications", "referencing", "rpds", "attr", "attrs"),
    "typing_extensions",  # of referencing
)
_START_SECONDS = 20.0
_TICK = 0.2  # seconds between looks at a silent process
_CPU_SHARE = 0.15  # a silent process that used less of the time is starved, not stuck
_STARVED_FACTOR = 6.0  # how much longer it may take then
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class RendererUnavailableError(Exception):
    """The rendering process cannot be started; nothing is wrong with any template. Try later."""


class ProcessDiedError(Exception):
    """The process ended on its own while it had work."""


class ProcessStuckError(Exception):
    """A job takes longer than it may; the process has to be killed."""


class Message(NamedTuple):
    """What the process said: a result (outputs and JSON report) or a call (JSON question)."""

    kind: int
    outputs: tuple[str, ...]
    report: bytes


def _library_paths() -> list[str]:
    """Where the process finds its own code and its libraries; it runs without site."""
    folders = [str(Path(__file__).parent)]
    for name in _LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec and spec.has_location and spec.submodule_search_locations is None and spec.origin:
            folders.append(str(Path(spec.origin).parent))
        elif spec and spec.origin:
            folders.append(str(Path(spec.origin).parent.parent))
    return list(dict.fromkeys(folders))


class RenderingProcess:
    """One child: confined, without environment, Django or anything of the application."""

    def __init__(self) -> None:
        self._started_by = os.getpid()
        with tempfile.TemporaryFile() as shared:
            shared.truncate(wire.PROGRESS.size)
            answers, self._answers = os.pipe()
            try:
                self._popen = self._spawn(answers, shared.fileno())
            except OSError as error:
                os.close(self._answers)
                message = f"The rendering process could not be started: {error.strerror}."
                raise RendererUnavailableError(message) from error
            finally:
                os.close(answers)
            self._progress = mmap.mmap(shared.fileno(), wire.PROGRESS.size)
        assert self._popen.stdin  # noqa: S101 - PIPE was asked for
        assert self._popen.stdout  # noqa: S101
        self._down, self._up = self._popen.stdin.fileno(), self._popen.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._up, select.POLLIN)
        self._buffer = bytearray()
        self._await_ready()

    def _spawn(self, answers: int, progress: int) -> subprocess.Popen[bytes]:
        arguments = [str(answers), str(progress), *_library_paths()]
        return subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-I", "-S", "-B", "-c", _ENTRY, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={},
            pass_fds=(answers, progress),
            start_new_session=True,  # Ctrl-C is the parent's business
        )

    def _await_ready(self) -> None:
        try:
            self.receive(_START_SECONDS)
        except (ProcessDiedError, ProcessStuckError) as error:
            self.kill()
            message = "The rendering process ended while it was starting."
            raise RendererUnavailableError(message) from error

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    def send(self, names: list[str], window: list[Any]) -> None:
        """Give it work. It reads a whole window before it writes, so this cannot deadlock."""
        self._progress[:] = wire.PROGRESS.pack(wire.NO_JOB, 0.0, wire.TEMPLATE)
        data = marshal.dumps((names, window))
        rest = memoryview(wire.WINDOW.pack(len(data)) + data)
        try:
            while rest:
                rest = rest[os.write(self._down, rest) :]
        except BrokenPipeError:
            raise ProcessDiedError from None

    def answer(self, data: bytes) -> None:
        """Answer a call."""
        with contextlib.suppress(BrokenPipeError):  # found out at the next read
            os.write(self._answers, wire.ANSWER.pack(len(data)))
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._answers, rest) :]

    def receive(self, seconds: float) -> Message:
        """The next message; raises ProcessStuckError when one job takes longer than `seconds`."""
        while True:
            message = self._take()
            if message is not None:
                return message
            self._wait(seconds)
            data = os.read(self._up, 1 << 18)
            if not data:
                raise ProcessDiedError
            self._buffer += data

    def _take(self) -> Message | None:
        buffer, start = self._buffer, wire.RESULT.size
        if len(buffer) < start:
            return None
        kind, count, report_length, body = wire.RESULT.unpack_from(buffer)
        if len(buffer) < start + body:
            return None
        position = start + count * wire.LENGTH.size
        outputs = []
        for number in range(count):
            (length,) = wire.LENGTH.unpack_from(buffer, start + number * wire.LENGTH.size)
            outputs.append(buffer[position : position + length].decode())
            position += length
        report = bytes(buffer[position : position + report_length])
        del buffer[: start + body]
        return Message(kind, tuple(outputs), report)

    def _wait(self, seconds: float) -> None:
        """Until something can be read. Time is counted per job, by the process's own progress."""
        if self._poll.poll(_TICK * 1000):
            return
        progress, since, used = self._job(), time.monotonic() - _TICK, self._cpu_seconds()
        while not self._poll.poll(_TICK * 1000):
            now = time.monotonic()
            if self._job() != progress:
                progress, since, used = self._job(), now, self._cpu_seconds()
            elif now - since > seconds and not self._starved(now - since, used, seconds):
                raise ProcessStuckError

    def _job(self) -> tuple[int, float]:
        """What tells one job from the next; a job that goes on to its schema is the same."""
        number, began, _ = wire.PROGRESS.unpack(self._progress)
        return number, began

    def _starved(self, silent: float, used: float, seconds: float) -> bool:
        """On an overloaded machine a good template must not be taken for a bad one."""
        if silent > seconds * _STARVED_FACTOR:
            return False
        return self._cpu_seconds() - used < silent * _CPU_SHARE

    def _cpu_seconds(self) -> float:
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return float("inf")  # not Linux, or gone: the clock on the wall decides
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND

    def ran_out_of_cpu(self) -> bool:
        """It died, and it was the limit on its CPU time, not somebody else's signal."""
        return self._popen.wait() == -signal.SIGXCPU

    def job_at_work(self) -> int | None:
        """The number, within its window, of the job it began last."""
        number: int = wire.PROGRESS.unpack(self._progress)[0]
        return None if number == wire.NO_JOB else number

    def is_at_schema(self) -> bool:
        """Whether the job it began last had come to the template's schema."""
        phase: int = wire.PROGRESS.unpack(self._progress)[2]
        return phase == wire.SCHEMA

    def kill(self) -> None:
        """End it and release everything; in a fork of the parent only let go of it."""
        if self._progress.closed:
            return
        if os.getpid() == self._started_by:
            self._popen.kill()
            self._popen.wait()
        else:
            self._popen.returncode = 0  # somebody else's child: nothing to wait for here
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream:
                stream.close()
        with contextlib.suppress(OSError):
            os.close(self._answers)
        self._progress.close()


def report_of(message: Message) -> tuple[list[Any], list[Any]]:
    """Errors and warnings of a result, each `[part, line, column, message, where, path]`."""
    errors, warnings = json.loads(message.report)
    return errors, warnings
