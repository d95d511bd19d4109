"""What arrived can be read, followed, counted, forgotten and kept in a file."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from receiver_client import SECRET, Client

from dispatcher.receiver import Count, ReceiverProcess
from dispatcher.receiver.ledger import Ledger, Request


def request(webhook_id=b"", body=b""):
    return Request(b"POST", b"/ok", b"", body, webhook_id)


def test_a_line_tells_everything_about_a_request(client, receiver):
    before = datetime.now(tz=UTC)

    client.send(
        "/ok/shop?order=1",
        body='{"name": "Zoë"}'.encode(),
        headers={"webhook-id": "msg_1", "X-Twice": "a", "x-twice": "b"},
    )

    (line,) = receiver.ledger()
    at = datetime.fromisoformat(line.pop("at"))
    headers = line.pop("headers")
    number = line.pop("n")
    assert before <= at <= datetime.now(tz=UTC)
    assert headers["webhook-id"] == "msg_1"
    assert headers["x-twice"] == "a, b"
    assert number > 0
    assert line == {
        "method": "POST",
        "path": "/ok/shop?order=1",
        "webhook_id": "msg_1",
        "attempt": 1,
        "status": 200,
        "body": '{"name": "Zoë"}',
        "signature": "none",
    }


def test_a_body_that_is_not_text_is_kept_as_base64(client, receiver):
    client.send("/ok", body=b"\xff\x00")

    (line,) = receiver.ledger()
    assert line["body"] is None
    assert base64.b64decode(line["body_base64"]) == b"\xff\x00"


def test_reading_can_go_on_where_it_ended(client, receiver):
    for number in range(3):
        client.send(f"/ok/{number}")
    first, *_ = receiver.ledger()

    later = receiver.ledger(since=first["n"])

    assert [line["path"] for line in later] == ["/ok/1", "/ok/2"]
    assert receiver.ledger(since=later[-1]["n"]) == []


def test_requests_and_distinct_ids_are_counted(client, receiver):
    for webhook_id in ("a", "b", "a"):
        client.send("/ok", headers={"webhook-id": webhook_id})

    assert receiver.count() == Count(requests=3, webhook_ids=2)


def test_clearing_forgets_everything_but_the_numbers(client, receiver):
    client.send("/ok", headers={"webhook-id": "a"})
    (before,) = receiver.ledger()

    receiver.clear()
    client.send("/ok", headers={"webhook-id": "a"})

    (after,) = receiver.ledger()
    assert receiver.count() == Count(requests=1, webhook_ids=1)
    assert after["n"] == before["n"] + 1
    assert after["attempt"] == 1


@pytest.mark.parametrize("path", ["/", "/ledger", "/ledger?since=0", "/ledger/count"])
def test_the_receivers_own_pages_are_not_recorded(client, receiver, path):
    assert client.send(path, method="GET", body=None).status == 200
    assert receiver.count() == Count(0, 0)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/ledger", 405, id="the-ledger-takes-no-post"),
        pytest.param("GET", "/secret", 405, id="the-secret-cannot-be-read"),
        pytest.param("GET", "/ledger?since=x", 400, id="since-is-a-number"),
        pytest.param("POST", "/secret", 415, id="a-form-cannot-set-the-secret"),
    ],
)
def test_its_own_pages_refuse_what_they_do_not_offer(client, receiver, method, path, status):
    assert client.send(path, method=method).status == status
    assert receiver.count() == Count(0, 0)


def test_a_long_ledger_comes_whole(client, receiver):
    connection = client.connection()
    for _ in range(350):
        connection.request("POST", "/ok", b"x" * 1500)
        connection.getresponse().read()
    connection.close()

    lines = receiver.wait_for(350)

    assert [b["n"] - a["n"] for a, b in pairwise(lines)] == [1] * 349


def test_waiting_for_what_does_not_come_ends(receiver):
    with pytest.raises(TimeoutError, match="0 of 1"):
        receiver.wait_for(1, seconds=0.1)


def test_only_the_last_requests_are_kept():
    ledger = Ledger(keep=3)

    for webhook_id in (b"a", b"b", b"a", b"c", b"d"):
        ledger.record(request(webhook_id), 200, "200 OK")

    assert [entry.request.webhook_id for entry in ledger.since(0)] == [b"a", b"c", b"d"]
    assert [entry.n for entry in ledger.since(3)] == [4, 5]
    assert ledger.count() == (5, 3)  # b is forgotten, a was seen again
    assert ledger.since(0)[0].attempt == 2


def test_large_bodies_do_not_fill_the_memory():
    ledger = Ledger(keep=1000, keep_bytes=100_000)

    for _ in range(50):
        ledger.record(request(body=b"x" * 10_000), 200, "200 OK")

    assert 5 <= len(ledger.since(0)) <= 10


def test_a_file_keeps_every_line(tmp_path):
    file = tmp_path / "ledger.jsonl"
    file.write_text('{"n": 0}\n')

    with ReceiverProcess(ledger_file=file, secret=SECRET) as receiver:
        Client(receiver.url).send("/ok", headers={"webhook-id": "a"})
        Client(receiver.url).send("/status/503", headers={"webhook-id": "b"})

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line.get("webhook_id") for line in lines] == [None, "a", "b"]


def test_a_file_is_written_while_the_receiver_runs(tmp_path):
    file = tmp_path / "ledger.jsonl"

    with ReceiverProcess(ledger_file=file) as receiver:
        Client(receiver.url).send("/ok")

        give_up_at = time.monotonic() + 10
        while not file.read_text():
            assert time.monotonic() < give_up_at
            time.sleep(0.02)
