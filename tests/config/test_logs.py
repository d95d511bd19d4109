"""What log lines and page headers never hold."""

import io
import json
import logging

import pytest
import structlog

from config import logs


@pytest.fixture
def lines():
    """Log as in production, and read what came out, line by line."""
    options = logs.configuration(is_readable=False, level="INFO")["formatters"]["lines"]
    formatter = options.pop("()")(**options)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_a_line_is_json_with_time_level_and_name(lines):
    structlog.get_logger("dispatcher.test").warning("bell_not_heard", seconds=3)

    (line,) = lines()
    assert line["event"] == "bell_not_heard"
    assert (line["seconds"], line["level"], line["logger"]) == (3, "warning", "dispatcher.test")
    assert line["timestamp"].endswith("Z")


def test_other_peoples_loggers_write_the_same_lines(lines):
    logging.getLogger("django-q").info("Process %s ready", 7)

    assert lines()[0]["event"] == "Process 7 ready"


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"Authorization": "Bearer hidden-thing"}, id="header"),
        pytest.param({"url": "https://user:hidden-thing@example.com/x"}, id="login-in-a-url"),
        pytest.param({"url": "https://example.com/x?token=hidden-thing"}, id="query-string"),
        pytest.param({"error": "GET https://example.com/?a=hidden-thing failed"}, id="sentence"),
    ],
)
def test_secrets_do_not_get_into_a_line(lines, values):
    structlog.get_logger("dispatcher.test").error("failed", **values)

    (line,) = lines()
    assert "hidden-thing" not in json.dumps(line)


def test_a_query_string_in_a_traceback_is_hidden(lines):
    try:
        int("https://example.com/x?token=hidden-thing")
    except ValueError:
        structlog.get_logger("dispatcher.test").exception("failed")

    (line,) = lines()
    assert "https://example.com/x" in line["exception"]
    assert "hidden-thing" not in json.dumps(line)


@pytest.mark.django_db
def test_requests_are_logged_without_their_query_string(client, lines):
    client.get("/health/live?token=hidden-thing")

    written = lines()
    assert any(line.get("request") == "GET /health/live" for line in written)
    assert "hidden-thing" not in json.dumps(written)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/admin/login/", "/static/admin/css/base.css"])
def test_pages_forbid_scripts_that_are_not_ours(client, path):
    response = client.get(path)

    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert response.headers["Referrer-Policy"] == "same-origin"
    response.close()
