"""What a postback's URL, parameters and headers may hold; each refusal names its row."""

# ruff: noqa: E501
from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from offers.rows import check_request

URL = "https://affiliate.example/in"


def check(**changes):
    given = {
        "url": URL,
        "params": [],
        "headers": [],
        "kept": {},
        "in_query": True,
        "has_authorization": False,
    }
    return check_request(**given | changes)


def refused(**changes):
    with pytest.raises(ValidationError) as error:
        check(**changes)
    return error.value.message_dict


def param(name="p", value="{click_id}"):
    return {"name": name, "value": value}


def header(name="X-Click", value="{click_id}", *, is_secret=False):
    return {"name": name, "value": value, "is_secret": is_secret}


def test_what_is_right_is_given_back_in_its_parts():
    params, public, secret = check(
        params=[param(" p ", "{payout}")], headers=[header(), header("X-Key", "k", is_secret=True)]
    )

    assert params == [{"name": "p", "value": "{payout}"}]
    assert [row["value"] for row in public] == ["{click_id}", ""]
    assert secret == [["X-Key", "k"]]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "Give the URL"),
        ("affiliate.example/in", "must begin with http:// or https://"),
        ("ftp://affiliate.example/", "must begin with http:// or https://"),
        ("https:///in", "host"),
        ("https://a b.example/", "host name is not valid"),
        ("https://joe:pw@affiliate.example/", "must not hold a user name or password"),
        ("https://affiliate.example:99999/", "port"),
        ("https://10.0.0.1/{click_id}", "not allowed"),
        ("https://localhost/", "not allowed"),
        ("https://affiliate.example/\r\nX: 1", "control character"),
        ("https://affiliate.example/\x00", "NUL"),
        ("https://affiliate.example/" + "a" * 2048, "more than 2048 characters"),
        ("https://affiliate.example/{clickid}", "Column 27: there is no macro {clickid}. Did you mean {click_id}?"),
        ("https://{offer}.example/", "cannot stand in the scheme, host or port"),
        ("https://affiliate.example/{click_id", "never closed"),
    ],
)  # fmt: skip
def test_a_bad_url_is_refused_at_its_field(url, message):
    [said] = refused(url=url)["url"]

    assert message in said


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("text", "as a list of name and value"),
        (["text"], "Parameter 1: give a name and a value"),
        ([param(" ")], "Parameter 1: give it a name"),
        ([param("a\r\nb")], "Parameter 1: the name holds a line break"),
        ([param("a" * 2_000_000)], "more than 128 characters"),
        ([param("{click_id}")], "a name cannot hold macros"),
        ([param(value=7)], "Parameter p: the value must be text"),
        ([param(value="x" * 2_000_000)], "Parameter p: the value has more than 4096 characters"),
        ([param(value="a\r\nb")], "Parameter p: the value holds a line break"),
        ([param(value="a\ud800")], "Parameter p: the value holds"),
        ([param(), param("ok", "x {stauts}")], "Parameter ok, column 3: there is no macro {stauts}. Did you mean {status}?"),
        ([param(), param("q"), param()], "Parameter “p” is there twice. Remove one."),
        ([param(str(n)) for n in range(51)], "50 are the most"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_refused_with_its_row(rows, message):
    [said] = refused(params=rows)["params"]

    assert message in said


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (header("X Click"), "Header 1: the name may hold"),
        (header("X:Y"), "Header 1: the name may hold"),
        (header("Host"), "the service sets this one itself"),
        (header("Content-Length"), "the service sets this one itself"),
        (header("webhook-id"), "the service sets this one itself"),
        (header(value="a\r\nX-Evil: 1"), "line break or control character"),
        (header(value="x" * 2_000_000), "more than 4096 characters"),
        (header(value="{goaal}"), "Header X-Click, column 1: there is no macro {goaal}"),
    ],
)
def test_a_bad_header_is_refused_with_its_row(row, message):
    [said] = refused(headers=[row])["headers"]

    assert message in said


def test_headers_of_one_name_are_refused():
    assert "is there twice" in refused(headers=[header(), header("x-click")])["headers"][0]


def test_a_secret_value_is_sent_as_it_is_and_never_quoted():
    assert check(headers=[header(value="{not a macro", is_secret=True)])[2] == [
        ["X-Click", "{not a macro"]
    ]
    said = refused(headers=[header(value="hush\r\n1", is_secret=True)])

    assert "hush" not in str(said)


def test_a_stored_secret_is_kept_where_none_is_given():
    rows = [header("X-Key", "", is_secret=True)]

    assert check(headers=rows, kept={"x-key": "old"})[2] == [["X-Key", "old"]]


def test_an_authorization_header_beside_a_login_is_refused():
    rows = [header("Authorization", "Basic x", is_secret=True)]

    assert check(headers=rows)
    assert "Remove the row" in refused(headers=rows, has_authorization=True)["headers"][0]


def test_a_parameter_that_the_url_has_already_is_refused_where_they_would_meet():
    url = f"{URL}?cl%69ck=1&b"

    assert "is in the URL already" in refused(url=url, params=[param("click")])["params"][0]
    assert check(url=url, params=[param("click")], in_query=False)


def test_everything_wrong_is_told_at_once():
    said = refused(url="x", params=[param(value="{a}"), param("b", "}")], headers=[header("")])

    assert {name: len(messages) for name, messages in said.items()} == {
        "url": 1,
        "params": 2,
        "headers": 1,
    }
