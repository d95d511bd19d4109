"""A secret that was given for one receiver never goes to another."""

from __future__ import annotations

import factories
import notification_factories as notifications
import offer_factories as offers
import pytest

from config import transfer
from offers.models import Postback
from postbacks.models import Trigger

pytestmark = pytest.mark.django_db

ONE, TWO = "https://one.example/cb", "https://two.example/cb"


def plan(document, **values):
    return transfer.make_plan(document, find_secret=values.get)


@pytest.fixture
def pair():
    whose = {"affiliate": offers.affiliate(reference_id="nord")}
    whose["offer"] = offers.offer(reference_id="shoes")
    return [
        offers.postback(**whose, url=url, auth_kind="bearer", token=f"token-of-{url}")
        for url in (ONE, TWO)
    ]


def key_of(document, url):
    return next(key for key, row in document["postbacks"].items() if row["url"] == url)


def test_a_key_does_not_depend_on_what_else_is_there(pair):
    before = key_of(transfer.export(), TWO)
    offers.postback(affiliate=pair[0].affiliate, offer=pair[0].offer, url=f"{ONE}/three")
    pair[0].delete()

    assert key_of(transfer.export(), TWO) == before


def test_what_is_alone_on_staging_is_found_beside_another_here(pair):
    here = transfer.export()
    elsewhere = dict(here["postbacks"][key_of(here, TWO)])

    found = plan(here | {"postbacks": {"nord-shoes-any": elsewhere}})

    assert [change.action for change in found.changes] == ["change"]  # only the secret's name
    assert [list(change.fields) for change in found.changes] == [["token"]]
    assert found.only_here == (("postbacks", key_of(here, ONE)),)


def test_what_is_alone_here_is_found_beside_another_of_staging(pair):
    staging = transfer.export()
    pair[0].delete()

    found = plan(staging)

    assert [(one.action, one.key) for one in found.changes] == [("add", key_of(staging, ONE))]
    assert not found.only_here


def test_a_row_of_the_file_whose_address_was_changed_is_changed_only_once(pair):
    document = transfer.export()
    document["postbacks"][key_of(document, TWO)]["url"] = f"{TWO}/new"

    plan(document).apply(find_secret=lambda _: None, by=None)

    assert not plan(document).changes
    assert Postback.objects.count() == 2


def test_equal_rows_are_told_apart_and_stay(pair):
    Postback.objects.update(url=ONE)
    document = transfer.export()

    assert len(document["postbacks"]) == 2
    assert not plan(document).changes


def moved(document, section, change):
    (row,) = document[section].values()
    change(row)
    return document


@pytest.fixture
def trigger():
    headers = [{"name": "X-Api-Key", "value": "the-key-5Tq9", "is_secret": True}]
    return factories.trigger(customer=None, name="Shipped", url=ONE, headers=headers)


NAME = "TRIGGERS_SHIPPED_HEADERS_X_API_KEY"


@pytest.mark.parametrize(
    "url",
    ["https://two.example/cb", "https://one.example:8443/cb", "http://one.example/cb"],
    ids=["host", "port", "scheme"],
)
def test_a_secret_does_not_go_along_to_another_address(trigger, url):
    document = moved(transfer.export(), "triggers", lambda row: row.update(url=url))

    found = plan(document)

    assert found.missing == (NAME,)
    with pytest.raises(transfer.FormatError, match=NAME):
        found.apply(find_secret=lambda _: None, by=None)
    assert Trigger.objects.get().url == ONE


def test_with_a_value_it_goes(trigger):
    document = moved(transfer.export(), "triggers", lambda row: row.update(url=TWO))

    plan(document, **{NAME: "the-other-key"}).apply(find_secret=lambda _: "the-other-key", by=None)

    trigger = Trigger.objects.get()
    assert (trigger.url, trigger.rule.credentials["headers"]) == (
        TWO,
        [["X-Api-Key", "the-other-key"]],
    )


def test_another_path_of_the_same_host_keeps_the_secret(trigger):
    document = moved(transfer.export(), "triggers", lambda row: row.update(url=f"{ONE}/2"))

    assert not plan(document).missing


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda row: row.pop("headers"), (NAME,)),
        (lambda row: row["headers"][0].update(value=""), (NAME,)),
        (lambda row: row["headers"][0].update(value=None), (NAME,)),
        (lambda row: row.update(headers=[]), ()),
        (lambda row: row["headers"][0].update(value="1", is_secret=False), ()),
    ],
    ids=["left-out", "empty", "null", "removed", "replaced"],
)
def test_what_the_file_does_not_say_does_not_go_along_either(trigger, change, missing):
    def move(row):
        row["url"] = TWO
        change(row)

    assert plan(moved(transfer.export(), "triggers", move)).missing == missing


def test_a_mail_server_s_password_and_a_channel_s_headers_stay_too():
    factories.outgoing_server(username="smtp", password="the-password")
    headers = [{"name": "X-Key", "value": "the-key-5Tq9", "is_secret": True}]
    notifications.channel(name="Team", config={"url": ONE, "headers": headers})
    document = transfer.export()
    moved(document, "outgoing_servers", lambda row: row.update(host="mail.two.example"))
    moved(document, "channels", lambda row: row["config"].update(url=TWO))

    assert plan(document).missing == (
        "OUTGOING_SERVERS_DEFAULT_PASSWORD",
        "CHANNELS_TEAM_CONFIG_HEADERS_X_KEY",
    )


@pytest.mark.parametrize("key", ["set", "secret", "is_secret"])
def test_a_lookup_table_may_have_any_key(key):
    factories.lookup_table({key: "bundle"}, name="Sizes")
    document = transfer.read(transfer.write(transfer.export()))
    assert not plan(document).changes
    document["lookups"]["sizes"]["description"] = "Changed"

    found = plan(document)
    found.apply(find_secret=lambda _: None, by=None)

    assert found.missing == ()
    assert transfer.export()["lookups"]["sizes"]["rows"] == {key: "bundle"}
