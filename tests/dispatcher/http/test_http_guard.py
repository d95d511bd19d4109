"""Nothing forbidden is dialled, by URL, by DNS answer, or by a name that changes its answer.

`connect` is replaced: a hole shows as a dialled address, and no packet leaves the machine.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from misbehaving_servers import OK, answers, post

from dispatcher.http import (
    Client,
    Deadline,
    ExchangeError,
    NetworkPolicy,
    check_address,
    guarded_connect,
    validate_url,
)
from dispatcher.types import Outcome

NOTHING = NetworkPolicy()
PUBLIC = "93.184.215.14"


FORBIDDEN = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255"),
    *("100.64.0.1", "100.127.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255"),
    *("192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1"),
    *("::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "100::1", "2001::7f00:1", "2001:10::1"),
    *("2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1"),
    *("fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "ff02::1", "4000::1"),
]
ALLOWED = ["8.8.8.8", PUBLIC, "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"]
ALLOWED += ["192.0.1.0", "198.17.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450::1"]

SPELLINGS = [
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0"),
    *(
        "017700000001",
        "127.0.0.1.",
        "0x7F.0x0.0x0.0x1",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
    ),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fec0::1]", "[FE80::1]"),
    *("169.254.169.254", "0xa9fea9fe", "10.1", "172.16.0.1", "192.168.257", "100.64.0.1"),
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_forbidden_address_is_named_as_what_it_is(address):
    assert check_address(address, NOTHING)


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_allowed(address):
    assert check_address(address, NOTHING) is None


@pytest.mark.parametrize(
    "address", ["fe80::1%eth0", "2606:4700::1%1", "x", "", "1.2.3", "1.2.3.4/8"]
)
def test_what_is_scoped_or_no_address_is_refused_whatever_is_allowed(address):
    everything = NetworkPolicy((ip_network("0.0.0.0/0"), ip_network("::/0")))

    assert check_address(address, everything)


@given(st.ip_addresses())
def test_no_address_that_python_calls_private_gets_through(address):
    if check_address(str(address), NOTHING) is None:
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", SPELLINGS)
def test_a_literal_in_any_spelling_is_blocked_at_save_and_at_send(dialled, scheme, host):
    url = f"{scheme}://{host}/x"

    exchange = Client(NOTHING).send(post(url), deadline=5)

    assert exchange.outcome == Outcome.BLOCKED_ADDRESS
    assert dialled == []
    assert "not allowed" in validate_url(url, NOTHING)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("address", [*FORBIDDEN, "fe80::1%2", "2606:4700::1%3"])
def test_a_name_that_leads_to_a_forbidden_address_is_blocked(dialled, names, scheme, address):
    names["inside.example"] = [[address]]

    exchange = Client(NOTHING).send(post(f"{scheme}://inside.example/"), deadline=5)

    assert exchange.outcome == Outcome.BLOCKED_ADDRESS
    assert dialled == []
    assert address not in exchange.error


@pytest.mark.parametrize("order", [1, -1], ids=["public-first", "private-first"])
def test_one_forbidden_answer_among_public_ones_refuses_the_name(dialled, names, order):
    names["both.example"] = [[PUBLIC, "10.0.0.1"][::order]]

    exchange = Client(NOTHING).send(post("http://both.example/"), deadline=5)

    assert exchange.outcome == Outcome.BLOCKED_ADDRESS
    assert dialled == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_changes_its_answer_is_dialled_where_it_was_checked(dialled, names, scheme):
    names["rebinds.example"] = [[PUBLIC], ["127.0.0.1"]]

    exchange = Client(NOTHING).send(post(f"{scheme}://rebinds.example/"), deadline=5)

    assert exchange.outcome == Outcome.NO_CONNECTION
    assert dialled == [PUBLIC]


def test_a_redirect_inwards_is_not_followed(serve):
    to = b"HTTP/1.1 307 X\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    server = serve(answers(to))
    client = Client(NetworkPolicy((ip_network("127.0.0.1/32"),)))

    exchange = client.send(post(server.url()), deadline=5)
    client.close()

    assert (exchange.outcome, exchange.status) == (Outcome.REDIRECTED, 307)


def test_allowed_networks_open_exactly_what_they_name(dialled):
    client = Client(NetworkPolicy((ip_network("10.1.0.0/16"), ip_network("fd00:1::/32"))))
    hosts = ["10.1.2.3", "[::ffff:10.1.2.3]", "[fd00:1::5]", "10.2.0.1", "[fd00:2::1]", "127.0.0.1"]

    outcomes = [client.send(post(f"http://{host}/"), deadline=5).outcome for host in hosts]

    assert outcomes == ["no_connection"] * 3 + ["blocked_address"] * 3
    assert [ip_address(ip) for ip in dialled] == [
        ip_address(ip) for ip in ("10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5")
    ]


def test_no_proxy_of_the_environment_is_used(dialled, monkeypatch):
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://10.9.9.9:3128")

    Client(NOTHING).send(post(f"http://{PUBLIC}/"), deadline=5)

    assert dialled == [PUBLIC]


def test_every_address_of_a_name_is_tried(names, serve):
    server = serve(answers(OK))
    names["two.example"] = [["127.0.0.2", "127.0.0.1"]]  # nobody listens on the first
    client = Client(NetworkPolicy((ip_network("127.0.0.0/8"),)))

    exchange = client.send(post(f"http://two.example:{server.port}/"), deadline=5)
    client.close()

    assert exchange.outcome == Outcome.DELIVERED
    assert exchange.peer == f"127.0.0.1:{server.port}"
    assert set(exchange.phases) == {"dns", "connect", "wait", "read"}


def test_an_unknown_name_is_not_found(dialled, names):
    exchange = Client(NOTHING).send(post("http://nowhere.example/"), deadline=5)

    assert exchange.outcome == Outcome.NAME_NOT_FOUND
    assert dialled == []


def test_guarded_connect_serves_other_protocols(serve, names):
    server = serve(lambda connection: connection.sendall(b"220 hello\r\n"))
    names["mail.example"] = [["127.0.0.1"]]
    policy = NetworkPolicy((ip_network("127.0.0.1/32"),))

    opened = guarded_connect("mail.example", server.port, Deadline(5), policy)
    with opened.socket as connection:
        greeting = connection.recv(100)

    assert greeting == b"220 hello\r\n"
    assert opened.peer == f"127.0.0.1:{server.port}"
    assert set(opened.phases) == {"dns", "connect"}


def test_guarded_connect_refuses_other_spellings_too(dialled):
    with pytest.raises(ExchangeError) as caught:
        guarded_connect("0x7f.1", 25, Deadline(5), NOTHING)

    assert caught.value.outcome == Outcome.BLOCKED_ADDRESS
    assert dialled == []
