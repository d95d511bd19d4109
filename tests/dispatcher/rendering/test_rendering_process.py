"""The process behind a renderer: batches, limits, deaths, forks."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from dispatcher.rendering import (
    Job,
    Renderer,
    RendererUnavailableError,
    Template,
    check_syntax,
    process,
    renderer,
)

ECHO = (Template("text", "{{ v }}"),)
STUCK = (
    Template(
        "text",
        "{% set a = namespace(s=[1]) %}{% set b = namespace(s=[1]) %}{% for i in range(60) %}"
        "{% set a.s = [a.s, a.s] %}{% set b.s = [b.s, b.s] %}{% endfor %}{{ a.s == b.s }}",
    ),
)


def echo(value):
    return Job(ECHO, json.dumps({"v": value}))


def wait_until_gone(pid):
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


def test_results_come_in_the_order_of_the_jobs(shared_renderer):
    results = shared_renderer.render_many([echo(n) for n in range(500)])

    assert [r.output for r in results] == [str(n) for n in range(500)]


def test_no_jobs_no_results(shared_renderer):
    assert shared_renderer.render_many([]) == []


def test_outputs_larger_than_any_pipe_come_through(shared_renderer):
    values = ["x" * 500_000] * 20

    results = shared_renderer.render_many([echo(value) for value in values])

    assert [len(r.output) for r in results] == [500_000] * 20


def test_a_job_renders_several_templates_with_one_payload(shared_renderer):
    templates = (
        Template("text", "Order {{ id }}"),
        Template("html", "<b>{{ id }}</b>{{ nothing }}"),
        Template("json", "{"),
    )

    rendered = shared_renderer.render(Job(templates, '{"id": "<1>"}'))

    assert rendered.outputs[:2] == ("Order <1>", "<b>&lt;1&gt;</b>")
    assert [w.part for w in rendered.warnings] == [1]
    assert [e.part for e in rendered.errors] == [2]


def test_variables_stand_behind_the_payload(shared_renderer):
    job = Job((Template("text", "{{ a }}{{ b }}"),), '{"a": 1}', variables={"a": 8, "b": 9})

    assert shared_renderer.render(job).output == "19"


def test_more_templates_than_are_kept_compiled(shared_renderer):
    jobs = [Job((Template("text", f"{n}: {{{{ v }}}}"),), '{"v": 1}') for n in range(300)] * 2

    results = shared_renderer.render_many(jobs)

    assert [r.output for r in results] == [f"{n}: 1" for n in range(300)] * 2


def test_a_stuck_job_harms_no_other(own_renderer):
    jobs = [echo(1), echo(2), Job(STUCK, "{}"), echo(3)]

    results = own_renderer.render_many(jobs)

    assert [r.output for r in results] == ["1", "2", "", "3"]
    assert "takes too long" in results[2].errors[0].message


def test_a_job_out_of_memory_harms_no_other(own_renderer):
    hungry = Template(
        "text", "{% for i in range(90000) %}" + "{{ 'x' * 2000 }}" * 100 + "{% endfor %}"
    )
    hoarding = Template(
        "text",
        "{% set l = namespace(x=[]) %}{% for i in range(90000) %}"
        "{% set l.x = [l.x, [1] * 90] + [i] * 0 %}{% endfor %}",
    )

    results = own_renderer.render_many(
        [echo(1), Job((hungry,), "{}"), Job((hoarding,), "{}"), echo(2)]
    )

    assert [r.ok for r in results] == [True, False, False, True]


def test_memory_of_the_process_is_bounded_by_the_kernel(own_renderer):
    own_renderer.render(echo(1))

    limits = Path(f"/proc/{own_renderer.pid}/limits").read_text()

    wanted = {"Max address space": 192 * 1024**2, "Max open files": 16, "Max file size": 0}
    for name, amount in wanted.items():
        line = next(line for line in limits.splitlines() if line.startswith(name))
        assert line.split()[-3:-1] == [str(amount)] * 2


def test_the_process_has_no_environment_and_no_django(own_renderer):
    own_renderer.render(echo(1))

    environment = Path(f"/proc/{own_renderer.pid}/environ").read_bytes()
    maps = Path(f"/proc/{own_renderer.pid}/maps").read_text()

    assert environment == b""
    assert "psycopg" not in maps
    assert len(list(Path(f"/proc/{own_renderer.pid}/fd").iterdir())) <= 6


def test_a_killed_process_is_replaced_and_nothing_is_blamed(own_renderer):
    own_renderer.render(echo(1))
    os.kill(own_renderer.pid, signal.SIGKILL)

    results = own_renderer.render_many([echo(n) for n in range(100)])

    assert all(r.ok for r in results)


def test_a_process_killed_at_work_is_replaced_and_the_job_tried_again(own_renderer, lookups):
    killed = []

    def kill_once(owner, args, kwargs):
        if not killed:
            killed.append(own_renderer.pid)
            os.kill(own_renderer.pid, signal.SIGKILL)
        return "found"

    lookups(kill_once)

    rendered = own_renderer.render(Job((Template("text", "{{ lookups('a') }}"),), "{}"))

    assert rendered.output == "found"


def test_a_job_that_keeps_killing_the_process_is_an_error(own_renderer, lookups):
    lookups(lambda owner, args, kwargs: os.kill(own_renderer.pid, signal.SIGKILL))

    results = own_renderer.render_many(
        [echo(1), Job((Template("text", "{{ lookups('a') }}"),), "{}"), echo(2)]
    )

    assert [r.ok for r in results] == [True, False, True]
    assert "end unexpectedly" in results[1].errors[0].message


def test_no_process_is_no_fault_of_a_template(own_renderer, monkeypatch):
    monkeypatch.setattr(process, "_ENTRY", "raise SystemExit(1)")

    with pytest.raises(RendererUnavailableError):
        own_renderer.render(echo(1))

    monkeypatch.undo()
    assert own_renderer.render(echo(1)).ok


def test_closing_ends_the_process():
    own = Renderer()
    own.render(echo(1))
    pid = own.pid

    own.close()

    assert wait_until_gone(pid)
    assert own.render(echo(2)).output == "2"
    own.close()


def test_a_fork_gets_a_process_of_its_own(own_renderer):
    own_renderer.render(echo(1))
    before = own_renderer.pid
    child = os.fork()
    if child == 0:  # pragma: no cover - the other process
        good = own_renderer.render(echo("fork")).output == "fork" and own_renderer.pid != before
        own_renderer.close()
        os._exit(0 if good else 1)

    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert own_renderer.render(echo(2)).output == "2"
    assert own_renderer.pid == before


def test_threads_take_turns(shared_renderer):
    wrong = []

    def work(name):
        for n in range(40):
            results = shared_renderer.render_many([echo(f"{name}-{n}-{k}") for k in range(5)])
            wrong.extend(r for k, r in enumerate(results) if r.output != f"{name}-{n}-{k}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_syntax_is_checked_without_a_payload():
    assert check_syntax(Template("json", '{"a": "{{ a.b.c }}"}')) == []
    assert "no filter `uper`" in check_syntax(Template("json", "{{ a | uper }}"))[0].message


def test_there_is_one_renderer_for_all():
    assert renderer() is renderer()


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="not a template format"):
        Template("yaml", "")
