"""Bodies at the edge of what is taken, as a server hands them over."""

from __future__ import annotations

import io
import json

import pytest
from api_client import problem

LIMIT = 1024 * 1024


def body_of(size):
    frame = b'{"name": "x", "description": ""}'
    return frame[:-2] + b"y" * (size - len(frame)) + frame[-2:]


def test_a_body_of_one_mebibyte_is_read(api):
    assert api.post("customers/", body_of(LIMIT)).status_code == 201


def test_a_byte_more_is_refused(api):
    assert "1 MiB" in problem(api.post("customers/", body_of(LIMIT + 1)), 413)["detail"]


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 201), (LIMIT + 1, 413)])
def test_a_body_in_chunks_has_the_same_limit(api, size, status):
    api.client.defaults |= {
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": io.BytesIO(body_of(size)),
    }

    response = api.request("POST", "customers/")

    assert response.status_code == status
    if status == 413:
        problem(response, 413)
    else:
        assert json.loads(response.content)["name"] == "x"
