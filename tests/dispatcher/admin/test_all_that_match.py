"""Filters, and what can be done with all deliveries that they name."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from urllib.parse import urlencode

import factories
import ledger
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from dispatcher import services
from dispatcher.models import BulkJob, Delivery
from dispatcher.selecting.times import span_text

LIST = "admin:dispatcher_delivery_changelist"


@pytest.fixture
def trigger(db):
    return ledger.trigger()


def listed(console, **query):
    answer = console.get(f"{reverse(LIST)}?{urlencode(query)}")
    return [row.pk for row in answer.context["cl"].result_list]


def text(answer):
    return answer.content.decode()


def exported(console, **query):
    address = f"{reverse('admin:dispatcher_delivery_export')}?{urlencode(query)}"
    content = b"".join(console.get(address).streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_pages_follow_each_other_by_key(console, trigger, monkeypatch):
    rows = [ledger.delivery(number).pk for number in range(5)]
    monkeypatch.setattr("dispatcher.admin.deliveries.DeliveryAdmin.list_per_page", 2)

    first = console.get(reverse(LIST)).context["cl"]
    second = console.get(reverse(LIST) + first.older_url).context["cl"]
    back = console.get(reverse(LIST) + second.newer_url).context["cl"]

    assert [row.pk for row in first.result_list] == [rows[4], rows[3]]
    assert [row.pk for row in second.result_list] == [rows[2], rows[1]]
    assert [row.pk for row in back.result_list] == [rows[4], rows[3]]
    assert first.counted == 5
    assert not first.newer_url


def test_a_count_stops_at_ten_thousand(console, trigger, monkeypatch):
    for number in range(4):
        ledger.delivery(number)
    monkeypatch.setattr("dispatcher.admin.keyset.CAP", 2)

    changelist = console.get(reverse(LIST)).context["cl"]

    assert (changelist.counted, changelist.result_count) == (3, 2)


@pytest.mark.parametrize(
    "sought",
    [
        pytest.param(lambda row: {"for": "Fine prints"}, id="customer-by-name"),
        pytest.param(lambda row: {"for": "fine"}, id="customer-by-reference"),
        pytest.param(lambda row: {"for": row.owner}, id="customer-by-link"),
        pytest.param(lambda row: {"type": "order_shipped", "for": row.owner}, id="event"),
        pytest.param(lambda row: {"cause": "503", "for": row.owner}, id="cause"),
        pytest.param(lambda row: {"destination__id__exact": row.destination_id}, id="destination"),
        pytest.param(lambda row: {"rule__id__exact": row.rule_id}, id="rule"),
        pytest.param(lambda row: {"q": "https://fine.example/in"}, id="URL"),
        pytest.param(lambda row: {"q": "https://fine.example"}, id="host"),
    ],
)
def test_deliveries_are_found_by_filter(console, sought):
    ledger.trigger(url="https://other.example/in")
    ledger.delivery(1)
    fine = factories.customer(name="Fine prints", reference_id="fine")
    ledger.trigger(url="https://fine.example/in", customer=fine)
    emitted = ledger.emit(2, customer=fine)
    wanted = Delivery.objects.filter(uid__in=[one.id for one in emitted.deliveries])
    wanted.update(cause="503")
    row = wanted.get(destination__key="https://fine.example:443")

    found = listed(console, **sought(row))

    assert row.pk in found
    assert Delivery.objects.order_by("pk").first().pk not in found


def test_a_chart_bar_leads_to_what_ended_in_its_time(console, trigger):
    early, meant = ledger.delivery(1, state="failed"), ledger.delivery(2, state="failed")
    moment = timezone.now() - timedelta(hours=5)
    Delivery.objects.filter(pk=early.pk).update(finished_at=moment)

    span = span_text(moment - timedelta(minutes=1), moment + timedelta(minutes=1))

    assert listed(console, ended=span) == [early.pk]
    assert listed(console, ended="1h") == [meant.pk]
    assert listed(console, ended="nonsense") == [meant.pk, early.pk]


def test_all_that_match_are_counted_and_confirmed_before_anything_is_done(console, trigger):
    ledger.delivery(1, state="failed")
    ledger.delivery(2)
    address = reverse("admin:dispatcher_delivery_matching")

    page = text(console.get(f"{address}?state=failed"))
    answer = console.post(address, {"verb": "resend", "filter-state": "failed"}, follow=True)

    assert "1 delivery matches" in page
    job = BulkJob.objects.get()
    assert (job.selection, job.total) == ({"state": "failed"}, 1)
    assert "Progress" in text(answer)


def test_choosing_all_rows_of_the_list_asks_first(console, trigger):
    delivery = ledger.delivery(1, state="failed")
    data = {"action": "resend_selected", "select_across": "1", "_selected_action": [delivery.pk]}

    answer = console.post(f"{reverse(LIST)}?state=failed", data)

    assert answer.url == reverse("admin:dispatcher_delivery_matching") + "?state=failed"
    delivery.refresh_from_db()
    assert delivery.state == "failed"


def test_a_job_is_stopped_by_hand(console, trigger):
    ledger.delivery(1, state="failed")
    console.post(reverse("admin:dispatcher_delivery_matching"), {"verb": "resend"})
    job = BulkJob.objects.get()

    console.post(reverse("admin:dispatcher_delivery_job", args=[job.uid]))

    job.refresh_from_db()
    assert job.state == "stopped"


@pytest.mark.parametrize(
    ("name", "status"), [("matching", 403), ("failures", 200), ("why", 200), ("export", 200)]
)
def test_who_may_only_look_can_start_nothing(client, trigger, name, status):
    viewer = get_user_model().objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(viewer)
    address = reverse(f"admin:dispatcher_delivery_{name}")

    assert client.get(address).status_code == status
    assert client.post(address, {"verb": "resend"}).status_code in {403, 405, 200}
    assert not BulkJob.objects.exists()


def test_what_matches_is_exported(console, trigger):
    ledger.delivery(1)
    failed = ledger.delivery(2, state="failed")

    [row] = exported(console, state="failed")

    assert row["webhook-id"] == str(failed.uid)
    assert row["about"] == "Order PO-2"
    assert row["state"] == "Failed"


def test_an_export_of_many_batches_is_whole(console, trigger, monkeypatch):
    monkeypatch.setattr("dispatcher.admin.export.BATCH", 2)
    for number in range(5):
        ledger.delivery(number)

    assert len({row["webhook-id"] for row in exported(console)}) == 5


def test_a_formula_in_a_name_is_no_formula_in_the_export(console):
    ledger.trigger(name="=HYPERLINK(1)")
    ledger.delivery(1)

    [row] = exported(console)

    assert row["because of"] == "'=HYPERLINK(1)"


def test_what_a_paused_rule_waits_for_has_no_stop(console, trigger):
    held = ledger.delivery(1, state="pending")
    services.pause_rule(held.rule_id, reason="by hand")
    services.jobs.discard(rule_id=held.rule_id)
    job = BulkJob.objects.get()
    address = reverse("admin:dispatcher_delivery_job", args=[job.uid])

    page = text(console.get(address))
    answer = console.post(address)

    job.refresh_from_db()
    assert ">Stop<" not in page
    assert "resume what is paused" in page
    assert (answer.status_code, job.state) == (403, "running")


def test_a_job_that_was_given_up_says_why(console, trigger, monkeypatch):
    ledger.delivery(1, state="failed")
    job = services.jobs.start(verb="resend", selection={"state": "failed"})

    def fail(keys, job):
        raise RuntimeError("broken")

    monkeypatch.setitem(services.jobs._VERBS, "resend", fail)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            services.jobs.step()

    page = text(console.get(reverse("admin:dispatcher_delivery_job", args=[job.uid])))
    assert "It failed 5 times in a row (RuntimeError)" in page
