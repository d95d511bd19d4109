"""`channels/` and `subscriptions/` over the API."""

from __future__ import annotations

import notification_factories as make
import pytest
from api_client import Api, developer, fields, problem

from dispatcher import signing
from dispatcher.models import Delivery, Rule
from notifications.models import Attachment, Channel

SECRET = "whsec_" + "QUJD" * 12
POSTBACK = {"name": "Shop", "kind": "postback", "config": {"url": make.URL}}
HOOK = "https://hooks.slack.com/services/T0000000/B0000000/abcdefghijklmnopqrstuvwx"


def test_a_channel_is_made_read_changed_and_deleted(api):
    made = api.post("channels/", POSTBACK)
    assert made.status_code == 201
    path = f"channels/{made.json()['id']}/"

    changed = api.patch(path, {"is_active": False, "config": {"url": make.URL + "/2"}})

    assert changed.json()["config"]["url"] == make.URL + "/2"
    assert api.get(path).json() == changed.json()
    assert [one["id"] for one in api.get("channels/").json()["results"]] == [made.json()["id"]]
    assert api.delete(path).status_code == 204
    problem(api.get(path), 404)


def test_secrets_are_written_and_never_read(api):
    secret_header = {"name": "X-Key", "value": "very-secret", "is_secret": True}
    body = POSTBACK | {
        "config": {"url": make.URL, "headers": [secret_header]},
        "secret": {"signing_secret": SECRET},
    }

    made = api.post("channels/", body).json()
    again = api.put(f"channels/{made['id']}/", made)

    assert made["secret"] == {"signing_secret": {"set": True}}
    for text in (str(made), again.content.decode()):
        assert "very-secret" not in text
        assert SECRET not in text
    stored = Channel.objects.get().secret
    assert stored["headers"] == [["X-Key", "very-secret"]]
    assert stored["signing"][0]["secret"] == SECRET
    assert Channel.history.count() == 1, "What was read and is sent back changes nothing."
    assert not any(hasattr(row, "secret") for row in Channel.history.all())


