from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from dispatcher import signing


def now():
    """Verifiers refuse a timestamp older than five minutes: not one of the module's import."""
    return int(datetime.now(UTC).timestamp())


@given(key=st.binary(min_size=24, max_size=64), message_id=st.uuids(), payload=st.text())
def test_the_library_of_the_standard_verifies_what_is_signed(key, message_id, payload):
    secret = "whsec_" + base64.b64encode(key).decode()
    body = json.dumps(payload, ensure_ascii=False).encode()

    headers = signing.headers(
        secrets=[secret], message_id=str(message_id), timestamp=now(), body=body
    )

    assert Webhook(secret).verify(body, dict(headers)) == payload


def test_during_a_rotation_both_secrets_verify_and_the_newest_comes_first():
    new, old = signing.new_secret(), signing.new_secret()
    body = '{"name": "Zoë"}'.encode()

    timestamp = now()
    headers = signing.headers(secrets=[new, old], message_id="m1", timestamp=timestamp, body=body)

    assert Webhook(new).verify(body, dict(headers)) == {"name": "Zoë"}
    assert Webhook(old).verify(body, dict(headers)) == {"name": "Zoë"}
    newest = signing.sign(secrets=[new], message_id="m1", timestamp=timestamp, body=body)
    assert dict(headers)["webhook-signature"].split()[0] == newest


def test_the_example_of_the_specification_has_its_signature():
    signature = signing.sign(
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_without_a_secret_there_is_an_id_and_a_time_but_no_signature():
    headers = signing.headers(secrets=[], message_id="m1", timestamp=5, body=b"")

    assert headers == [("webhook-id", "m1"), ("webhook-timestamp", "5")]


def test_new_secrets_are_valid_and_differ():
    first, second = signing.new_secret(), signing.new_secret()

    assert first != second
    assert signing.validate_secret(first) is None


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("", id="empty"),
        pytest.param(base64.b64encode(bytes(32)).decode(), id="no-prefix"),
        pytest.param("whsec_" + "A" * 30 + "!", id="no-base64"),
        pytest.param("whsec_é", id="not-ascii"),
        pytest.param("whsec_" + base64.b64encode(bytes(23)).decode(), id="too-short"),
        pytest.param("whsec_" + base64.b64encode(bytes(65)).decode(), id="too-long"),
    ],
)
def test_a_bad_secret_is_refused_without_being_repeated(secret):
    reason = signing.validate_secret(secret)

    assert reason
    assert not secret or secret.removeprefix("whsec_") not in reason
    with pytest.raises(signing.InvalidSecretError):
        signing.sign(secrets=[secret], message_id="m", timestamp=1, body=b"")
