"""Whatever the other side does, a send ends in time, classified, and harms nothing after it."""

from __future__ import annotations

import gzip
import resource
import time

import pytest
from misbehaving_servers import OK, answers, hangs, post, repeats, resets

from dispatcher.types import Outcome

DEADLINE = 0.6
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    ("handler", "outcome", "status", "words"),
    [
        pytest.param(hangs, "timed_out", None, "waiting for the response", id="hangs"),
        pytest.param(
            answers(HEAD, then=repeats(b"x", 0.02)),
            "timed_out",
            None,
            "not complete",
            id="drips-head",
        ),
        pytest.param(
            answers(HEAD + b"Content-Length: 999\r\n\r\n", then=repeats(b"x", 0.02)),
            "timed_out",
            200,
            "not complete within 0.6 s",
            id="drips-body",
        ),
        pytest.param(
            answers(HEAD, then=repeats(b"A: b\r\n" * 1000)),
            "bad_answer",
            None,
            "headers",
            id="endless-headers",
        ),
        pytest.param(
            answers(HEAD, then=repeats(b"a" * 9999)),
            "bad_answer",
            None,
            "headers",
            id="endless-header-line",
        ),
        pytest.param(
            answers(then=repeats(b"HTTP/1.1 103 Hint\r\n\r\n")),
            "bad_answer",
            None,
            "interim",
            id="flood-of-1xx",
        ),
        pytest.param(
            answers(then=repeats(b"HTTP/1.1 100 Continue\r\n\r\n", 0.1)),
            "timed_out",
            None,
            "",
            id="drips-1xx",
        ),
        pytest.param(
            answers(
                b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", then=hangs
            ),
            "bad_answer",
            None,
            "not valid",
            id="switches-protocol",
        ),
        pytest.param(
            answers(), "no_connection", None, "closed before any", id="closes-after-request"
        ),
        pytest.param(lambda _: None, "no_connection", None, "before any", id="closes-at-once"),
        pytest.param(answers(then=resets), "no_connection", None, "before any", id="resets"),
        pytest.param(answers(b"SSH-2.0-x\r\n"), "bad_answer", None, "not valid", id="garbage"),
        pytest.param(
            answers(b"\0\xff" * 500), "bad_answer", None, "not valid", id="binary-garbage"
        ),
        pytest.param(answers(HEAD + b"Content-L"), "bad_answer", None, "middle", id="ends-in-head"),
        pytest.param(
            answers(HEAD + b"Content-Length: 9\r\n\r\nabc"),
            "bad_answer",
            200,
            "middle",
            id="short-body",
        ),
        pytest.param(
            answers(CHUNKED + b"3\r\nabc\r\n"), "bad_answer", 200, "middle", id="short-chunked"
        ),
        pytest.param(answers(CHUNKED + b"zz\r\n"), "bad_answer", 200, "not valid", id="bad-chunk"),
        pytest.param(
            answers(HEAD + b"\r\nto the end"), "delivered", 200, "", id="body-until-close"
        ),
        pytest.param(
            answers(b"HTTP/1.0 200\nA: b\n\nok"), "delivered", 200, "", id="bare-line-feeds"
        ),
        pytest.param(
            answers(CHUNKED, then=repeats(b"3e8\r\n" + b"x" * 1000 + b"\r\n")),
            "delivered",
            200,
            "",
            id="endless-chunked",
        ),
        pytest.param(
            answers(CHUNKED, then=repeats(b"1;" + b"e" * 9999 + b"\r\nx\r\n")),
            "delivered",
            200,
            "",
            id="endless-chunk-extensions",
        ),
        pytest.param(
            answers(
                b"HTTP/1.1 500 No\r\nContent-Length: 10000000000\r\n\r\n",
                then=repeats(b"x" * 65_536),
            ),
            "rejected",
            500,
            "500",
            id="ten-gigabytes",
        ),
        pytest.param(
            answers(
                HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB),
                BOMB,
            ),
            "delivered",
            200,
            "",
            id="gzip-bomb",
        ),
        pytest.param(
            answers(b"HTTP/1.1 103 Hint\r\nLink: x\r\n\r\n" + OK),
            "delivered",
            200,
            "",
            id="one-1xx",
        ),
    ],
)
def test_misbehaviour_is_classified_in_time_and_the_next_send_unharmed(
    serve, client, handler, outcome, status, words
):
    server = serve(handler)
    healthy = serve(answers(OK, keep_alive=True))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()

    exchange = client.send(post(server.url("/hook?token=s3cret")), deadline=DEADLINE)

    assert time.monotonic() - started < DEADLINE + 2
    assert (exchange.outcome, exchange.status) == (outcome, status)
    assert words in exchange.error
    assert "s3cret" not in exchange.error
    assert len(exchange.body) <= 65_536
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 30_000  # KiB
    assert client.send(post(healthy.url()), deadline=5).outcome == Outcome.DELIVERED
