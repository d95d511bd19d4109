"""The supervisor: nothing is left after a stop, and what ends or freezes starts again."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0

# Writes its process id, and those of its children, one file each, then sleeps for ever.
SHORT_LIVED = "import sys, os, pathlib; pathlib.Path(sys.argv[1], str(os.getpid())).touch();"
OBEDIENT = f"{SHORT_LIVED} import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {OBEDIENT}"
PARENT = (
    "import subprocess, sys, time;"
    f"subprocess.Popen([sys.executable, '-c', {OBEDIENT!r}, sys.argv[1]]); exec({OBEDIENT!r})"
)


@pytest.fixture
def directory(tmp_path):
    return tmp_path


@pytest.fixture
def supervise(directory):
    """Starts a supervisor in a process of its own, over children with the given code."""
    running = []

    def start(*codes, options="stop_seconds=5"):
        script = f"""
            import sys
            from config.supervisor import Program, Supervisor

            def child(number, code):
                command = [sys.executable, "-c", code, {str(directory)!r}]
                return Program(name=f"child-{{number}}", command=command)

            programs = [child(*each) for each in enumerate({list(codes)!r})]
            Supervisor(programs, {options}).run()
        """
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
    for pid in seen(directory):  # they hold the pipe open that is read next
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
    for process in running:
        process.communicate(timeout=PATIENCE)


def seen(directory):
    """Process ids of all children that ever came up."""
    return {int(path.name) for path in directory.iterdir()}


def is_alive(pid):
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition):
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["sigterm", "ctrl-c"])
def test_a_signal_ends_every_child(supervise, directory, number):
    supervisor = supervise(OBEDIENT, OBEDIENT)
    wait_until(lambda: len(seen(directory)) == 2)

    supervisor.send_signal(number)

    assert supervisor.wait(PATIENCE) == 0
    assert not any(is_alive(pid) for pid in seen(directory))


def test_a_child_that_does_not_stop_is_killed(supervise, directory):
    supervisor = supervise(STUBBORN, options="stop_seconds=0.5")
    wait_until(lambda: len(seen(directory)) == 1)

    supervisor.terminate()

    output, _ = supervisor.communicate(timeout=PATIENCE)
    assert "child-0 did not stop in time and was killed." in output
    assert not any(is_alive(pid) for pid in seen(directory))


def test_what_a_child_started_and_left_behind_ends_too(supervise, directory):
    supervisor = supervise(PARENT)
    wait_until(lambda: len(seen(directory)) == 2)

    supervisor.terminate()

    assert supervisor.wait(PATIENCE) == 0
    assert not any(is_alive(pid) for pid in seen(directory))


def test_a_signal_to_the_terminals_group_does_not_reach_the_children(supervise, directory):
    supervisor = supervise(OBEDIENT)
    wait_until(lambda: len(seen(directory)) == 1)

    (pid,) = seen(directory)

    assert os.getpgid(pid) == pid != os.getpgid(supervisor.pid)


def test_a_child_that_dies_is_started_again(supervise, directory):
    supervise(OBEDIENT)
    wait_until(lambda: len(seen(directory)) == 1)
    (first,) = seen(directory)

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: len(seen(directory)) == 2)
    assert not is_alive(first)
    (second,) = seen(directory) - {first}
    assert is_alive(second)


def test_a_child_that_keeps_dying_is_started_ever_less_often(supervise, directory):
    supervisor = supervise(SHORT_LIVED)

    lines = [supervisor.stdout.readline() for _ in range(2)]

    assert "starts again in 1 s" in lines[0]
    assert "starts again in 2 s" in lines[1]


def test_a_frozen_child_is_replaced(supervise, directory):
    options = "watch_seconds=0.1, steady_seconds=0, find_frozen=lambda pids: list(pids)[:1]"
    supervise(OBEDIENT, options=options)

    wait_until(lambda: len(seen(directory)) >= 2)

    first = min(seen(directory))
    wait_until(lambda: not is_alive(first))
