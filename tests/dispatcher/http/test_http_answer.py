from __future__ import annotations

import gzip
import zlib

import pytest
import time_machine

from dispatcher.http import readable_body
from dispatcher.http.answer import retry_after

DAY = 86_400.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("0", 0.0, id="at-once"),
        pytest.param(" 90 ", 90.0, id="seconds"),
        pytest.param("999999", DAY, id="clamped-to-a-day"),
        pytest.param("9" * 5000, DAY, id="absurdly-long"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1.5", None, id="fraction"),
        pytest.param("Sat, 21 Nov 2026 09:10:00 GMT", 600.0, id="date"),
        pytest.param("Saturday, 21-Nov-26 09:10:00 GMT", 600.0, id="date-of-rfc-850"),
        pytest.param("Sat Nov 21 09:10:00 2026", 600.0, id="date-of-asctime"),
        pytest.param("Sat, 21 Nov 2026 08:00:00 GMT", 0.0, id="date-gone-by"),
        pytest.param("Sat, 21 Nov 2099 08:00:00 GMT", DAY, id="date-far-away"),
        pytest.param("Sat, 99 Nov 2026 08:00:00 GMT", None, id="no-date"),
        pytest.param("soon", None, id="word"),
        pytest.param("", None, id="empty"),
        pytest.param("٣", None, id="other-digits"),
    ],
)
@time_machine.travel("2026-11-21T09:00:00Z", tick=False)
def test_retry_after_is_read_in_both_forms_and_clamped(value, seconds):
    assert retry_after([("Date", "x"), ("Retry-After", value)]) == seconds


def test_without_the_header_there_is_no_retry_after():
    assert retry_after([("Content-Type", "text/plain")]) is None


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_a_bomb_inflates_to_64_kib_at_most(pack):
    packed = pack(bytes(30_000_000))[:65_536]

    assert len(readable_body([("Content-Encoding", "gzip")], packed)) == 65_536


@pytest.mark.parametrize(
    ("encoding", "body"),
    [pytest.param("gzip", b"not gzip", id="lie"), pytest.param("br", b"x", id="unknown")],
)
def test_a_body_that_cannot_be_inflated_is_shown_as_it_is(encoding, body):
    assert readable_body([("content-encoding", encoding)], body) == body
