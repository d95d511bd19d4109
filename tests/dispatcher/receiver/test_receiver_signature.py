"""Signatures are judged as a Standard Webhooks receiver would, as of their arrival."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from receiver_client import SECRET
from standardwebhooks import Webhook

from dispatcher.receiver.signature import Verdict, decode_secret, judge

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OTHER = "whsec_" + base64.b64encode(b"another key, thirty-two bytes too").decode()
BODY = '{"name": "Zoë"}'


def signed(*, secret=SECRET, at=NOW):
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, BODY),
    }


def verdict(headers, *, secret=SECRET, body=BODY):
    return judge(secret and decode_secret(secret), headers, body.encode(), NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(signed(), Verdict.VALID, id="as-the-library-signs"),
        pytest.param(signed(at=NOW - timedelta(seconds=299)), Verdict.VALID, id="a-while-ago"),
        pytest.param(signed(at=NOW - timedelta(seconds=301)), Verdict.STALE, id="too-old"),
        pytest.param(signed(at=NOW + timedelta(seconds=301)), Verdict.STALE, id="of-the-future"),
        pytest.param(signed(secret=OTHER), Verdict.INVALID, id="another-secret"),
        pytest.param(signed() | {"webhook-id": "msg_2"}, Verdict.INVALID, id="another-id"),
        pytest.param(signed() | {"webhook-timestamp": "soon"}, Verdict.INVALID, id="no-time"),
        pytest.param(signed() | {"webhook-signature": "v1"}, Verdict.INVALID, id="no-value"),
        pytest.param(signed() | {"webhook-signature": "v1,é"}, Verdict.INVALID, id="odd-value"),
        pytest.param({"webhook-id": "msg_1"}, Verdict.NONE, id="not-signed"),
    ],
)
def test_a_signature_is_judged(headers, expected):
    assert verdict(headers) == expected


def test_a_changed_body_is_invalid():
    assert verdict(signed(), body=BODY + " ") == Verdict.INVALID


def test_without_a_secret_nothing_is_checked():
    assert verdict(signed(), secret=None) == Verdict.UNCHECKED


def test_one_right_signature_of_two_is_enough():
    both = f"{signed(secret=OTHER)['webhook-signature']} {signed()['webhook-signature']}"

    assert verdict(signed() | {"webhook-signature": both}) == Verdict.VALID


@pytest.mark.parametrize("text", ["", "whsec_secret!", "whsec_é"])
def test_a_bad_secret_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match="looks like whsec_") as refusal:
        decode_secret(text)

    assert not text or text not in str(refusal.value)


def test_a_secret_set_later_is_used_for_what_came_before(client, receiver):
    at = datetime.now(tz=UTC)
    client.send("/ok", body=BODY.encode(), headers=signed(at=at))
    verdicts = [receiver.ledger()[0]["signature"]]

    for secret in (SECRET, OTHER):
        receiver.set_secret(secret)
        verdicts.append(receiver.ledger()[0]["signature"])

    assert verdicts == ["unchecked", "valid", "invalid"]
