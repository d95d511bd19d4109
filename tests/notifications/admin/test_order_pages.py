"""Orders: found, shown with everything that was sent, and retried where that may be."""

from __future__ import annotations

import json
from datetime import timedelta

import factories
import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils import timezone
from notification_factories import attachment, channel, emit, purchase, report

from dispatcher.models import Delivery
from notifications import documents, services
from notifications.admin.orders import OrderAdmin
from notifications.events import RETRIED_BY_HAND, EventType
from notifications.messages import links
from notifications.models import Order
from postbacks.services import NewOrderEvent, emit_order_event

LIST = "/admin/notifications/order/"
SCRIPT = "<script>alert(1)</script>"
OTHERS = ("tracking_updated", "product_conflict")


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def order(reference="PO-1", event="order_completed", *, source="shop", **parts):
    """The order of one emitted event, made of the event's sample."""
    sample = documents.sample(event) | {"source": source}
    sample["order"] |= {"reference": reference, "number": reference.removeprefix("PO-")}
    for name, value in parts.items():
        sample[name] = {**sample[name], **value}
    emit(event, sample, source=source)
    return Order.objects.get(reference=reference)


def page_url(row):
    return reverse("admin:notifications_order_change", args=[row.pk])


def retry_url(row):
    return reverse("admin:notifications_order_retry", args=[row.pk])


def fail(**which):
    Delivery.objects.filter(**which).update(state="failed", outcome="rejected")


def waiting():
    return Delivery.objects.filter(state="pending").count()


def test_every_order_is_on_one_page_of_the_list_whatever_its_time(console, monkeypatch):
    monkeypatch.setattr(OrderAdmin, "list_per_page", 2)
    for number, day in enumerate((3, 5, 4, 4, 4, 1, 2)):
        row = order(f"PO-{number}")
        Order.objects.filter(pk=row.pk).update(placed_at=f"2026-03-0{day}T09:00:00Z")

    def walk(start, link):
        pages, query = [], start
        while query is not None:
            listed = console.get(LIST + query).context["cl"]
            pages.append([row.reference for row in listed.result_list])
            last, query = query, getattr(listed, link) or None
        return pages, last

    there, oldest = walk("", "older_url")
    back, _ = walk(oldest, "newer_url")

    assert there == [["PO-1", "PO-4"], ["PO-3", "PO-2"], ["PO-0", "PO-6"], ["PO-5"]]
    assert [row for page in reversed(back) for row in page] == [
        row for page in there for row in page
    ]


@pytest.mark.parametrize("placed", [[0, 5], [0, -50, 0], [5, 0], [0, 5, 3, 0]])
def test_no_order_is_lost_from_a_filter_of_days_whenever_it_was_placed(console, placed):
    now = timezone.now()
    for number, days in enumerate(placed):
        purchase(f"tx-{number}", order=f"PO-{number}", source="shop",
                 occurred_at=now - timedelta(days=days))  # fmt: skip

    for to in (0, 3, 4, 6):
        day = timezone.localtime(now - timedelta(days=to))
        listed = console.get(LIST, {"placed_at_to": f"{day:%Y-%m-%d}"}).context["cl"].result_list
        expected = {f"PO-{number}" for number, days in enumerate(placed) if days >= to}
        assert {row.reference for row in listed} == expected


def test_orders_are_found_by_number_and_by_address(console):
    order("PO-1001", contact={"email": "Ann@example.com", "reference": "C1"})
    order("PO-1002", contact={"email": "bo@example.com", "reference": "C2"})

    for text in ("PO-1001", "1001", "ann@EXAMPLE.com", " 1001 "):
        page = text_of(console.get(LIST, {"q": text}))
        assert "PO-1001" in page, text
        assert "PO-1002" not in page, text


def test_orders_are_filtered_by_source_state_and_day(console):
    attachment()
    first, second = order("PO-1"), order("PO-2", source="funnel")
    fail(event__subject="order:PO-2")
    today = first.placed_at.date().isoformat()

    def shown(**query):
        page = text_of(console.get(LIST, query))
        return [one.reference for one in (first, second) if page_url(one) in page]

    assert shown() == ["PO-1", "PO-2"]
    assert shown(source="funnel") == ["PO-2"]
    assert shown(notifications="failed") == ["PO-2"]
    assert shown(notifications="pending") == ["PO-1"]
    assert shown(notifications="delivered") == []
    assert shown(placed_at_from=today, placed_at_to=today) == ["PO-1", "PO-2"]
    assert shown(placed_at_from="2099-01-01") == []


def test_the_page_shows_contact_items_transactions_and_what_was_sent(console):
    attachment(name=f"Warehouse {SCRIPT}")
    attachment(name="Funnels", sources=["funnel"])

    page = text_of(console.get(page_url(order(contact={"name": f"Ann {SCRIPT}"}))))

    assert SCRIPT not in page
    for words in (
        "Ann &lt;script&gt;", "ann@example.com", "Starter kit", "120.00 EUR", "tx-88121",
        "Insufficient funds", "Warehouse", "Source filtered out", "Storgatan 12",
    ):  # fmt: skip
        assert words in page, words


