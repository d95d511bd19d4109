"""What names a row, and what can name none."""

from __future__ import annotations

import pytest

from dispatcher import services
from dispatcher.keys import as_key, as_keys, find_row
from dispatcher.models import Rule

MOST = "9" * 18
NO_KEYS = [
    pytest.param("²", id="a-digit-that-is-no-number"),
    pytest.param("\N{ARABIC-INDIC DIGIT ONE}", id="an-arabic-digit"),
    pytest.param("7²", id="a-number-and-a-digit-that-is-none"),
    pytest.param("", id="nothing"),
    pytest.param(None, id="none"),
    pytest.param("None", id="none-as-text"),
    pytest.param(" 7", id="a-space-before"),
    pytest.param("7\n", id="a-line-break-behind"),
    pytest.param("-1", id="a-minus"),
    pytest.param(-1, id="a-negative-number"),
    pytest.param("+1", id="a-plus"),
    pytest.param("1.0", id="a-fraction"),
    pytest.param("1_0", id="an-underscore"),
    pytest.param("x", id="a-letter"),
    pytest.param(True, id="a-boolean"),
    pytest.param("1" * 19, id="nineteen-digits"),
    pytest.param(10**18, id="a-number-of-nineteen-digits"),
    pytest.param("1" * 5000, id="more-digits-than-python-reads"),
]


@pytest.fixture
def rule(db):
    return services.create_rule(kind="trigger", name="Tell the shop")


@pytest.mark.parametrize(
    ("text", "key"),
    [("0", 0), ("7", 7), (7, 7), ("120", 120), ("007", 7), (MOST, 10**18 - 1)],
    ids=repr,
)
def test_a_number_of_ascii_digits_is_a_key(text, key):
    assert as_key(text) == key


@pytest.mark.parametrize("text", NO_KEYS)
def test_whatever_else_there_is_can_be_no_key(text):
    assert as_key(text) is None


def test_among_texts_the_keys_are_found_in_their_order():
    assert as_keys(["7", "²", "", "3", " 1", "-1", 5, "7"]) == [7, 3, 5, 7]
    assert as_keys([]) == []


def test_a_row_is_found_by_its_key_as_text_or_number(rule):
    other = services.create_rule(kind="trigger", name="Tell the warehouse")

    assert find_row(Rule.objects.all(), str(rule.pk)) == rule
    assert find_row(Rule.objects.all(), other.pk) == other


def test_a_key_of_no_row_finds_none(rule):
    assert find_row(Rule.objects.all(), str(rule.pk + 1)) is None
    assert find_row(Rule.objects.all(), MOST) is None


def test_a_row_is_looked_for_among_these_rows_alone(rule):
    assert find_row(Rule.objects.exclude(pk=rule.pk), rule.pk) is None


@pytest.mark.parametrize("text", NO_KEYS)
def test_what_can_be_no_key_finds_no_row_and_asks_nothing(rule, django_assert_num_queries, text):
    with django_assert_num_queries(0):
        assert find_row(Rule.objects.all(), text) is None
