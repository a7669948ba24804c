"""Base URLs as people paste them, and our own address."""

import socket
from types import SimpleNamespace

import pytest

from pxbin_engine.errors import UpstreamMisconfigured
from pxbin_engine.gateway.addresses import (
    endpoint,
    is_in_clear,
    is_link_local,
    is_loopback,
    is_own_address,
    listening_addresses,
)

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1/chat/completions"),
        ("https://api.openai.com/", "https://api.openai.com/v1/chat/completions"),
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1/chat/completions"),
        ("https://api.openai.com/v1//", "https://api.openai.com/v1/chat/completions"),
        (" http://localhost:11434 ", "http://localhost:11434/v1/chat/completions"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1/chat/completions"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1/chat/completions"),
        ("https://x.test/v1/chat/completions", "https://x.test/v1/chat/completions"),
        ("https://x.test/paas/v4", "https://x.test/paas/v4/chat/completions"),
        ("https://x.test/v1beta/openai/", "https://x.test/v1beta/openai/chat/completions"),
        ("https://x.test/v2models", "https://x.test/v2models/v1/chat/completions"),
        ("https://x.test/v1?api-version=3", "https://x.test/v1/chat/completions?api-version=3"),
    ],
)
def test_behaviour_22_openai_base_urls(base: str, url: str) -> None:
    assert str(endpoint(base, "openai", CHAT)) == url


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/tokenize"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/tokenize"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/tokenize"),
        ("http://127.0.0.1:8000/v1/chat/completions", "http://127.0.0.1:8000/tokenize"),
        ("https://x.test/served/v1", "https://x.test/served/tokenize"),
        ("https://x.test/v1?token=3", "https://x.test/tokenize?token=3"),
    ],
)
def test_behaviour_22_a_path_without_a_version_stands_beside_it(base: str, url: str) -> None:
    assert str(endpoint(base, "openai", "/tokenize")) == url


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"),
        ("https://api.anthropic.com/v1", "https://api.anthropic.com/v1/messages"),
        ("https://api.anthropic.com/v1/", "https://api.anthropic.com/v1/messages"),
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1/messages"),
        ("https://x.test/anthropic", "https://x.test/anthropic/v1/messages"),
        ("https://x.test/v1/account/anthropic", "https://x.test/v1/account/anthropic/v1/messages"),
    ],
)
def test_behaviour_22_anthropic_base_urls(base: str, url: str) -> None:
    assert str(endpoint(base, "anthropic", MESSAGES)) == url


def test_the_clients_query_comes_after_the_base_urls_own_and_stays_as_it_is() -> None:
    url = endpoint("https://x.test?a=1", "anthropic", MESSAGES, "beta=true&x=%2F+")
    assert str(url) == "https://x.test/v1/messages?a=1&beta=true&x=%2F+"


def test_credentials_in_the_address_are_not_sent_along() -> None:
    assert str(endpoint("https://me:secret@x.test", "openai", CHAT)) == f"https://x.test{CHAT}"


@pytest.mark.parametrize("base", ["", "x.test", "ftp://x.test", "http://", "https://x:99999"])
def test_what_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(UpstreamMisconfigured):
        endpoint(base, "openai", CHAT)


@pytest.mark.parametrize(
    ("base", "own", "expected"),
    [
        ("http://127.0.0.1:8080", ("127.0.0.1", 8080), True),
        ("http://localhost:8080/v1", ("127.0.0.1", 8080), True),
        ("http://[::1]:8080", ("127.0.0.1", 8080), True),
        ("http://127.0.0.1:8080", ("0.0.0.0", 8080), True),
        ("http://0.0.0.0:8080", ("127.0.0.1", 8080), True),
        ("http://192.168.1.5:8080", ("192.168.1.5", 8080), True),
        ("http://127.0.0.1:8081", ("127.0.0.1", 8080), False),
        ("http://api.test:8080", ("127.0.0.1", 8080), False),
        ("http://localhost", ("127.0.0.1", 80), True),
        ("http://LOCALHOST.:8080", ("127.0.0.1", 8080), True),
        ("http://127.1:8080", ("127.0.0.1", 8080), True),
        ("http://0x7f000001:8080", ("127.0.0.1", 8080), True),
        ("http://2130706433:8080", ("127.0.0.1", 8080), True),
        ("http://[::ffff:127.0.0.1]:8080", ("127.0.0.1", 8080), True),
        ("http://0:8080", ("127.0.0.1", 8080), True),
        ("http://api.example:8080", ("127.0.0.1", 8080), False),
        ("http://10.1:8080", ("127.0.0.1", 8080), False),
        ("no address", ("127.0.0.1", 80), False),
    ],
)
def test_behaviour_22_our_own_address_is_known(
    base: str, own: tuple[str, int], expected: bool
) -> None:
    assert is_own_address(base, frozenset({own})) is expected


def test_behaviour_22_who_listens_everywhere_is_known_by_each_address_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def named(family: int, address: str) -> SimpleNamespace:
        return SimpleNamespace(family=family, address=address)

    interfaces = {
        "lo": [named(socket.AF_INET, "127.0.0.1")],
        "lan": [
            named(socket.AF_INET, "192.168.1.5"),
            named(socket.AF_INET6, "fe80::1%lan"),
            named(-1, "00:11:22:33:44:55"),
        ],
    }
    monkeypatch.setattr("psutil.net_if_addrs", lambda: interfaces)
    everywhere = listening_addresses("0.0.0.0", 8080)
    for base in ("http://192.168.1.5:8080", "http://[fe80::1]:8080", "http://localhost:8080"):
        assert is_own_address(base, everywhere)
    assert not is_own_address("http://192.168.1.6:8080", everywhere)
    assert listening_addresses("127.0.0.1", 8080) == {("127.0.0.1", 8080)}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.test", False),
        ("10.0.0.1", False),
        ("127 0.0.1", False),
        ("", False),
    ],
)
def test_loopback_names(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.169.254.",
        "169.254.0.1",
        "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.43518",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
    ],
)
def test_link_local_and_metadata_addresses_are_known_in_every_form(host: str) -> None:
    assert is_link_local(host)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "192.168.1.5", "10.0.0.1", "100.100.100.1", "fd00::1", "api.test", "", "169.254"],
)
def test_other_hosts_are_not_link_local(host: str) -> None:
    assert not is_link_local(host)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://api.example.com/v1", True),
        ("http://8.8.8.8:8000", True),
        ("http://[2606:4700::1]", True),
        ("https://api.example.com/v1", False),
        ("http://localhost:11434", False),
        ("http://192.168.1.5:8000", False),
        ("http://100.64.0.7:8000", False),
        ("http://gpu:8000", False),
        ("http://gpu.local.:8000", False),
        ("http://host.docker.internal:8000", False),
    ],
)
def test_what_crosses_the_internet_unencrypted(base: str, expected: bool) -> None:
    assert is_in_clear(base) is expected
