from datetime import timedelta

import pytest
from django.utils import timezone

from dispatcher.console import names
from dispatcher.console.names import Name
from dispatcher.console.wording import delivery_standing, duration_words, type_label
from dispatcher.models import Delivery, Destination, Event, Rule


def waiting(*, rule=None, destination=None, **fields):
    return Delivery(
        rule=Rule(**{"kind": "trigger", "name": "T"} | (rule or {})),
        destination=Destination(**{"key": "https://a.example:443"} | (destination or {})),
        event=Event(),
        **{"owner": "customer:1", "due_at": timezone.now()} | fields,
    )


@pytest.mark.parametrize(
    ("delivery", "label"),
    [
        pytest.param(waiting, "Waiting", id="waiting"),
        pytest.param(
            lambda: waiting(rule={"state": "paused"}), "Held: trigger paused", id="trigger-paused"
        ),
        pytest.param(
            lambda: waiting(rule={"breaker": "open"}),
            "Held: trigger keeps failing",
            id="trigger-failing",
        ),
        pytest.param(
            lambda: waiting(destination={"state": "paused"}),
            "Held: destination paused",
            id="destination-paused",
        ),
        pytest.param(
            lambda: waiting(destination={"breaker": "open"}),
            "Held: destination is failing",
            id="destination-failing",
        ),
        pytest.param(
            lambda: waiting(owner="customer:9"), "Held: customer not active", id="customer"
        ),
        pytest.param(
            lambda: waiting(due_at=timezone.now() + timedelta(hours=1)), "Scheduled", id="later"
        ),
        pytest.param(
            lambda: waiting(due_at=timezone.now() - timedelta(hours=1)),
            "Waiting (late)",
            id="overdue",
        ),
        pytest.param(
            lambda: waiting(attempts_made=1, outcome="rejected"), "Will be tried again", id="retry"
        ),
        pytest.param(
            lambda: waiting(lease_until=timezone.now() + timedelta(seconds=9)),
            "Sending now",
            id="leased",
        ),
        pytest.param(lambda: waiting(state="delivered"), "Delivered", id="delivered"),
        pytest.param(lambda: waiting(state="failed", outcome="rejected"), "Failed", id="failed"),
        pytest.param(lambda: waiting(state="canceled"), "Canceled", id="canceled"),
    ],
)
def test_a_delivery_says_where_it_stands(delivery, label):
    holds = {"customer:9": "The customer is inactive."}

    standing = delivery_standing(delivery(), owner_holds=holds, moment=timezone.now())

    assert standing.label == label
    assert standing.sentence


def test_every_reference_has_a_name_also_an_unknown_one(monkeypatch):
    monkeypatch.setitem(
        names._resolvers, "affiliate", lambda keys: {key: Name(f"A{key}", "/a/") for key in keys}
    )

    found = names.resolve(["affiliate:7", "nobody:3", ""])

    assert found == {"affiliate:7": Name("A7", "/a/"), "nobody:3": Name("Nobody 3")}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.5, "0.5 s"),
        (5, "5 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (1800, "30 min"),
        (3900, "1 h 5 min"),
        (36_000, "10 h"),
        (129_600, "36 h"),
        (259_200, "3 days"),
        (273_600, "3 days 4 h"),
    ],
)
def test_durations_are_words(seconds, words):
    assert duration_words(seconds) == words


def test_a_type_reads_as_a_sentence():
    assert type_label("order_in_transit") == "Order in transit"


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        pytest.param("paused", "It was canceled and will not be sent.", id="paused"),
        pytest.param(
            "archived",
            "It was canceled and will not be sent. Its trigger has been deleted.",
            id="deleted",
        ),
    ],
)
def test_a_canceled_delivery_does_not_give_the_reason_of_a_hold(state, sentence):
    rule = {"state": state, "state_reason": "The trigger is paused."}

    standing = delivery_standing(
        waiting(state="canceled", rule=rule), owner_holds={}, moment=timezone.now()
    )

    assert standing.sentence == sentence


@pytest.mark.parametrize(
    ("event_type", "label"),
    [
        ("order_shipped", "Order shipped"),
        ("transaction_approved", "Approved transaction"),
        ("tracking_updated", "Shipping tracking info updated"),
        ("deliveries_failed", "Deliveries failed for good"),
        ("conversion_created", "New conversion"),
        ("nobody_knows_it", "Nobody knows it"),
    ],
)
def test_a_type_is_called_as_its_app_calls_it(event_type, label):
    assert type_label(event_type) == label
