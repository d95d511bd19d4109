"""The receiver starts, says where it is, and stops when it is told to."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from receiver_client import SECRET, Client

from dispatcher.receiver import ReceiverProcess
from dispatcher.receiver.options import options_from
from dispatcher.receiver.process import ROOT

VALUES = {"host": "h", "port": 1, "secret": None, "ledger": None, "keep": 1, "quiet": True}


@contextmanager
def started(*command):
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_it_says_where_it_listens_and_stops_on_a_signal(number):
    with started("-m", "dispatcher.receiver", "--port", "0") as process:
        first = process.stdout.readline()
        client = Client(first.removeprefix("listening on ").strip())
        client.send("/ok/shop", headers={"webhook-id": "msg_1"})
        with client.connect() as hanging:
            hanging.sendall(b"GET /hang HTTP/1.1\r\nHost: r\r\n\r\n")
            second = process.stdout.readline()

            process.send_signal(number)
            _, errors = process.communicate(timeout=10)

    assert first.startswith("listening on http://127.0.0.1:")
    assert second.endswith("POST /ok/shop → 200 OK msg_1\n")
    assert errors == ""
    assert process.returncode == 0


def test_a_request_cannot_steer_the_terminal():
    with started("-m", "dispatcher.receiver", "--port", "0") as process:
        client = Client(process.stdout.readline().removeprefix("listening on ").strip())

        client.send("/ok", headers={"webhook-id": b"\x9b31m\tred"})

        assert process.stdout.readline().endswith("200 OK \\x9b31m?red\n")


def test_it_needs_no_django():
    imported = "import dispatcher.receiver.__main__, sys; print('django' in sys.modules)"

    with started("-c", imported) as process:
        answer, _ = process.communicate(timeout=30)

    assert answer == "False\n"


def test_the_management_command_serves_too():
    with started("manage.py", "receiver", "--port", "0", "--quiet") as process:
        client = Client(process.stdout.readline().removeprefix("listening on ").strip())

        assert client.send("/ok").status == 200

        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0


def test_an_address_in_use_is_said_in_words(receiver):
    port = receiver.url.rsplit(":", 1)[1]

    with pytest.raises(CommandError, match="in use"):
        call_command("receiver", "--port", port)


def test_a_process_that_cannot_start_says_so(receiver, capfd):
    port = int(receiver.url.rsplit(":", 1)[1])

    with pytest.raises(RuntimeError, match="did not start"):
        ReceiverProcess(port=port).start()

    assert "in use" in capfd.readouterr().err


def test_a_bad_secret_on_the_command_line_is_not_repeated():
    with started("-m", "dispatcher.receiver", "--secret", "whsec_hunter2!") as process:
        _, errors = process.communicate(timeout=10)

    assert process.returncode == 2
    assert "whsec_ followed by base64" in errors
    assert "hunter2" not in errors


def test_the_secret_is_not_in_the_options_repr():
    assert "key" not in repr(options_from(VALUES | {"secret": SECRET}))


def test_nothing_kept_is_refused():
    with pytest.raises(ValueError, match="--keep"):
        options_from(VALUES | {"keep": 0})


def test_a_stopped_process_says_that_it_is_not_running():
    with ReceiverProcess() as receiver:
        pass

    receiver.stop()
    with pytest.raises(RuntimeError, match="not running"):
        receiver.count()
