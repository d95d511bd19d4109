"""Conversions on the pages of operators: statuses by hand and by file, export, reconciliation."""

from __future__ import annotations

import io

import offer_factories as make
from django.urls import reverse
from offer_pages import paused_with_one_held, press, said

from offers.models import Conversion


def test_statuses_of_many_are_changed_at_once(console, operator):
    chosen = [make.conversion() for _ in range(3)]
    left = make.conversion()
    address = reverse("admin:offers_conversion_changelist")

    answer = console.post(
        address, {"action": "set_done", "_selected_action": [row.pk for row in chosen]}, follow=True
    )

    assert "3 set to done" in said(answer)
    assert Conversion.objects.filter(status="done").count() == 3
    left.refresh_from_db()
    assert left.status == "pending"
    change = chosen[0].changes.order_by("pk").last()
    assert (change.by, change.origin) == (operator, "Admin")


def test_one_status_is_changed_on_its_page_and_the_history_says_what_fired(console):
    offer, affiliate = make.offer(), make.affiliate()
    make.postback(offer=offer, affiliate=affiliate, conversion_status="done")
    make.postback(offer=offer, affiliate=affiliate, conversion_status="done", is_active=False)
    row = make.conversion(offer=offer, affiliate=affiliate)

    answer = press(console, "conversion_status", row, status="done")

    page = answer.content.decode()
    assert "1 postback fired" in said(answer)
    assert "Pending → Done" in page
    assert "Postback is not active" in page
    assert "nothing fires" in said(press(console, "conversion_status", row, status="done"))
    assert "Choose one of" in said(press(console, "conversion_status", row, status="nope"))


def upload(console, text):
    file = io.BytesIO(text.encode())
    file.name = "statuses.csv"
    return console.post(reverse("admin:offers_conversion_import"), {"file": file}, follow=True)


def test_a_file_of_statuses_is_looked_at_and_then_imported(console):
    row = make.conversion(transaction_id="ORD-1")
    page = upload(console, "transaction_id,status\nORD-1,approved\n")

    row.refresh_from_db()
    assert row.status == "pending"
    assert "can be imported" in page.content.decode()
    done = console.post(page.redirect_chain[-1][0], {"verb": "import"}, follow=True)

    assert "1 conversions changed" in said(done)
    row.refresh_from_db()
    assert row.status == "done"


def test_bad_lines_are_shown_and_left_out_only_when_asked(console):
    row = make.conversion(transaction_id="ORD-1")
    page = upload(console, "transaction_id,status\nORD-1,done\nORD-2,done\nORD-1,nope\n")
    address = page.redirect_chain[-1][0]

    assert "2 lines of statuses.csv cannot be imported" in page.content.decode()
    console.post(address, {"verb": "import"}, follow=True)
    row.refresh_from_db()
    assert row.status == "pending"
    console.post(address, {"verb": "import-good"}, follow=True)
    row.refresh_from_db()
    assert row.status == "done"


def test_a_file_that_is_none_is_refused_on_the_page(console):
    assert "not empty" in upload(console, "").content.decode()


def test_the_export_holds_what_the_filters_leave(console):
    make.conversion(transaction_id="ORD-1", status="done")
    make.conversion(transaction_id="ORD-2")

    answer = console.get(f"{reverse('admin:offers_conversion_export')}?status__exact=done")

    text = b"".join(answer.streaming_content).decode()
    assert "ORD-1" in text
    assert "ORD-2" not in text
    assert answer["Content-Disposition"].startswith("attachment")


def test_reconciliation_says_what_did_not_arrive_and_what_it_was_worth(console):
    made = paused_with_one_held()
    Conversion.objects.update(payout="1012.50", currency="EUR")
    address = reverse("admin:offers_conversion_reconciliation")

    answer = console.get(address)
    file = console.get(f"{address}?as=csv&affiliate={made.affiliate_id}")

    [row] = answer.context["rows"]
    assert (row["line"].owed, row["line"].held, row["missing"]) == (1, 1, "1,012.50 EUR")
    assert made.affiliate.name in answer.content.decode()
    head, line = file.content.decode().splitlines()
    assert head.startswith("month,affiliate,offer,currency,pending")
    assert line.endswith("1,0,0,1,0,0,1012.50")


def test_reconciliation_of_a_month_without_conversions_says_so(console):
    make.conversion()
    address = reverse("admin:offers_conversion_reconciliation")

    for month in ("2001-01", "nonsense", "2026-13"):
        answer = console.get(f"{address}?month={month}&affiliate=x&offer=999")
        assert answer.status_code == 200
    empty = console.get(f"{address}?month=2001-01").content.decode()
    assert "No conversion was reported in this month" in empty
