"""A payload that the API takes is one that pages take, and the other way round."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from dispatcher import checks, documents


def by_page(text):
    try:
        return checks.parse_payload(text)
    except ValidationError:
        return "refused"


def by_api(text):
    try:
        value = documents.read(b'{"payload": ' + text.encode(errors="surrogatepass") + b"}")
        payload = value["payload"]
    except documents.DocumentError:
        return "refused"
    return payload if isinstance(payload, dict) else "refused"


def nested(levels):
    return '{"a": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ('{"a": 1}', True),
        (' {"n": 123456789012345678901234567890, "d": 1.10, "e": 1e400}', False),
        ('{"n": 123456789012345678901234567890, "d": 0.30000000000000004440892}', True),
        (nested(64), True),
        (nested(65), False),
        (nested(50_000), False),
        ('{"a": 1, "a": 2}', False),
        ('{"a": {"b": 1, "b": 2}}', False),
        ('{"a": NaN}', False),
        ('{"a": "\\u0000"}', False),
        ('{"a": "\\ud800"}', False),
        ('{"a": "\\ud83d\\ude00"}', True),
        ("[]", False),
        ("null", False),
        ("", False),
        ('{"a": 1} x', False),
        ('{"a": 1,}', False),
        ('{"items": {"get": 1}, "a-b": null}', True),
    ],
)
def test_both_take_the_same(text, is_taken):
    page, api = by_page(text), by_api(text)

    assert page == api
    assert (page != "refused") == is_taken
