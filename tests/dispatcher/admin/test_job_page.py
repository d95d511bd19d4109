"""A job's page: how many it dealt with, how many it left, and what became of those it sent."""

from __future__ import annotations

import ledger
import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from lxml import html

from dispatcher import services
from dispatcher.models import BulkJob, Delivery, Rule
from dispatcher.services import jobs


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)


@pytest.fixture
def failed(db):
    ledger.trigger(name="Tell my shop")
    return [ledger.delivery(number, state="failed") for number in range(5)]


def finish(job):
    while jobs.step():
        pass
    job.refresh_from_db()
    return job


def page_of(console, job):
    address = reverse("admin:dispatcher_delivery_job", args=[job.uid])
    return html.fromstring(console.get(address).content.decode())


def words(page, path="//div[@id='job']"):
    return " ".join(page.xpath(path)[0].text_content().split())


def became(console, page):
    """What the page says became of them, each with the rows that it leads to."""
    path = "//section[header/h2='What became of them']//dt"
    found = {}
    for label in page.xpath(path):
        [link] = label.xpath("following-sibling::dd[1]/a")
        rows = console.get(link.get("href")).context["cl"].result_list
        assert int(link.text_content()) == len(rows)
        found[label.text_content()] = {row.pk for row in rows}
    return found


def test_what_became_of_what_was_sent_again_is_said_with_its_lists(console, failed):
    job = finish(jobs.start(verb="resend", selection={"state": "failed"}))
    arrived, again = failed[:2]
    other = ledger.delivery(9, state="failed")
    ledger.ended(arrived.uid, state="delivered")
    ledger.ended(again.uid, state="failed")

    page = page_of(console, job)

    assert "5 handed over to be sent again." in words(page)
    assert became(console, page) == {
        "Delivered": {arrived.pk},
        "Failed": {again.pk},
        "Waiting": {row.pk for row in failed[2:]},
    }
    assert other.pk not in became(console, page)["Failed"]


def test_what_was_sent_again_and_is_held_is_said(console, failed):
    Rule.objects.update(breaker="open")
    job = finish(jobs.start(verb="resend", selection={"state": "failed"}))

    page = page_of(console, job)

    found = became(console, page)
    assert "5 of them are held at this moment." in words(page)
    assert found["Held, among those that wait"] == found["Waiting"] == {row.pk for row in failed}


def test_of_those_made_anew_the_new_ones_are_shown(console, failed):
    job = finish(jobs.start(verb="current", selection={"state": "failed"}))

    page = page_of(console, job)

    copies = set(Delivery.objects.filter(resend_of__isnull=False).values_list("pk", flat=True))
    assert len(copies) == 5
    assert "5 handed over to be sent again, as new deliveries." in words(page)
    assert became(console, page) == {"Waiting": copies}


def test_what_was_canceled_is_led_to(console, failed):
    waiting = ledger.delivery(9, state="pending")
    job = finish(jobs.start(verb="cancel", selection={}))

    page = page_of(console, job)

    assert "1 canceled, 5 left as they were" in words(page)
    assert became(console, page) == {"Canceled": {waiting.pk}}


def test_a_job_that_was_stopped_says_how_many_it_did_not_come_to(console, failed):
    job = jobs.start(verb="resend", selection={"state": "failed"})
    jobs.step()
    job.refresh_from_db()
    jobs.stop(job)

    said = words(page_of(console, BulkJob.objects.get()))

    assert "2 handed over to be sent again. 3 were not touched." in said


def test_what_other_work_has_taken_since_is_said(console, failed):
    first = finish(jobs.start(verb="resend", selection={"state": "failed"}))
    ledger.ended(*(row.uid for row in failed[:2]))
    finish(jobs.start(verb="resend", selection={"state": "failed"}))

    page = page_of(console, first)

    assert became(console, page) == {"Waiting": {row.pk for row in failed[2:]}}
    assert "Of 2 it is no longer known" in words(page)


def test_beyond_what_is_counted_the_page_says_at_least(console, failed, monkeypatch):
    monkeypatch.setattr("dispatcher.admin.results.MOST", 3)
    job = finish(jobs.start(verb="resend", selection={"state": "failed"}))

    assert "Waiting3+" in words(page_of(console, job))


def test_the_audit_names_a_job_as_a_person_would(console, failed):
    console.post(
        reverse("admin:dispatcher_delivery_matching"), {"verb": "resend", "filter-state": "failed"}
    )

    entry = LogEntry.objects.get()
    listed = console.get(reverse("admin:admin_logentry_changelist")).content.decode()

    started = date_format(timezone.localtime(BulkJob.objects.get().created_at), "M j, H:i")
    assert entry.object_repr == f"Resend as sent, {started}"
    assert "Work on many deliveries" in listed
    assert "Bulk job" not in listed


def test_a_resend_by_hand_leaves_it_with_its_job(console, failed):
    job = finish(jobs.start(verb="resend", selection={"state": "failed"}))
    ledger.ended(failed[0].uid)

    services.resend(Delivery.objects.get(pk=failed[0].pk))

    assert became(console, page_of(console, job))["Waiting"] == {row.pk for row in failed}
