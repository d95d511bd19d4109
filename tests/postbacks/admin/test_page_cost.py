"""What it costs to open a page, found from the URL resolver: the same with few rows and many."""

from __future__ import annotations

import every_page
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

LIMIT = 15
PAGES_AT_LEAST = 45


def statements(console):
    """Name → the statements that its page needed, for all that can be opened."""
    found = {}
    for name, address in every_page.pages().items():
        with CaptureQueriesContext(connection) as captured:
            answer = console.get(address)
            _ = answer.content if not answer.streaming else list(answer.streaming_content)
        assert answer.status_code in {200, 302, 403, 404, 405}, address
        if answer.status_code == 200:
            found[name] = [row["sql"] for row in captured]
    return found


@pytest.mark.django_db
def test_a_page_needs_at_most_15_statements_however_many_rows_there_are(console, operator):
    every_page.fill(operator, 3)
    statements(console)  # what is looked up once per process is looked up
    few = statements(console)
    every_page.fill(operator, 57)

    many = statements(console)

    counts = {name: (len(few[name]), len(many[name])) for name in many}
    assert len(counts) >= PAGES_AT_LEAST
    assert {name: pair for name, pair in counts.items() if max(pair) > LIMIT} == {}
    assert {name: pair for name, pair in counts.items() if pair[0] != pair[1]} == {}
