"""A postback whose deliveries only fail pauses; somebody mends it and lets it go on."""

from __future__ import annotations

from datetime import timedelta

import offer_factories as make
import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from dispatcher import services as dispatcher
from dispatcher.models import Delivery, Route, Rule
from offers import notices, services
from offers.models import Postback
from offers.services.resuming import pause_failing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _settings(settings, monkeypatch):
    settings.OFFERS_PAUSE_AFTER_FAILURES = 3
    settings.OFFERS_OPERATOR_EMAILS = ["operator@here.example"]
    settings.BREAKER_FAILURES = 1_000
    monkeypatch.setattr(notices, "_start", notices._send)


@pytest.fixture
def postback():
    return make.postback(affiliate=make.affiliate(email="club@affiliate.example"))


def ended(postback, *states, ago=timedelta()):
    """Deliveries that ended in these states, oldest first; whether the postback is paused now."""
    ids = []
    for state in states:
        make.conversion(offer=postback.offer, affiliate=postback.affiliate)
        delivery = Delivery.objects.filter(rule=postback.rule).last()
        Delivery.objects.filter(pk=delivery.pk).update(
            state=state, finished_at=timezone.now() - ago
        )
        ids.append(delivery.pk)
    return bool(pause_failing(ids))


def test_so_many_failures_in_a_row_pause_it(postback):
    assert not ended(postback, "failed", "failed")
    assert ended(postback, "failed")

    rule = Rule.objects.get(pk=postback.rule_id)
    assert (rule.state, rule.state_reason) == (
        "paused", "3 deliveries failed, one after the other.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "states",
    [
        pytest.param(("failed", "failed", "delivered", "failed", "failed"), id="one-arrived"),
        pytest.param(("failed", "failed", "failed", "delivered"), id="the-last-arrived"),
    ],
)
def test_one_that_arrived_ends_the_row(postback, states):
    assert not ended(postback, *states)


def test_it_does_not_matter_in_which_order_they_end(postback):
    for _ in range(3):
        make.conversion(offer=postback.offer, affiliate=postback.affiliate)
    first, second, third = Delivery.objects.order_by("pk").values_list("pk", flat=True)

    def end(pk):
        Delivery.objects.filter(pk=pk).update(state="failed", finished_at=timezone.now())
        return bool(pause_failing([pk]))

    assert [end(third), end(first), end(second)] == [False, False, True]


def test_a_long_queue_behind_them_hides_nothing(postback, monkeypatch):
    monkeypatch.setattr("dispatcher.services.failing.WINDOW", 2)
    for _ in range(6):
        make.conversion(offer=postback.offer, affiliate=postback.affiliate)
    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))[:3]
    Delivery.objects.filter(pk__in=ids).update(state="failed", finished_at=timezone.now())

    assert pause_failing(ids)


def test_failures_of_another_week_do_not_count(postback):
    ended(postback, "failed", "failed", ago=timedelta(hours=73))

    assert not ended(postback, "failed")
    assert not ended(postback, "failed")
    assert ended(postback, "failed")


def test_tests_do_not_count(postback):
    ended(postback, "failed", "failed")
    Delivery.objects.update(is_test=True)

    assert not ended(postback, "failed")


def test_zero_switches_it_off(postback, settings):
    settings.OFFERS_PAUSE_AFTER_FAILURES = 0

    assert not ended(postback, *["failed"] * 5)


def test_what_fails_for_others_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert pause_failing([1, 2, 3]) == []


def test_a_worker_pauses_it_and_affiliate_and_operator_are_told(
    postback, receiver, run_pass, settings, django_capture_on_commit_callbacks
):
    postback.url = f"{receiver.url}/status/500"
    services.save_postback(postback=postback)
    Route.objects.update(retry_policy={"delays": []})
    for _ in range(4):
        make.conversion(offer=postback.offer, affiliate=postback.affiliate)

    with django_capture_on_commit_callbacks(execute=True):
        run_pass()

    assert Rule.objects.get(pk=postback.rule_id).state == "paused"
    assert sorted(one.to[0] for one in mail.outbox) == [
        "club@affiliate.example", "operator@here.example",
    ]  # fmt: skip
    bodies = {one.to[0]: one.body for one in mail.outbox}
    own, page = f"/affiliates/postbacks/{postback.pk}/", f"/offers/postback/{postback.pk}/change/"
    assert f"{settings.BASE_URL}{own}" in bodies["club@affiliate.example"]
    assert f"{settings.BASE_URL}/admin{page}" in bodies["operator@here.example"]
    assert "/admin/" not in bodies["club@affiliate.example"]
    assert "3 deliveries failed" in mail.outbox[0].body
    make.conversion(offer=postback.offer, affiliate=postback.affiliate)
    assert Delivery.objects.filter(state="pending").count() == 1  # held, not lost
    assert services.held_count(postback) == 1


def test_switched_off_by_hand_nobody_is_told(postback, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        services.set_postback_active(postback=postback, is_active=False)

    assert not mail.outbox


@pytest.mark.parametrize(("send_held", "state"), [(True, "pending"), (False, "canceled")])
def test_resumed_what_was_held_is_sent_or_canceled(postback, send_held, state):
    ended(postback, "failed", "failed", "failed")
    make.conversion(offer=postback.offer, affiliate=postback.affiliate)

    canceled = services.resume_postback(
        postback=Postback.objects.get(pk=postback.pk), send_held=send_held
    )

    assert canceled == (0 if send_held else 1)
    assert Rule.objects.get(pk=postback.rule_id).state == "active"
    assert Delivery.objects.last().state == state


def test_after_it_was_resumed_the_count_begins_anew(postback):
    ended(postback, "failed", "failed", "failed")
    services.resume_postback(postback=Postback.objects.get(pk=postback.pk), send_held=True)

    assert not ended(postback, "failed", "failed")
    assert ended(postback, "failed")


def test_resumed_from_the_ledgers_the_count_begins_anew(
    postback, django_capture_on_commit_callbacks
):
    ended(postback, "failed", "failed", "failed")
    with django_capture_on_commit_callbacks(execute=True):
        dispatcher.resume_rule(postback.rule_id)

    assert not ended(postback, "failed")


def test_what_is_not_paused_cannot_be_resumed(postback):
    with pytest.raises(ValidationError, match="not paused"):
        services.resume_postback(postback=postback, send_held=True)

    services.set_postback_active(postback=postback, is_active=False)
    with pytest.raises(ValidationError, match="Activate it instead"):
        services.resume_postback(postback=postback, send_held=True)


def test_paused_by_hand_what_comes_is_held_and_nobody_is_told(
    postback, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        services.pause_postback(postback=Postback.objects.get(pk=postback.pk))
    make.conversion(offer=postback.offer, affiliate=postback.affiliate)

    assert not mail.outbox
    assert services.held_count(postback) == 1
    with pytest.raises(ValidationError, match="paused already"):
        services.pause_postback(postback=Postback.objects.get(pk=postback.pk))
