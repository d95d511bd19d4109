"""Renders batches of jobs in a confined process, and stands by it when it dies."""

from __future__ import annotations

import os
import threading
import weakref
from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Any, Self

from .application import answer, registered_names
from .jobs import Job, Problem, Rendered, Template
from .process import (
    Message,
    ProcessDiedError,
    ProcessStuckError,
    RendererUnavailableError,
    RenderingProcess,
    report_of,
)
from .sandbox import wire

WALL_SECONDS = 2.0  # for one job; a person at Render waits less than 3 s for any answer
_WINDOW_JOBS = 64
_WINDOW_CHARACTERS = 4 * 1024 * 1024
_SCHEMA = "The template's schema"
_PATTERN_HINT = " Look for a `pattern` that repeats a repetition, as (a+)+, and make it simpler."
_TEMPLATES = 256  # kept compiled in the process
_TEMPLATE_CHARACTERS = 2 * 1024 * 1024  # of their sources
_DEATHS = 2  # of the process during one job, until the job is to blame
_EMPTY_DEATHS = 3  # of a process that had not begun any


class Renderer:
    """One rendering process, started when first needed and again whenever it is gone.

    Thread safe: callers take turns. A renderer that a forked process inherits starts a process of
    its own there.
    """

    def __init__(self, *, wall_seconds: float = WALL_SECONDS) -> None:
        self._wall_seconds = wall_seconds
        self._process: RenderingProcess | None = None
        self._slots = _Slots()
        self._lock = threading.Lock()
        _renderers.add(self)

    def render(self, job: Job) -> Rendered:
        """One job, as `render_many`."""
        return self.render_many([job])[0]

    def render_many(self, jobs: Sequence[Job]) -> list[Rendered]:
        """A result for each job, in order; what a template does wrong is in the results.

        Raises RendererUnavailableError when there is no process to render in, and whatever a
        registered function raises other than RenderError: no result is known then; try again later.
        """
        with self._lock:
            return _Batch(self, jobs).run()

    def check_syntax(self, template: Template) -> list[Problem]:
        """What is wrong with a template before it sees a payload."""
        with self._lock:
            return _Batch(self, [Job((template,), "")], syntax_only=True).run()[0].errors

    def close(self) -> None:
        """End the process; the next render starts another."""
        with self._lock:
            self.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The rendering process, if there is one now."""
        return self._process.pid if self._process else None

    # For _Batch, with the lock held:

    def process(self) -> RenderingProcess:
        """The process, started if there is none."""
        if self._process is None:
            self._slots = _Slots()
            self._process = RenderingProcess()
        return self._process

    @property
    def slots(self) -> _Slots:
        """Which templates the process has."""
        return self._slots

    @property
    def wall_seconds(self) -> float:
        """How long one job may take."""
        return self._wall_seconds

    def discard(self) -> None:
        """Let go of the process."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def forget_inherited(self) -> None:
        """In a fork: the lock may be held by a thread that does not exist here."""
        self._lock = threading.Lock()
        self.discard()


class _Slots:
    """The templates that the process has been sent, least recently used first."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[Template, int] = OrderedDict()
        self._characters = 0
        self._free: list[int] = list(range(_TEMPLATES))

    def slot(self, template: Template, window: list[Any]) -> int:
        """The template's slot; a template the process does not have is added to the window."""
        number = self._numbers.get(template)
        if number is None:
            number = self._add(template)
            content = str(template.format), template.source, template.strict, template.schema
            window.append((number, *content))
        self._numbers.move_to_end(template)
        return number

    def _add(self, template: Template) -> int:
        size = _size(template)
        while self._numbers and (not self._free or self._characters + size > _TEMPLATE_CHARACTERS):
            old, number = self._numbers.popitem(last=False)
            self._free.append(number)
            self._characters -= _size(old)
        self._characters += size
        self._numbers[template] = self._free.pop()
        return self._numbers[template]


def _size(template: Template) -> int:
    return len(template.source) + len(template.schema)


