"""Names and web pages: who is let in to have a key looked at."""

import socket

import pytest
from multidict import CIMultiDict

from pxbin_engine.server.guards import Guard, own_names

PAGE = "https://page.test"


def refused(
    headers: dict[str, str],
    *,
    management: bool = False,
    hosts: tuple[str, ...] = (),
    origins: tuple[str, ...] = (),
) -> bool:
    return Guard(hosts, origins).refusal(CIMultiDict(headers), management=management) is not None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8080",
        "127.0.0.1",
        "localhost",
        "LOCALHOST:8080",
        "localhost.:1",
        "pxbin.localhost:8080",
        "[::1]:8080",
        "[::1]",
        "192.168.1.5:8080",
        "[fe80::1]:8080",
        "",
    ],
)
def test_our_own_names_and_addresses_are_let_in(host: str) -> None:
    assert not refused({"Host": host})


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8080",
        "localhost.evil.test",
        "127.0.0.1.evil.test:8080",
        "xlocalhost",
        "localhost@evil.test",
        "[evil.test]:8080",
        "x",
        "127.0.0.1:80:80",
        "\u2014",
    ],
)
@pytest.mark.parametrize("management", [True, False])
def test_any_other_name_is_refused(host: str, management: bool) -> None:
    assert refused({"Host": host}, management=management)


def test_a_name_that_is_listed_is_let_in() -> None:
    hosts = ("Pxbin.example.org", "*.lan")
    for host in ("pxbin.example.org:443", "PXBIN.example.org.", "a.lan", "b.a.lan:80"):
        assert not refused({"Host": host}, hosts=hosts)
    for host in ("example.org", "lan", "notalan", "other.example.org"):
        assert refused({"Host": host}, hosts=hosts)
    assert not refused({"Host": "whatever"}, hosts=("*",))


def test_the_machines_own_name_counts_where_it_listens_for_others() -> None:
    own = socket.gethostname()
    assert own_names("127.0.0.1", ("a",)) == ("a", "127.0.0.1")
    assert own_names("0.0.0.0", ()) == ("0.0.0.0", own, f"{own.partition('.')[0]}.local")
    assert not refused({"Host": f"{own}:8080"}, hosts=own_names("10.0.0.1", ()))


@pytest.mark.parametrize(
    ("headers", "proxy", "management"),
    [
        ({"Origin": PAGE}, True, True),
        ({"Origin": "http://127.0.0.1:8080"}, True, True),
        ({"Origin": "null"}, True, True),
        ({"Origin": ""}, True, True),
        ({"Origin": "http://["}, True, True),
        ({"Origin": "app://obsidian.md"}, False, True),
        ({"Origin": "chrome-extension://abc"}, False, True),
        ({"Sec-Fetch-Site": "cross-site"}, True, True),
        ({"Sec-Fetch-Site": "same-site"}, True, True),
        ({"Sec-Fetch-Site": "same-origin"}, False, False),
        ({"Sec-Fetch-Site": "none"}, False, False),
        ({"Sec-Fetch-Mode": "cors"}, False, False),
        ({}, False, False),
    ],
)
def test_a_web_page_is_refused(headers: dict[str, str], proxy: bool, management: bool) -> None:
    assert refused(headers) is proxy
    assert refused(headers, management=True) is management


@pytest.mark.parametrize("management", [True, False])
def test_a_page_that_is_listed_is_let_in(management: bool) -> None:
    page = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
    assert not refused(page, management=management, origins=(PAGE,))
    assert not refused(page, management=management, origins=("*",))
    assert refused({"Origin": "https://other.test"}, management=management, origins=(PAGE,))
    assert refused({"Sec-Fetch-Site": "cross-site"}, management=management, origins=(PAGE,))
    assert not refused({"Sec-Fetch-Site": "cross-site"}, management=management, origins=("*",))


def test_what_a_client_said_is_not_told_back_at_length() -> None:
    error = Guard().refusal(CIMultiDict({"Host": "x" * 5000}), management=False)
    assert error is not None
    assert (error.status, error.kind) == (403, "permission")
    assert len(error.message) < 300
    assert "allowed_hosts" in error.message
