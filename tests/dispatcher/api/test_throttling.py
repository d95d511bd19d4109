from __future__ import annotations

import pytest
from api_client import Api, problem
from django.core.exceptions import ImproperlyConfigured

from dispatcher.api import throttling
from dispatcher.api.throttling import Rate


def test_as_many_as_the_rate_says_are_let_through_in_a_window(clock):
    waits = [throttling.take("a", Rate(200, 60)) for _ in range(201)]

    assert waits[:200] == [0.0] * 200
    assert 0 < waits[200] <= 60


def test_the_next_window_begins_anew(clock):
    for _ in range(4):
        throttling.take("a", Rate(3, 60))
    clock.now += 60

    assert throttling.take("a", Rate(3, 60)) == 0.0


def test_processes_share_one_count(clock):
    for _ in range(2):
        assert throttling.take("a", Rate(2, 60)) == 0.0
    throttling.forget()  # as another process, which knows only the cache

    assert throttling.take("a", Rate(2, 60)) > 0


def test_while_the_cache_is_down_nobody_is_refused_and_it_is_left_alone(clock, no_cache):
    assert [throttling.take("a", Rate(1, 60)) for _ in range(5)] == [0.0] * 5
    assert len(no_cache) == 1


@pytest.mark.parametrize("text", ["x", "5/fortnight", "a/second"])
def test_a_rate_that_is_none_is_refused(text):
    with pytest.raises(ImproperlyConfigured, match="is not a rate"):
        throttling.parse_rate(text)


def test_too_many_requests_are_told_when_to_come_again(db, settings, clock):
    settings.READ_RATE = "1/minute"
    api = Api("read")
    api.get("events/")

    response = api.get("events/")

    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Try again in" in problem(response, 429)["detail"]


def test_another_token_is_counted_apart(db, settings, clock):
    settings.READ_RATE = "1/minute"
    Api("read").get("events/")

    assert Api("read").get("events/").status_code == 200


def test_guessing_tokens_is_slowed_down(db, settings, clock):
    settings.ANONYMOUS_RATE = "1/minute"
    stranger = Api(token="a" * 8 + "." + "b" * 32)

    problem(stranger.get("events/"), 401)
    problem(stranger.get("events/"), 429)
