import pytest

from dispatcher.retries import RetryPolicy
from dispatcher.types import Outcome

SEVEN = RetryPolicy.from_data({"delays": [5, 60, 300, 1800, 7200, 18000, 36000]})
LISTED = RetryPolicy.from_data(
    {"delays": [1, 2, 3], "statuses": [503], "outcomes": ["rejected", "no_connection"]}
)


def next_delay(policy, outcome=Outcome.REJECTED, status=500, retry_after=None, tries=1, age=0):
    return policy.next_delay(
        outcome=outcome, status=status, retry_after=retry_after, tries=tries, age=age
    )


@pytest.mark.parametrize(
    ("outcome", "status", "is_retried"),
    [
        pytest.param(Outcome.REJECTED, 400, True, id="a-bad-request-is-tried-again"),
        pytest.param(Outcome.REJECTED, 500, True, id="a-server-error-is-tried-again"),
        pytest.param(Outcome.REJECTED, 410, False, id="gone-is-final"),
        pytest.param(Outcome.REDIRECTED, 302, False, id="a-redirect-is-final"),
        pytest.param(Outcome.TIMED_OUT, None, True, id="silence-is-tried-again"),
        pytest.param(Outcome.NO_CONNECTION, None, True, id="nobody-answers-is-tried-again"),
        pytest.param(Outcome.NAME_NOT_FOUND, None, True, id="an-unknown-name-is-tried-again"),
        pytest.param(Outcome.TLS_FAILED, None, True, id="failed-tls-is-tried-again"),
        pytest.param(Outcome.BLOCKED_ADDRESS, None, False, id="a-blocked-address-is-final"),
        pytest.param(Outcome.TEMPLATE_ERROR, None, False, id="a-template-error-is-final"),
        pytest.param(Outcome.CONFIGURATION_ERROR, None, False, id="bad-configuration-is-final"),
    ],
)
def test_the_default_policy_retries_what_the_spec_says(outcome, status, is_retried):
    delay = next_delay(SEVEN, outcome, status)

    assert (delay is not None) == is_retried


def test_retries_are_spaced_as_listed_and_never_earlier():
    for tries, listed in enumerate(SEVEN.delays, start=1):
        delay = next_delay(SEVEN, tries=tries)

        assert listed <= delay <= listed * 1.1


def test_the_last_listed_retry_is_the_last():
    assert next_delay(SEVEN, tries=8) is None


def test_without_delays_there_is_no_retry():
    assert next_delay(RetryPolicy.from_data({"delays": []})) is None


def test_a_longer_retry_after_is_honoured_and_a_shorter_one_is_not():
    assert next_delay(SEVEN, retry_after=120) == 120
    assert next_delay(SEVEN, retry_after=1) >= 5


def test_only_listed_statuses_and_outcomes_are_retried():
    assert next_delay(LISTED, status=503) is not None
    assert next_delay(LISTED, status=500) is None
    assert next_delay(LISTED, Outcome.TIMED_OUT, None) is None
    assert next_delay(LISTED, Outcome.NO_CONNECTION, None) is not None


def test_exponential_spacing_grows_to_its_longest():
    policy = RetryPolicy.from_data(
        {"exponential": {"retries": 4, "first": 10, "factor": 3, "longest": 60}}
    )

    assert policy.delays == (10, 30, 60, 60)


def test_no_retry_comes_after_the_greatest_age():
    policy = RetryPolicy.from_data({"delays": [100], "max_age": 150})

    assert next_delay(policy, age=10) is not None
    assert next_delay(policy, age=60) is None
