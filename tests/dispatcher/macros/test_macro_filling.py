"""Values in URLs, parameters, headers and JSON: what arrives is the value."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher import http
from dispatcher.http import OutgoingRequest
from dispatcher.macros import CallbackRequest, MacroError, fill, read_values

VALUES = {"a": "ü &/?#%+=\"'<>", "n": None, "created": "2026-03-01T23:30:05.250+02:00"}
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def request(encoding="query", *, url="https://host.example/in", params=(), headers=(), **values):
    spec = {
        "method": "GET" if encoding == "query" else "POST",
        "encoding": encoding,
        "url": url,
        "params": params,
        "headers": headers,
    }
    return CallbackRequest(spec).fill(json.dumps(values))


def on_the_wire(frozen):
    """Request line, headers and body as the client writes them."""
    outgoing = OutgoingRequest(
        method=frozen.method, url=frozen.url, headers=frozen.headers, body=frozen.body.encode()
    )
    head, _, body = http.written(outgoing).partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    return line.decode("ascii"), [h.decode().partition(": ")[::2] for h in headers], body


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        pytest.param("/{a}", "/%C3%BC%20%26%2F%3F%23%25%2B%3D%22%27%3C%3E", id="encoded"),
        pytest.param("/{_a}", "/%C3%BC%20&/?%23%+=%22'%3C%3E", id="raw-made-safe"),
        pytest.param("/{n}/{missing}", "//", id="missing-is-empty"),
        pytest.param("{created:%Y-%m-%d %H:%M}", "2026-03-01%2021%3A30", id="time-in-utc"),
        pytest.param("{created:unix}", "1772400605", id="unix"),
        pytest.param("{created:unix_ms}", "1772400605250", id="unix-ms"),
        pytest.param("{created:iso}", "2026-03-01T21%3A30%3A05Z", id="iso"),
        pytest.param("{created:%j%%%y}", "060%2526", id="day-of-year-and-percent"),
        pytest.param("{n:%Y}", "", id="no-time-is-empty"),
    ],
)
def test_a_url_holds_encoded_values(text, filled):
    assert fill(text, VALUES, place="url") == filled


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{status:done=1,rejected=-1}", "1"),
        ("{status:pending=0}", "done"),
        ("{status:pending=0,*=x}", "x"),
        ("{missing:*=none}", "none"),
        ("{missing:=none,*=x}", "none"),
        ("{missing:done=1}", ""),
    ],
)
def test_a_mapping_gives_the_replacement_else_the_star_else_the_value_itself(text, filled):
    assert fill(text, {"status": "done"}) == filled


def test_a_value_that_is_no_time_cannot_be_written_as_one():
    with pytest.raises(MacroError, match=r"\{created\} in the URL is to be written as a time") as e:
        request(url="https://host.example/{created:%Y}", created="top-secret")

    assert "top-secret" not in str(e.value)


def test_numbers_keep_their_spelling():
    values = read_values('{"payout": 12.50, "big": 123456789012345678901234567890, "e": 1e3}')

    assert fill("{payout} {big} {e}", values) == "12.50 123456789012345678901234567890 1e3"


@given(anything)
def test_a_value_in_a_path_is_what_the_receiver_decodes(value):
    line, _, _ = on_the_wire(request(url="https://host.example/x/{a}/y", a=value))

    target = line.split(" ")[1]
    assert target.count("/") == 3
    assert unquote(target.split("/")[2], errors="strict") == value


@given(anything, anything)
def test_a_value_in_a_query_is_what_the_receiver_decodes(first, second):
    frozen = request(
        url="https://host.example/?q={a}&own=%2fX+y", params=[["p ä&", "{b}"], ["_", "[{a}]"]],
        a=first, b=second,
    )  # fmt: skip
    target = on_the_wire(frozen)[0].split(" ")[1]

    pairs = parse_qsl(urlsplit(target).query, keep_blank_values=True, errors="strict")
    assert pairs == [("q", first), ("own", "/X y"), ("p ä&", second), ("_", f"[{first}]")]


@given(anything, anything)
def test_a_value_in_a_form_is_what_the_receiver_decodes(first, second):
    _, headers, body = on_the_wire(
        request("form", params=[["p +", "{a}"], ["q", "{b} {a}"]], a=first, b=second)
    )

    assert ("Content-Type", "application/x-www-form-urlencoded") in headers
    pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    assert pairs == [("p +", first), ("q", f"{second} {first}")]


@given(st.one_of(anything, st.none(), st.booleans(), st.integers()), anything)
def test_a_macro_alone_keeps_its_type_in_json_and_all_else_is_a_string(value, text):
    _, headers, body = on_the_wire(
        request("json", params=[["p", "{a}"], ['"q', "<{b}>"], ["r", "{_a}"]], a=value, b=text)
    )

    assert ("Content-Type", "application/json") in headers
    received = json.loads(body)
    assert (received["p"], received['"q']) == (value, f"<{text}>")
    assert isinstance(received["r"], str)


@given(anything)
def test_no_value_breaks_a_header(value):
    line, headers, _ = on_the_wire(
        request(headers=[["X-Click", "a{a}z"], ["X-Raw", "a{_a}z"]], a=value)
    )

    assert line.endswith(" HTTP/1.1")
    assert [name for name, _ in headers if name.startswith("X-")] == ["X-Click", "X-Raw"]
    arrived = dict(headers)["X-Click"]
    assert arrived == dict(headers)["X-Raw"]
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", arrived)
    if not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", value):
        assert arrived == f"a{value}z"


@given(anything)
def test_a_raw_value_stays_behind_the_host(value):
    frozen = request(url="https://host.example/{_a}", a=value)

    assert http.origin(frozen.url) == "https://host.example:443"
    assert on_the_wire(frozen)[0].split(" ")[1:] == [frozen.url[20:], "HTTP/1.1"]


def test_control_characters_are_percent_encoded_in_a_header():
    _, headers, _ = on_the_wire(request(headers=[["X-Click", "{a}"]], a="1\r\nHost: evil\x00"))

    assert dict(headers)["X-Click"] == "1%0D%0AHost: evil%00"


def test_half_a_character_becomes_a_question_mark():
    half = json.loads('"\\ud800x"')

    assert request(url="https://host.example/{a}", a=half).url.endswith("/%3Fx")
    assert request("json", params=[["p", "{a}"]], a=half).body == '{"p":"?x"}'


def test_the_urls_own_parameters_stay_byte_for_byte_and_in_front():
    own = "https://host.example/in?b=%2f+%20&b=&%61=1"

    assert request(url=own, params=[["z", "1"]]).url == f"{own}&z=1"
    assert request(url=f"{own}#part", params=[["z", "1"]]).url == f"{own}&z=1"
    assert request(url="https://host.example/in?", params=[["z", "1"]]).url.endswith("/in?z=1")
    assert request(url=own).url == own


def test_json_numbers_are_written_as_they_were_spelled():
    spec = {"method": "POST", "encoding": "json", "url": "https://host.example/"}
    params = [["a", "{payout}"], ["b", "{_payout}"], ["c", "{payout:12.50=x}"], ["d", "{payout} "]]

    body = CallbackRequest(spec | {"params": params}).fill('{"payout": 12.50}').body

    assert body == '{"a":12.50,"b":"12.50","c":"x","d":"12.50 "}'
    assert json.loads(body, parse_float=Decimal)["a"] == Decimal("12.50")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"url": "https://host.example/" + "{a}" * 90}, "the URL"),
        ({"headers": [["X-A", "{a}" * 90]]}, "header X-A"),
        ({"encoding": "form", "params": [[str(n), "{a}" * 90] for n in range(60)]}, "the body"),
    ],
)
def test_what_gets_too_large_is_not_sent(options, what):
    with pytest.raises(MacroError, match=f"Filled, {what} has more than"):
        request(**options, a="x" * 200)


@pytest.mark.parametrize("payload", ["", "[1]", "nonsense"])
def test_a_payload_that_is_no_object_cannot_be_used(payload):
    spec = {"method": "GET", "encoding": "query", "url": "https://host.example/"}

    with pytest.raises(MacroError, match="payload"):
        CallbackRequest(spec).fill(payload)


def test_a_text_with_faults_makes_no_request():
    with pytest.raises(MacroError, match=r"Column 1: this \{ is never closed"):
        fill("{a", {})
