from __future__ import annotations

import pytest

from dispatcher.http import InvalidUrlError, NetworkPolicy, origin, validate_headers, validate_url
from dispatcher.http.urls import parse_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://Shop.Example/hook", "https://shop.example:443", id="default-port"),
        pytest.param("HTTP://shop.example:8080", "http://shop.example:8080", id="own-port"),
        pytest.param("https://shop.example.:443/", "https://shop.example:443", id="trailing-dot"),
        pytest.param("https://bücher.example", "https://xn--bcher-kva.example:443", id="idna"),
        pytest.param("https://faß.example", "https://xn--fa-hia.example:443", id="idna-2008"),
        pytest.param("http://0x8.0x8.8.8", "http://8.8.8.8:80", id="hex"),
        pytest.param("http://[2606:4700:0:0::1]", "http://[2606:4700::1]:80", id="ipv6"),
        pytest.param("http://my_host.example?a=b", "http://my_host.example:80", id="underscore"),
    ],
)
def test_a_destination_has_one_key_however_it_is_spelled(url, expected):
    assert origin(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        *("", "shop.example", "//shop.example", "ftp://h", "file:///etc/passwd", "javascript:1"),
        *("http://", "http:///x", "http://:80", "http://h:0", "http://h:65536", "http://h:x"),
        *(
            "http://h:1:2",
            "http://h:-1",
            "http://u@h",
            "http://u:p@h",
            "http://h\\@x",
            "http://a b",
        ),
        *(" http://h", "http://h\n/", "http://h/\x00", "http://h/\x7f", "http://h/\t", "http://-h"),
        *("http://a..b", "http://" + "a" * 64, "http://" + "a." * 200 + "b", "http://h%00.b"),
        *("http://[::1", "http://[::1]x", "http://[1.2.3.4]", "http://[fe80::1%25eth0]"),
        *("http://h٣:80", "http://h:٣", "http://\u200d.example", "http://" + "ü" * 5000),
    ],
)
def test_a_url_that_cannot_be_sent_to_is_refused_in_plain_words(url):
    reason = validate_url(url, NetworkPolicy())

    assert reason.endswith(".")
    with pytest.raises(InvalidUrlError):
        origin(url)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "api.localhost"])
def test_localhost_is_refused_at_save_unless_allowed(host, settings):
    settings.ALLOWED_NETWORKS = ["127.0.0.0/8"]

    assert "loopback" in validate_url(f"http://{host}/", NetworkPolicy())
    assert validate_url(f"http://{host}/") is None


@pytest.mark.parametrize(
    ("rest", "sent"),
    [
        pytest.param("", "/", id="empty"),
        pytest.param("?a=1", "/?a=1", id="query-only"),
        pytest.param("/a?b=c#d", "/a?b=c", id="fragment-is-dropped"),
        pytest.param("/%41%2f?x=%20+y", "/%41%2f?x=%20+y", id="encoded-stays"),
        pytest.param('/é "<>\\^`{}', "/%C3%A9%20%22%3C%3E%5C%5E%60%7B%7D", id="encodes-the-rest"),
        pytest.param("/a//b/../c", "/a//b/../c", id="path-is-not-touched"),
        pytest.param("/x?next=http://u:p@h/", "/x?next=http://u:p@h/", id="url-in-query"),
    ],
)
def test_path_and_query_go_as_they_are_except_what_no_request_line_may_hold(rest, sent):
    assert parse_url(f"http://shop.example{rest}")[1] == sent


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("é", "x"),
            ("a", "x\ry"),
            ("a", "x\0"),
            ("HOST", "x"),
        ),
        *(("Content-Length", "1"), ("connection", "close"), ("Expect", "100-continue")),
    ],
)
def test_headers_that_would_break_a_request_are_refused(name, value):
    assert validate_headers([("X-Good", "yes"), (name, value)])


def test_usual_headers_may_be_sent():
    assert validate_headers([("Authorization", "Bearer x"), ("x-name", "Zoë\t1")]) is None


def test_credentials_in_a_url_are_refused_by_name_and_not_repeated():
    reason = validate_url("https://user:s3cret@shop.example/", NetworkPolicy())

    assert reason == "The URL must not hold a user name or password."
