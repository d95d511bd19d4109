"""What operators see of deliveries and events, and what they can do to them."""

from __future__ import annotations

from urllib.parse import urlencode

import factories
import ledger
import pytest
from django.urls import NoReverseMatch, reverse

from dispatcher.models import Delivery, Destination, Request
from postbacks import services


@pytest.fixture
def trigger(db):
    return ledger.trigger(name="Tell the shop")


def page_of(row):
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def text(answer):
    return answer.content.decode()


def listed(console, **query):
    answer = console.get(f"{reverse('admin:dispatcher_delivery_changelist')}?{urlencode(query)}")
    return [row.pk for row in answer.context["cl"].result_list]


def test_a_delivery_shows_what_was_sent_and_what_came_back(console, trigger):
    delivery = ledger.delivery(attempts=3)

    page = text(console.get(page_of(delivery)))

    assert "Attempt 3" in page
    assert "503 Service Unavailable" in page
    assert "carrier is missing" in page
    assert "webhook-signature" in page
    assert "X-Api-Key" in page
    assert "&lt;b&gt;o-1&lt;/b&gt;" in page


def test_an_event_leads_to_its_deliveries_and_says_what_was_not_sent(console, trigger):
    factories.trigger(name="Unfinished", customer=None, status="draft")
    delivery = ledger.delivery()

    page = text(console.get(page_of(delivery.event)))

    assert page_of(delivery) in page
    assert "Unfinished" in page


def test_an_ended_delivery_is_resent_as_it_was(console, trigger):
    delivery = ledger.delivery(state="failed")

    console.post(reverse("admin:dispatcher_delivery_resend", args=[delivery.pk]))

    delivery.refresh_from_db()
    assert delivery.state == "pending"


def test_resending_with_the_current_configuration_leads_to_a_new_delivery(console, trigger):
    delivery = ledger.delivery(state="failed")

    answer = console.post(reverse("admin:dispatcher_delivery_current", args=[delivery.pk]))

    assert answer.url == page_of(Delivery.objects.get(resend_of=delivery))


def test_a_waiting_delivery_is_canceled(console, trigger):
    delivery = ledger.delivery(state="pending")

    console.post(reverse("admin:dispatcher_delivery_cancel", args=[delivery.pk]))

    delivery.refresh_from_db()
    assert delivery.state == "canceled"


def test_a_canceled_delivery_does_not_read_as_if_it_would_still_be_sent(console, trigger):
    delivery = ledger.delivery(state="pending", attempts=0)
    Request.objects.filter(pk=delivery.pk).delete()
    pending = text(console.get(page_of(delivery)))

    console.post(reverse("admin:dispatcher_delivery_cancel", args=[delivery.pk]))
    ended = text(console.get(page_of(delivery)))

    assert "If it fails" in pending
    assert "If it fails" not in ended
    assert "Nothing has been sent yet" not in ended
    assert "It has not been written yet" not in ended
    assert ended.count("Nothing was sent.") == 2


def test_the_bare_address_leads_to_the_operators_pages(client):
    answer = client.get("/")

    assert answer.url == reverse("admin:index")


@pytest.mark.parametrize("verb", ["resend", "current", "cancel"])
def test_looking_at_an_address_changes_nothing(console, trigger, verb):
    delivery = ledger.delivery()

    answer = console.get(reverse(f"admin:dispatcher_delivery_{verb}", args=[delivery.pk]))

    assert answer.status_code == 405


def test_what_cannot_be_resent_is_said_in_words(console, trigger):
    delivery = ledger.delivery(state="pending")
    address = reverse("admin:dispatcher_delivery_resend", args=[delivery.pk])

    page = text(console.post(address, follow=True))

    assert "still waiting to be sent" in page


@pytest.mark.parametrize(
    "sought",
    [
        pytest.param(lambda row: {"q": "PO-2"}, id="order"),
        pytest.param(lambda row: {"q": "order:PO-2"}, id="subject"),
        pytest.param(lambda row: {"q": str(row.uid)}, id="webhook-id"),
        pytest.param(lambda row: {"q": str(row.event_id)}, id="event"),
        pytest.param(lambda row: {"state": "failed"}, id="state"),
        pytest.param(lambda row: {"outcome": "rejected"}, id="outcome"),
    ],
)
def test_deliveries_are_found(console, trigger, sought):
    ledger.delivery(1)
    wanted = ledger.delivery(2, state="failed")

    assert listed(console, **sought(wanted)) == [wanted.pk]


def test_deliveries_are_found_by_day(console, trigger):
    delivery = ledger.delivery()
    day = f"{delivery.created_at:%Y-%m-%d}"

    assert listed(console, created_at_from=day, created_at_to=day) == [delivery.pk]
    assert listed(console, created_at_from="2099-01-01") == []
    assert listed(console, created_at_to="2001-01-01") == []


def test_nonsense_in_a_filter_is_no_error(console, trigger):
    delivery = ledger.delivery()

    assert listed(console, created_at_from="yesterday", state="odd", test="x") == [delivery.pk]


def test_a_held_delivery_says_why(console, trigger):
    delivery = ledger.delivery(state="pending")
    services.set_trigger_status(trigger=trigger, status="paused")

    page = text(console.get(page_of(delivery)))

    assert "Held: trigger paused" in page
    assert listed(console, state="held") == [delivery.pk]


@pytest.mark.parametrize("address", ["0", "99999999", "nonsense", "9" * 30])
def test_an_unknown_delivery_is_not_found(console, address):
    answer = console.get(reverse("admin:dispatcher_delivery_change", args=[address]))

    assert answer.status_code == 404


def test_a_page_of_a_waiting_delivery_refreshes_itself_until_it_has_ended(console, trigger):
    delivery = ledger.delivery(state="pending")
    waiting = text(console.get(page_of(delivery)))
    Delivery.objects.update(state="delivered")

    ended = text(console.get(page_of(delivery)))

    assert 'id="delivery" class="pb-page" style="padding-bottom: 0" data-refresh=' in waiting
    assert "data-refresh=" not in ended


def test_a_destination_is_paused_and_resumed(console, trigger):
    destination = Destination.objects.get()

    console.post(reverse("admin:dispatcher_destination_pause", args=[destination.pk]))
    destination.refresh_from_db()
    paused = destination.state
    console.post(reverse("admin:dispatcher_destination_resume", args=[destination.pk]))

    destination.refresh_from_db()
    assert (paused, destination.state) == ("paused", "active")


@pytest.mark.parametrize("model", ["delivery", "event", "rule", "destination", "purge", "logentry"])
def test_what_never_changes_has_no_history_page(model):
    app = "admin" if model == "logentry" else "dispatcher"

    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{app}_{model}_history", args=[1])

    assert reverse(f"admin:{app}_{model}_change", args=[1])
