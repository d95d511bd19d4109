"""Signatures are made for each attempt: fresh, by the secrets that are valid then."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dispatcher import services, signing
from dispatcher.models import Delivery, Request
from dispatcher.sql import now

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def verify(request, secret):
    """As a receiver does it, at the time at which the request came."""
    headers = {name: request["headers"][name] for name in HEADERS}
    return Webhook(secret).verify(request["body"], headers)


def use(shop, *secrets, **more):
    entries = [{"secret": secret, "until": until} for secret, until in secrets]
    services.save_credentials(shop.rule, {"signing": entries, **more})


@pytest.fixture
def secret():
    return signing.new_secret()


def test_a_first_attempt_verifies(sender, receiver, run_pass, secret):
    shop = sender()
    use(shop, (secret, None))
    shop.emit()

    run_pass()

    assert verify(receiver.ledger()[0], secret)


def test_a_retry_hours_later_verifies_with_its_own_timestamp(
    sender, receiver, run_pass, secret, time_machine
):
    shop = sender("/flaky/1", delays=[7200])
    use(shop, (secret, None))
    shop.emit()
    run_pass()
    time_machine.move_to(datetime.now(UTC) + timedelta(hours=3))

    run_pass()

    first, second = receiver.ledger()
    assert Delivery.objects.get().state == "delivered"
    assert int(second["headers"]["webhook-timestamp"]) >= (
        int(first["headers"]["webhook-timestamp"]) + 3 * 3600
    )
    assert verify(second, secret)
    with pytest.raises(WebhookVerificationError):
        verify(first, secret)  # five minutes are over


def test_after_a_rotation_a_retry_verifies_with_both_secrets_and_later_with_the_new_one(
    sender, receiver, run_pass, secret, time_machine
):
    new = signing.new_secret()
    shop = sender("/flaky/2", delays=[60, 60])
    use(shop, (secret, None))
    shop.emit()
    run_pass()
    use(shop, (new, None), (secret, (now() + timedelta(hours=24)).isoformat()))
    time_machine.move_to(datetime.now(UTC) + timedelta(hours=1))
    run_pass()
    time_machine.move_to(datetime.now(UTC) + timedelta(hours=25))
    run_pass()

    _, overlapping, later = receiver.ledger()
    assert verify(later, new)
    with pytest.raises(WebhookVerificationError):
        verify(later, secret)
    assert len(overlapping["headers"]["webhook-signature"].split()) == 2


def test_the_stored_request_holds_no_secret(sender, receiver, run_pass, secret):
    shop = sender()
    use(shop, (secret, None), headers=[["X-Api-Key", "hunter2"]], authorization="Bearer t0ken")
    shop.emit()

    run_pass()

    [arrived] = receiver.ledger()
    stored = Request.objects.values().get()
    assert arrived["headers"]["x-api-key"] == "hunter2"
    assert arrived["headers"]["authorization"] == "Bearer t0ken"
    assert not any(word in str(stored) for word in ("hunter2", "t0ken", secret, "signature"))
