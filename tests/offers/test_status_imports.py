"""New statuses by CSV: previewed, imported once, nothing twice; and conversions written as CSV."""

from __future__ import annotations

import csv
import io

import factories
import offer_factories as make
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from dispatcher.configuration.errors import ChangedMeanwhileError
from dispatcher.models import Delivery, Event
from offers import services
from offers.models import Conversion, ConversionChange

pytestmark = pytest.mark.django_db


@pytest.fixture
def postback():
    return make.postback(conversion_status="done")


@pytest.fixture
def conversions(postback):
    items = [
        make.item(offer=postback.offer, affiliate=postback.affiliate, transaction_id=f"T-{n}")
        for n in range(5)
    ]
    return [one.conversion for one in services.create_conversions(items=items)]


def lines(*rows, heading="transaction_id,status"):
    return "\n".join([heading, *rows]).encode()


def statuses():
    return dict(Conversion.objects.order_by("pk").values_list("transaction_id", "status"))


MIXED = lines("T-0,done", "T-1,pending", "nowhere,done", "T-2,won", "", ",done", "T-3,rejected")


def test_a_preview_says_what_would_change_and_changes_nothing(conversions):
    waiting = services.preview_import(content=MIXED, file_name="march.csv")

    summary = waiting.summary
    assert (summary["changed"], summary["unchanged"], summary["unknown"]) == (2, 1, 1)
    assert summary["by_status"] == {"done": 1, "rejected": 1}
    assert summary["bad_count"] == 2
    assert [number for number, _ in summary["bad"]] == [4, 5, 7]
    assert "“won” is no status" in summary["bad"][1][1]
    assert set(statuses().values()) == {"pending"}


def test_with_bad_lines_nothing_is_half_done_unless_they_are_left_out(conversions):
    waiting = services.preview_import(content=MIXED, file_name="march.csv")

    with pytest.raises(ValidationError, match="3 lines cannot be imported"):
        services.apply_import(waiting=waiting)
    assert set(statuses().values()) == {"pending"}

    done, _ = services.apply_import(waiting=waiting, skip_bad=True)

    assert (done.changed, done.deliveries) == (2, 1)
    assert (statuses()["T-0"], statuses()["T-3"]) == ("done", "rejected")


def test_each_change_is_kept_with_its_author_and_file(conversions):
    user = factories.operator()

    services.import_statuses(content=lines("T-0,done"), file_name="march.csv", by=user)

    change = ConversionChange.objects.get(to_status="done")
    assert (change.by, change.origin) == (user, "Import of march.csv")


def test_the_same_file_again_changes_nothing(conversions):
    content = lines("T-0,done", "T-1,done")
    services.import_statuses(content=content)
    before = Event.objects.count(), ConversionChange.objects.count()

    done, summary = services.import_statuses(content=content)

    assert (done.changed, summary["unchanged"]) == (0, 2)
    assert (Event.objects.count(), ConversionChange.objects.count()) == before


def test_one_preview_is_imported_once(conversions):
    waiting = services.preview_import(content=lines("T-0,done"), file_name="x.csv")
    services.apply_import(waiting=waiting)

    with pytest.raises(ChangedMeanwhileError):
        services.apply_import(waiting=waiting)


def test_a_transaction_of_several_goals_needs_their_names(postback):
    goals = [make.goal(postback.offer) for _ in range(2)]
    for goal in goals:
        make.conversion(
            offer=postback.offer, affiliate=postback.affiliate, goal=goal, transaction_id="T-1"
        )
    reference = goals[1].reference_id
    heading = "Transaction ID;Status;Goal;Offer"
    named = lines(f"T-1;approved;{reference};{postback.offer.reference_id}", heading=heading)

    summary = services.preview_statuses(content=lines("T-1,done"))
    services.import_statuses(content=named)

    assert "Name the offer and the goal" in summary["bad"][0][1]
    assert Conversion.objects.get(status="done").goal == goals[1]


def test_a_conversion_that_is_there_twice_is_counted_once_and_never_contradicted(conversions):
    content = lines("T-0,done", "T-0,done", "T-0,rejected")

    summary = services.preview_statuses(content=content)

    assert (summary["changed"], summary["unchanged"], summary["bad_count"]) == (1, 1, 1)
    assert summary["bad"][0] == [4, "Line 2 gives the same conversion another status."]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "Missing: transaction_id, status", id="empty"),
        pytest.param(b"T-0,done\n", "must name the columns", id="no-heading"),
        pytest.param(b"PK\x03\x04\x00\x00", "no CSV file", id="excel"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content, words):
    with pytest.raises(ValidationError, match=words):
        services.preview_statuses(content=content)


@pytest.mark.parametrize(
    "content",
    [
        "\ufefftransaction_id,status\r\nT-0,done\r\n".encode(),
        "transaction_id\tstatus\nT-0\tDone\n".encode("utf-16"),
        b'"Transaction-ID"|"STATUS"\n"T-0"|" approved "\n',
    ],
    ids=["byte-order-mark", "utf-16-and-tabs", "bars-and-quotes"],
)
def test_files_are_read_whatever_program_wrote_them(conversions, content):
    services.import_statuses(content=content)

    assert statuses()["T-0"] == "done"


def test_ten_thousand_approved_fire_each_matching_postback_once_and_again_none(postback):
    also = make.postback(
        affiliate=None, offer=postback.offer, conversion_status="any", is_ordered=False
    )
    Conversion.objects.bulk_create(
        Conversion(
            offer=postback.offer,
            affiliate=postback.affiliate,
            transaction_id=f"T-{n}",
            fingerprint="x",
            status_changed_at=timezone.now(),
        )
        for n in range(10_000)
    )
    content = lines(*(f"T-{n},done" for n in range(10_000)))

    done, _ = services.import_statuses(content=content)
    again, summary = services.import_statuses(content=content)

    assert (done.changed, done.deliveries) == (10_000, 20_000)
    assert (again.changed, again.deliveries, summary["unchanged"]) == (0, 0, 10_000)
    fired = Delivery.objects.filter(event__type="conversion_changed")
    for rule in (postback.rule_id, also.rule_id):
        assert fired.filter(rule_id=rule).values("event").distinct().count() == 10_000
    assert fired.count() == 20_000


def test_what_is_exported_is_read_back_and_holds_no_formula(postback):
    conversion = make.conversion(
        offer=postback.offer, affiliate=postback.affiliate, transaction_id="T-9",
        click_id='=HYPERLINK("x")', payout="12.5", sub_id1='a,"b"',
    )  # fmt: skip

    text = "".join(services.export_conversions(Conversion.objects.all()))

    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["click_id"] == """'=HYPERLINK("x")"""
    assert (row["payout"], row["sub_id1"], row["goal"]) == ("12.50", 'a,"b"', "")
    services.import_statuses(content=text.replace("pending", "done").encode())
    conversion.refresh_from_db()
    assert conversion.status == "done"


def test_an_export_reads_a_page_at_a_time(conversions, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr("offers.services.imports.AT_ONCE", 2)

    with django_assert_max_num_queries(4):
        exported = list(services.export_conversions(Conversion.objects.all()))

    assert len(exported) == 6