def test_a_removed_signing_secret_is_gone(api):
    made = api.post("channels/", POSTBACK | {"secret": {"signing_secret": SECRET}}).json()

    changed = api.patch(f"channels/{made['id']}/", {"secret": {"signing_secret": ""}})

    assert changed.json()["secret"] == {"signing_secret": {"set": False}}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"kind": "pigeon"}, ["kind"]),
        ({"name": " "}, ["name"]),
        ({"config": {}}, ["url"]),
        ({"config": {"url": "ftp://x"}}, ["url"]),
        ({"secret": {"signing_secret": "short"}}, ["signing_secret"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_what_is_wrong_with_a_channel_is_named(api, changes, wrong):
    assert fields(problem(api.post("channels/", POSTBACK | changes), 400)) == wrong


def test_a_channel_in_use_says_where(api):
    attached = make.attachment()

    document = problem(api.delete(f"channels/{attached.channel_id}/"), 409)

    assert "Order completed" in document["detail"]


def test_a_test_is_sent_and_answered_with_its_delivery(api, receiver, run_pass):
    channel = make.channel(config={"url": f"{receiver.url}/ok"}, secret={"signing_secret": SECRET})
    receiver.set_secret(SECRET)

    answer = api.post(f"channels/{channel.pk}/test/", {"event": "survey_completed"})
    run_pass()

    assert answer.status_code == 202
    delivery = Delivery.objects.get(uid=answer.json()["id"])
    assert delivery.is_test
    assert delivery.state == "delivered"
    [request] = receiver.ledger()
    assert '"survey_completed"' in request["body"]
    receiver.set_secret("")


def test_a_tests_own_payload_is_sent(api):
    channel = make.channel()

    answer = api.post(f"channels/{channel.pk}/test/", {"payload": {"n": 1.10}})

    assert Delivery.objects.get(uid=answer.json()["id"]).event.payload == '{"n": 1.1}'


def test_an_event_is_subscribed_to_a_channel(api):
    channel = make.channel()
    body = {"event": "refund_applied", "channel": channel.pk, "sources": ["funnel"]}

    made = api.post("subscriptions/", body)

    assert made.status_code == 201
    document = made.json()
    assert document["url"] == make.URL
    changed = api.patch(f"subscriptions/{document['id']}/", {"sources": []})
    assert changed.json()["sources"] == []
    refused = api.patch(f"subscriptions/{document['id']}/", {"event": "order_completed"})
    assert fields(problem(refused, 400)) == ["event"]
    assert api.delete(f"subscriptions/{document['id']}/").status_code == 204
    assert Channel.objects.exists()


def test_only_postbacks_can_be_subscribed_to_customer_created(api):
    body = {"event": "customer_created", "channel": make.slack().pk}

    document = problem(api.post("subscriptions/", body), 400)

    assert fields(document) == ["channel"]
    assert "postback channels only" in document["detail"]


@pytest.mark.parametrize("extra", [{}, {"channel": 1, "target_url": make.URL}])
def test_a_subscription_needs_a_channel_or_an_address(api, extra):
    if "channel" in extra:
        extra = extra | {"channel": make.channel().pk}

    answer = api.post("subscriptions/", {"event": "refund_applied", **extra})

    assert fields(problem(answer, 400)) == ["target_url"]


@pytest.fixture
def hook(db, receiver):
    """A program that subscribes as Zapier does: its calls, and where it listens."""
    user = developer()
    caller = Api("configure", "read", owner=user)
    return caller, f"{receiver.url}/ok", user


def test_a_program_subscribes_its_own_address_and_unsubscribes(api, hook, receiver, run_pass):
    caller, address, user = hook
    body = {"event": "order_completed", "target_url": address, "signing_secret": SECRET}

    made = caller.post("subscriptions/", body).json()
    again = caller.post("subscriptions/", body | {"sources": ["shop"]}).json()
    make.emit()
    run_pass()

    assert again["id"] == made["id"]
    assert Channel.objects.get().subscriber == user
    [request] = receiver.ledger()
    assert "webhook-signature" in {name.lower() for name in request["headers"]}
    assert caller.delete(f"subscriptions/{made['id']}/").status_code == 204
    assert not Channel.objects.exists()
    assert Rule.objects.get().state == "archived"


def test_a_program_that_answers_410_is_unsubscribed(
    hook, receiver, run_pass, django_capture_on_commit_callbacks
):
    caller, _, _ = hook
    caller.post(
        "subscriptions/", {"event": "order_completed", "target_url": f"{receiver.url}/gone"}
    )
    make.emit()

    with django_capture_on_commit_callbacks(execute=True):
        run_pass()

    assert not Attachment.objects.exists()
    assert not Channel.objects.exists()


def test_an_operators_channel_that_answers_410_stays(
    api, receiver, run_pass, django_capture_on_commit_callbacks
):
    make.attachment(config={"url": f"{receiver.url}/gone"})
    make.emit()

    with django_capture_on_commit_callbacks(execute=True):
        run_pass()

    assert Attachment.objects.get().rule.state == "paused"


def test_deliveries_can_be_asked_for_by_channel(api):
    one, other = make.attachment(), make.attachment("refund_applied")
    make.emit()
    make.emit("refund_applied", {"n": 1})

    found = api.get("deliveries/", {"channel": str(one.channel_id)}).json()["results"]

    assert [row["rule"] for row in found] == [one.rule_id]
    assert other.rule_id != one.rule_id


def test_a_new_secret_is_used_for_what_waits(api, receiver, run_pass):
    attached = make.attachment(
        config={"url": f"{receiver.url}/ok"}, secret={"signing_secret": SECRET}
    )
    make.emit()
    fresh = signing.new_secret()

    api.patch(f"channels/{attached.channel_id}/", {"secret": {"signing_secret": fresh}})
    receiver.set_secret(fresh)
    run_pass()

    assert receiver.ledger()[0]["signature"] in {"valid", "good", True}
    receiver.set_secret("")
