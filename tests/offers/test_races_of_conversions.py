"""Two at once, on connections of their own: each change fires once, none is lost."""

from __future__ import annotations

from threading import Barrier, Thread

import offer_factories as make
import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from dispatcher.models import Delivery, Event
from offers import services
from offers.models import Conversion, ConversionChange
from offers.services import Created, TransactionConflictError

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Start all at the same moment; what each returned or was refused with."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        barrier.wait()
        try:
            results[number] = act()
        except ValidationError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def chain(conversion):
    """Its changes as they followed each other."""
    changes = ConversionChange.objects.filter(conversion=conversion).order_by("pk")
    return list(changes.values_list("from_status", "to_status"))


def test_two_who_change_a_conversion_at_once_each_fire_once_one_after_the_other():
    postback = make.postback()
    conversion = make.conversion(offer=postback.offer, affiliate=postback.affiliate)
    seen = [Conversion.objects.get(pk=conversion.pk) for _ in range(2)]

    at_once(
        lambda: services.change_status(conversion=seen[0], status="done"),
        lambda: services.change_statuses(conversions=[seen[1].pk], status="rejected"),
    )

    first, second, third = chain(conversion)
    assert first == ("", "pending")
    assert second[0] == "pending"
    assert third[0] == second[1]
    assert {second[1], third[1]} == {"done", "rejected"}
    assert Delivery.objects.count() == Event.objects.count() == 3
    conversion.refresh_from_db()
    assert conversion.status == third[1]


def test_two_who_give_the_same_status_at_once_fire_it_once():
    postback = make.postback()
    conversion = make.conversion(offer=postback.offer, affiliate=postback.affiliate)
    seen = [Conversion.objects.get(pk=conversion.pk) for _ in range(4)]

    at_once(
        *(lambda one=one: services.change_status(conversion=one, status="done") for one in seen)
    )

    assert chain(conversion) == [("", "pending"), ("pending", "done")]
    assert Delivery.objects.count() == 2


def test_the_same_conversion_twice_at_once_is_stored_and_fires_once():
    postback = make.postback()
    item = make.item(offer=postback.offer, affiliate=postback.affiliate, transaction_id="T-1")

    results = at_once(*[lambda: services.create_conversion(item=item)] * 4)

    assert sorted(one.is_new for one in results) == [False, False, False, True]
    assert len({one.emitted.event_id for one in results}) == 1
    assert Conversion.objects.count() == Delivery.objects.count() == 1


def test_one_transaction_with_two_bodies_at_once_is_stored_once_and_the_other_told():
    postback = make.postback()
    items = [
        make.item(
            offer=postback.offer, affiliate=postback.affiliate, transaction_id="T-1", payout=payout
        )
        for payout in ("1", "2")
    ]

    results = at_once(*(lambda one=one: services.create_conversion(item=one) for one in items))

    assert {type(one) for one in results} == {Created, TransactionConflictError}
    assert Conversion.objects.count() == 1


def test_batches_that_share_conversions_in_different_order_do_not_wait_for_each_other():
    postback = make.postback()
    items = [
        make.item(offer=postback.offer, affiliate=postback.affiliate, transaction_id=f"T-{n}")
        for n in range(50)
    ]

    results = at_once(
        lambda: services.create_conversions(items=items),
        lambda: services.create_conversions(items=items[::-1]),
    )

    assert sum(one.is_new for batch in results for one in batch) == 50
    assert Conversion.objects.count() == Delivery.objects.count() == 50
