"""The rendering process: reads windows of jobs, writes one result for each."""

from __future__ import annotations

import gc
import json
import marshal
import mmap
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from . import limits, wire
from .environment import environment
from .functions import application_functions
from .problems import Problem
from .render import Result, Source, read_payload, render

_FLUSH_BYTES = 32 * 1024


def main(answers: int, progress: int) -> None:
    """Serve until the pipe is closed; `answers` and `progress` are file descriptors."""
    _confine()
    environment("json")
    gc.collect()
    gc.freeze()  # what is loaded now stays; do not look at it again
    gc.set_threshold(20_000, 10, 10)
    Server(answers, mmap.mmap(progress, wire.PROGRESS.size)).serve()


def _confine() -> None:
    """What the kernel enforces, before anything is read."""
    for kind, amount in (
        (resource.RLIMIT_AS, limits.ADDRESS_SPACE),
        (resource.RLIMIT_NOFILE, limits.OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))


class Server:
    """The loop, and what it keeps between windows."""

    def __init__(self, answers: int, progress: mmap.mmap) -> None:
        self._answers = answers
        self._progress = progress
        self._sources: dict[int, Source] = {}
        self._functions: dict[str, Any] = {}
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._cpu_limit = 0

    def serve(self) -> None:
        """Work until the application closes the pipe."""
        self._write(wire.RESULT.pack(wire.READY, 0, 0, 0))
        self._flush()
        while header := _read(0, wire.WINDOW.size):
            names, window = marshal.loads(_read(0, wire.WINDOW.unpack(header)[0]))  # noqa: S302 - from the application
            if names != list(self._functions):
                self._functions = application_functions(names, self.ask)
            self._work_off(window)
            self._flush()

    def _work_off(self, window: list[Any]) -> None:
        number = 0
        for slots, first, second, third, fourth in window:
            if type(slots) is int:  # a template for a slot
                self._sources[slots] = Source(first, second, third, fourth)
                continue
            self._begin_job(number)
            number += 1
            sources = [self._sources[slot] for slot in slots]
            try:
                variables = {**self._functions, **(second or {})}
                results = _job(sources, first, variables, self._begin_schema)
            except MemoryError:
                results = [Result(errors=[self._too_much_memory()])] * len(sources)
                self._put(results)
                self._flush()
                sys.exit(0)  # what is left is fragmented: a fresh process is as quick
            self._put(results)

    def _begin_job(self, number: int) -> None:
        used = time.process_time()
        self._progress[:] = wire.PROGRESS.pack(number, used, wire.TEMPLATE)
        limit = int(used) + limits.CPU_SECONDS
        if limit != self._cpu_limit:
            self._cpu_limit = limit
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))

    def _begin_schema(self) -> None:
        """Say that it is the schema which takes the time, and may be what ends the process."""
        number, used, _ = wire.PROGRESS.unpack(self._progress)
        self._progress[:] = wire.PROGRESS.pack(number, used, wire.SCHEMA)

    def _too_much_memory(self) -> Problem:
        is_schema = wire.PROGRESS.unpack(self._progress)[2] == wire.SCHEMA
        if is_schema:
            return Problem(None, None, "The template's schema needs too much memory.", "schema")
        return Problem(None, None, "The template needs too much memory.")

    def _put(self, results: list[Result]) -> None:
        outputs = [result.output.encode() for result in results]
        report = b""
        if any(result.errors or result.warnings for result in results):
            errors, warnings = _all(r.errors for r in results), _all(r.warnings for r in results)
            report = json.dumps([errors, warnings]).encode()
        lengths = b"".join([wire.LENGTH.pack(len(output)) for output in outputs])
        body = len(lengths) + sum(map(len, outputs)) + len(report)
        self._write(wire.RESULT.pack(wire.RENDERED, len(outputs), len(report), body) + lengths)
        for output in outputs:
            self._write(output)
        self._write(report)
        if self._waiting_bytes > _FLUSH_BYTES:
            self._flush()

    def _write(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)

    def _flush(self) -> None:
        data = memoryview(b"".join(self._waiting))
        self._waiting.clear()
        self._waiting_bytes = 0
        while data:
            data = data[os.write(1, data) :]

    def ask(self, question: bytes) -> bytes:
        """Have the application call one of its functions."""
        self._write(wire.RESULT.pack(wire.CALL, 0, len(question), len(question)) + question)
        self._flush()
        return _read(self._answers, wire.ANSWER.unpack(_read(self._answers, wire.ANSWER.size))[0])


def _job(
    sources: list[Source],
    payload_text: str | None,
    variables: dict[str, Any],
    at_schema: Callable[[], None],
) -> list[Result]:
    if payload_text is None:  # only the syntax is asked for
        return [Result(errors=source.problems(at_schema)) for source in sources]
    payload, problem = read_payload(payload_text)
    if problem:
        return [Result(errors=[problem]), *(Result() for _ in sources[1:])]
    return [render(source, payload, variables, at_schema) for source in sources]


def _all(of_parts: Iterable[list[Problem]]) -> list[Any]:
    return [[part, *problem] for part, problems in enumerate(of_parts) for problem in problems]


def _read(descriptor: int, size: int) -> bytes:
    """Exactly so many bytes, or none when the application is gone."""
    pieces = []
    while size:
        piece = os.read(descriptor, min(size, 1 << 20))
        if not piece:
            sys.exit(0)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
