"""What a text with macros means, and what is refused with its column."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from dispatcher.macros import Known, Macro, check, check_url, nearest, parse

VOCABULARY = {
    "click_id": Known(),
    "status": Known(choices=("pending", "done", "rejected")),
    "payout": Known("number"),
    "created": Known("time"),
}


def read(text):
    parsed, faults = parse(text)
    assert faults == []
    return parsed


def refused(text):
    return [str(fault) for fault in check(text, VOCABULARY)]


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param("plain", ("plain",), id="text"),
        pytest.param("{a}", (Macro("a", 1),), id="a-macro"),
        pytest.param("x{_a}y", ("x", Macro("a", 2, is_raw=True), "y"), id="raw"),
        pytest.param("{{a}}", ("{a}",), id="literal-braces"),
        pytest.param("{{{a}}}", ("{", Macro("a", 3), "}"), id="braces-around-a-macro"),
        pytest.param("{a}}}", (Macro("a", 1), "}"), id="a-brace-behind-a-macro"),
        pytest.param(
            "{a:x=1,y=}", (Macro("a", 1, mapping={"x": "1", "y": ""}),), id="mapped-values"
        ),
        pytest.param(
            r"{a:x\,y=1\=2,z=\}\\}", (Macro("a", 1, mapping={"x,y": "1=2", "z": "}\\"}),),
            id="escaped-in-a-mapping",
        ),
        pytest.param("{a:%Y-%m-%d}", (Macro("a", 1, format="%Y-%m-%d"),), id="a-time"),
        pytest.param(r"{a:%Y\=%m}", (Macro("a", 1, format="%Y=%m"),), id="a-time-with-equals"),
    ],
)  # fmt: skip
def test_a_text_is_literals_and_macros(text, parsed):
    assert read(text) == parsed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("ab{click_id", "Column 3: this { is never closed", id="unclosed"),
        pytest.param("{a{b}", "Column 1: this { is never closed", id="brace-in-a-macro"),
        pytest.param("a}", "Column 2: this } closes nothing. Write }}", id="closes-nothing"),
        pytest.param("{}", "Column 1: no macro is named here", id="nameless"),
        pytest.param("{status:}", "Column 1: nothing follows the colon", id="empty-option"),
        pytest.param("{status:done=1=2}", "write value=replacement", id="two-equals"),
        pytest.param("{status:done=1,x}", "write value=replacement", id="no-equals"),
        pytest.param("{status:done=1,done=2}", "“done” is mapped twice", id="mapped-twice"),
        pytest.param("x{clickid}", "Column 2: there is no macro {clickid}. Did you mean {click_id}?",
                     id="the-nearest-name"),
        pytest.param("{_CLICK-ID}", "{_CLICK-ID}. Did you mean {_click_id}?", id="raw-nearest"),
        pytest.param("{zzzzz}", "there is no macro {zzzzz}. Choose one from the list", id="none-near"),
        pytest.param("{status:approved=1}", "status is never “approved”. It is pending, done or rejected",
                     id="a-value-that-is-never"),
        pytest.param("{payout:%Y}", "payout is no time", id="no-time"),
        pytest.param("{created:%Q}", "%Q is no time format. Use %Y", id="unknown-directive"),
        pytest.param("{created:%}", "% is no time format", id="half-a-directive"),
        pytest.param("{created:today}", "“today” is no time format", id="no-directive"),
        pytest.param("{created:a=1}", "{created} is a time. Give a format", id="mapped-time"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_column(text, message):
    [only] = refused(text)

    assert message in only


def test_every_fault_is_told_at_once_from_left_to_right():
    faults = check("{nope}{status:approved=1}}{click_id", VOCABULARY)

    assert [fault.column for fault in faults] == [1, 7, 26, 27]


def test_there_is_an_end_to_macros():
    assert check("{click_id}" * 100, VOCABULARY) == []
    assert "more than 100 macros" in refused("{click_id}" * 101)[0]


@pytest.mark.parametrize(
    "url",
    [
        "{click_id}://host/path",
        "http{click_id}://host/path",
        "https://{click_id}/path",
        "https://{_click_id}.example/path",
        "https://host.example:{click_id}/path",
        "https://{click_id}@host.example/path",
        "https://host.example{click_id}",
        "https://host.example{_click_id}/path",
        "https://host.example\\{click_id}/path",
        "https://{click_id:a=/}.example/path",
        "https:/{click_id}/path",
        "https:{click_id}/path",
        "{click_id}",
    ],
)
def test_no_macro_decides_where_a_request_goes(url):
    [fault] = check_url(url, VOCABULARY)

    assert "cannot stand in the scheme, host or port" in fault.message
    assert url[fault.column - 1] == "{"


@pytest.mark.parametrize(
    "url",
    [
        "https://host.example/{click_id}",
        "https://host.example?c={click_id}",
        "https://host.example:8443/a/{_click_id}/b?x={status:done=1}#{payout}",
    ],
)
def test_macros_may_follow_the_host(url):
    assert check_url(url, VOCABULARY) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("clickid", "click_id"),
        ("ClickID", "click_id"),
        ("click id", "click_id"),
        ("stauts", "status"),
        ("qqq", ""),
    ],
)
def test_the_nearest_name_is_what_was_meant(typed, meant):
    assert nearest(typed, VOCABULARY) == meant


def test_a_long_text_is_read_in_linear_time():
    assert len(read("{a}" * 50_000)) == 50_000
    assert parse("{" + "a" * 500_000)[1][0].column == 1
    assert len(parse("}" * 99_999)[1]) == 1