def test_customers_postbacks_of_the_same_order_are_on_its_page(console):
    row = order("PO-7")
    owner = factories.customer()
    factories.trigger(customer=owner, name="Tell the studio")
    payload = json.dumps({"orderId": "o", "orderReferenceId": "PO-7"})
    item = NewOrderEvent(type="order_shipped", customer=owner.reference_id, payload=payload)
    emit_order_event(item=item, emitter="user:1")

    page = text_of(console.get(page_url(row)))

    assert "Tell the studio" in page
    assert "Order shipped" in page


@pytest.mark.parametrize("event", sorted(RETRIED_BY_HAND))
def test_a_failed_notification_of_the_four_events_is_retried(console, event):
    attachment(event)
    row = order(event=event)
    fail()
    assert 'name="delivery"' in text_of(console.get(page_url(row)))
    uid = Delivery.objects.get().uid

    page = text_of(console.post(retry_url(row), {"delivery": uid}, follow=True))

    assert "1 notification is sent again" in page
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.uid) == ("pending", uid)


@pytest.mark.parametrize("event", sorted(set(EventType.values) - RETRIED_BY_HAND))
def test_the_other_six_have_no_button_and_cannot_be_retried(console, event):
    attachment(event)
    row = order()
    emit(event, documents.sample(event) | {"order": {"reference": row.reference}})
    fail(event__type=event)

    page = text_of(console.get(page_url(row)))
    answer = console.post(
        retry_url(row), {"delivery": Delivery.objects.get(state="failed").uid}, follow=True
    )

    assert 'name="delivery"' not in page
    assert "cannot be retried here" in text_of(answer)
    assert Delivery.objects.get(event__type=event).state == "failed"


def test_a_customers_failed_postback_has_no_button_here(console):
    row = order("PO-7")
    owner = factories.customer()
    factories.trigger(customer=owner)
    payload = json.dumps({"orderId": "o", "orderReferenceId": "PO-7"})
    item = NewOrderEvent(type="order_shipped", customer=owner.reference_id, payload=payload)
    emit_order_event(item=item, emitter="user:1")
    fail()

    assert 'name="delivery"' not in text_of(console.get(page_url(row)))


def test_all_that_failed_of_an_order_is_retried_at_once(console):
    for _ in range(3):
        attachment()
    attachment("tracking_updated")
    row = order()
    order(event="tracking_updated")
    fail()

    page = text_of(console.post(retry_url(row), follow=True))

    assert "3 notifications are sent again" in page
    assert waiting() == 3


def test_many_orders_are_retried_by_an_action(console):
    attachment()
    rows = [order(f"PO-{number}") for number in range(3)]
    fail()

    chosen = [row.pk for row in rows[:2]]
    console.post(LIST, {"action": "retry_selected", "_selected_action": chosen})

    assert waiting() == 2


def test_a_delivery_of_another_order_is_not_retried(console):
    attachment()
    row, other = order("PO-1"), order("PO-2")
    fail()
    uid = Delivery.objects.get(event__subject=other.subject).uid

    console.post(retry_url(row), {"delivery": uid})
    console.post(retry_url(row), {"delivery": "no-id"})

    assert waiting() == 0


def test_a_detached_channel_is_not_retried(console):
    made = attachment()
    row = order()
    fail()
    services.detach(attachment=made)

    page = text_of(console.get(page_url(row)))
    console.post(retry_url(row))

    assert 'name="delivery"' not in page
    assert waiting() == 0


def test_an_order_that_waits_says_when_it_fires(console):
    transaction = {"reference": "tx-1", "status": "approved"}
    report(
        "transaction", source="funnel", order="F-1", contact="a@b.example", transaction=transaction
    )
    row = Order.objects.get()

    assert "Fires in 30 min" in text_of(console.get(LIST))
    page = text_of(console.get(page_url(row)))
    assert "Waiting for the thank-you page" in page
    assert "in 30 min" in page
    assert page_url(row) in text_of(console.get(LIST, {"notifications": "completing"}))


def test_the_link_of_messages_leads_to_the_orders_page(console):
    row = order("PO/1 &ü?")
    address = links.order_page(row.reference).partition("//")[2].partition("/")[2]

    answer = console.get(f"/{address}")

    assert answer.url == page_url(row)
    unknown = console.get(
        reverse("admin:notifications_order_find"), {"reference": "?"}, follow=True
    )
    assert "No order with the reference" in text_of(unknown)


def test_who_may_only_look_can_retry_nothing(client, db):
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_order"))
    attachment()
    row = order()
    fail()
    client.force_login(viewer)

    page = text_of(client.get(page_url(row)))

    assert "Retry" not in page
    assert client.post(retry_url(row)).status_code == 403
    assert waiting() == 0


@pytest.mark.parametrize("count", [1, 10])
def test_the_list_and_a_page_take_few_statements(console, django_assert_max_num_queries, count):
    for _ in range(count):
        attachment(channel=channel())
        attachment("transaction_approved", channel=channel(), sources=["admin"])
    for number in range(count):
        row = order(f"PO-{number}")
        order(f"PO-{number}", event="transaction_approved")

    for address in (LIST, page_url(row)):
        with django_assert_max_num_queries(15):
            text_of(console.get(address))
