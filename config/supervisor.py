"""Keeps a handful of processes running on one machine, and ends all of them when asked to.

It needs nothing but the standard library. Each child gets a session of its own: a Ctrl-C in the
terminal then reaches the supervisor only, a worker is asked to stop by a signal to its main
process alone (django-q2 cuts tasks off when the whole group is signalled), and whatever a child
leaves behind can still be found and ended by its group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO

LOOK_SECONDS = 0.2  # how soon an ended child or a signal is noticed
STEADY_SECONDS = 60.0  # a child that ran this long starts again without delay
LONGEST_DELAY = 30.0

_say = partial(print, flush=True)  # at once, also into a pipe or a journal


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process to keep running.

    Its output goes to `log`, or where the supervisor's goes. `stops_last` is for what the others
    still need while they finish.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    stops_last: bool = False


class _Child:
    """The process of one program, over all its restarts."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.restart_at: float | None = None
        self._failures = 0

    def start(self) -> None:
        output = self._open_log()
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                self.program.command,
                env=os.environ | self.program.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()
        self.started_at = time.monotonic()
        self.restart_at = None

    def _open_log(self) -> IO[bytes] | None:
        return self.program.log.open("ab") if self.program.log else None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def age(self) -> float:
        return time.monotonic() - self.started_at

    def plan_restart(self) -> float:
        """Seconds until it is started again: 1, 2, 4 … unless it had run for a while."""
        self._failures = 1 if self.age >= STEADY_SECONDS else self._failures + 1
        delay = min(2.0 ** (self._failures - 1), LONGEST_DELAY)
        self.restart_at = time.monotonic() + delay
        return delay

    def ask_to_stop(self) -> None:
        if self.process is not None and self.is_running:
            self.process.terminate()

    def end_group(self) -> None:
        """Kill what is left of the child's session: itself, or orphans of its main process."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # nothing is left, as it should be
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Supervisor:
    """Runs programs until SIGTERM or SIGINT, starting again what ends by itself.

    `tell` gets a sentence about each thing that went wrong. `find_frozen`, asked every
    `watch_seconds` with the main process ids of what has been running for `steady_seconds`, names
    those to restart although they are alive. Every child has `stop_seconds` to finish before it
    is killed.
    """

    def __init__(
        self,
        programs: Iterable[Program],
        *,
        tell: Callable[[str], None] = _say,
        stop_seconds: float = 30.0,
        find_frozen: Callable[[Mapping[str, int]], Iterable[str]] | None = None,
        watch_seconds: float = 10.0,
        steady_seconds: float = STEADY_SECONDS,
    ) -> None:
        self._children = {program.name: _Child(program) for program in programs}
        self._tell = tell
        self._stop_seconds = stop_seconds
        self._find_frozen = find_frozen
        self._watch_seconds = watch_seconds
        self._steady_seconds = steady_seconds
        self._watched_at = time.monotonic()
        self._must_stop = False

    def run(self) -> None:
        """Start everything and return once everything has ended, after a signal. Main thread."""
        previous = {number: signal.signal(number, self._on_signal) for number in _STOP_SIGNALS}
        try:
            for child in self._children.values():
                child.start()
            while not self._must_stop:
                self._look_after_children()
                time.sleep(LOOK_SECONDS)
        finally:
            self._stop([child for child in self._children.values() if not child.program.stops_last])
            self._stop([child for child in self._children.values() if child.program.stops_last])
            for number, handler in previous.items():
                signal.signal(number, handler)

    @property
    def is_stopping(self) -> bool:
        """Whether a signal came; for threads that run beside `run`."""
        return self._must_stop

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._must_stop = True  # again: make and the terminal may both pass a signal on

    def _look_after_children(self) -> None:
        for child in self._children.values():
            if child.restart_at is not None:
                if time.monotonic() >= child.restart_at:
                    child.start()
            elif not child.is_running:
                self._take_note_of_end(child)
        if time.monotonic() - self._watched_at >= self._watch_seconds:
            self._restart_frozen()
            self._watched_at = time.monotonic()

    def _take_note_of_end(self, child: _Child) -> None:
        child.end_group()
        code = child.process.returncode if child.process else None
        delay = child.plan_restart()
        where = f" Its output is in {child.program.log}." if child.program.log else ""
        what = f"{child.program.name} ended by itself (exit {code})"
        self._tell(f"{what}; it starts again in {delay:.0f} s.{where}")

    def _restart_frozen(self) -> None:
        if self._find_frozen is None:
            return
        steady = {
            name: child.process.pid
            for name, child in self._children.items()
            if child.process and child.is_running and child.age >= self._steady_seconds
        }
        for name in self._find_frozen(steady):
            self._tell(f"{name} is alive but does nothing while work is overdue: restarting it.")
            self._stop([self._children[name]])
            self._children[name].start()

    def _stop(self, children: Sequence[_Child]) -> None:
        for child in children:
            child.ask_to_stop()
        give_up_at = time.monotonic() + self._stop_seconds
        while any(child.is_running for child in children) and time.monotonic() < give_up_at:
            time.sleep(0.05)
        for child in children:
            if child.is_running:
                self._tell(f"{child.program.name} did not stop in time and was killed.")
            child.end_group()


_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