class _Batch:
    """The work of one `render_many`."""

    def __init__(
        self, renderer: Renderer, jobs: Sequence[Job], *, syntax_only: bool = False
    ) -> None:
        self._renderer = renderer
        self._jobs = jobs
        self._syntax_only = syntax_only
        self._results: list[Rendered] = []
        self._failed: dict[int, Rendered] = {}
        self._deaths: Counter[int] = Counter()

    def run(self) -> list[Rendered]:
        while len(self._results) < len(self._jobs):
            first = len(self._results)
            if first in self._failed:
                self._results.append(self._failed.pop(first))
                continue
            try:
                self._run_window(first, self._window_end(first))
            except ProcessStuckError:
                self._blame(first, "{} takes too long: it was stopped after {:g} s.")
            except ProcessDiedError:
                self._after_death(first)
            except BaseException:
                self._renderer.discard()  # it waits for an answer that will not come
                raise
        return self._results

    def _window_end(self, first: int) -> int:
        end, characters = first, 0
        while end < len(self._jobs) and end not in self._failed and end - first < _WINDOW_JOBS:
            characters += len(self._jobs[end].payload)
            if end > first and characters > _WINDOW_CHARACTERS:
                break
            end += 1
        return end

    def _run_window(self, first: int, end: int) -> None:
        process = self._renderer.process()
        window: list[Any] = []
        for job in self._jobs[first:end]:
            slots = tuple([self._renderer.slots.slot(t, window) for t in job.templates])
            variables = dict(job.variables) if job.variables else None
            window.append(
                (slots, None if self._syntax_only else job.payload, variables, None, None)
            )
        process.send(registered_names(), window)
        while len(self._results) < end:
            message = process.receive(self._renderer.wall_seconds)
            if message.kind == wire.CALL:
                process.answer(answer(self._jobs[len(self._results)].owner, message.report))
            else:
                self._results.append(_rendered(message))

    def _after_death(self, first: int) -> None:
        """Whose fault is it? Memory shortage and kill -9 happen to innocent templates too."""
        process = self._renderer.process()
        at_work = process.job_at_work()
        if process.ran_out_of_cpu():
            self._blame(first, "{} takes too long: it was stopped.")
            return
        culprit = self._culprit()
        self._renderer.discard()
        if at_work is None:
            self._deaths[-1] += 1
            if self._deaths[-1] >= _EMPTY_DEATHS:
                message = "The rendering process ends again and again before it begins to work."
                raise RendererUnavailableError(message)
            return
        job = first + at_work
        self._deaths[job] += 1
        if self._deaths[job] >= _DEATHS and job >= len(self._results):
            self._fail(job, f"{culprit} makes the rendering process end unexpectedly.")

    def _blame(self, first: int, message: str) -> None:
        at_work = self._renderer.process().job_at_work() or 0
        culprit = self._culprit()
        hint = _PATTERN_HINT if culprit == _SCHEMA else ""
        self._renderer.discard()
        self._fail(first + at_work, message.format(culprit, self._renderer.wall_seconds) + hint)

    def _culprit(self) -> str:
        return _SCHEMA if self._renderer.process().is_at_schema() else "The template"

    def _fail(self, job: int, message: str) -> None:
        outputs = ("",) * len(self._jobs[job].templates)
        where = "schema" if message.startswith(_SCHEMA) else "template"
        self._failed[job] = Rendered(outputs, [Problem(None, None, message, where)])


def _rendered(message: Message) -> Rendered:
    if not message.report:
        return Rendered(message.outputs)
    errors, warnings = report_of(message)
    return Rendered(message.outputs, _problems(errors), _problems(warnings))


def _problems(rows: list[Any]) -> list[Problem]:
    return [
        Problem(line, column, str(text), str(where), str(path), int(part))
        for part, line, column, text, where, path in rows
    ]


_renderers: weakref.WeakSet[Renderer] = weakref.WeakSet()


def _after_fork() -> None:
    for inherited in list(_renderers):
        inherited.forget_inherited()


os.register_at_fork(after_in_child=_after_fork)
