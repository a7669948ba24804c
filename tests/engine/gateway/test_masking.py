"""Secrets in recorded messages: covered wherever they stand, and nothing else is changed, nor any length."""

import json
from urllib.parse import quote

import pytest

from pxbin_engine.gateway.masking import Mask, masked
from pxbin_engine.records import RecordedMessage

KEY = "sk-abcdef/0123+456789"
OWN = "pxb_" + "0a1b2c3d" * 5
SHOWN = "pxb_0a1b" + "*" * 36


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (f"Bad key {KEY}.", f"Bad key {'*' * 21}."),
        (f"{KEY}{KEY}", "*" * 42),
        (json.dumps({"k": KEY}), json.dumps({"k": "*" * 21})),
        (json.dumps({"k": KEY}).replace("/", "\\/"), json.dumps({"k": "*" * 22})),
        ("?key=sk-abcdef%2F0123%2B456789", "?key=" + "*" * 25),
        (f"x {OWN} y {OWN.upper()}", f"x {SHOWN} y PXB_0A1B{'*' * 36}"),
        ("the ollama model, px_b and pxb_0a1b", "the ollama model, px_b and pxb_0a1b"),
        ("é", "é"),
    ],
)
def test_a_body_keeps_its_length_and_no_secret(body: str, told: str) -> None:
    covered = Mask([KEY, "ollama", ""]).body(body.encode())
    assert covered == told.encode()
    assert len(covered) == len(body.encode())


def test_a_secret_that_begins_with_another_is_covered_whole() -> None:
    assert Mask([KEY, KEY + "-longer"]).body(f"{KEY}-longer".encode()) == b"*" * 28


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("Authorization", "Bearer abc", "Bearer ***"),
        ("authorization", f"Bearer {OWN}", f"Bearer {SHOWN}"),
        ("Authorization", "something", "*" * 9),
        ("x-api-key", OWN, SHOWN),
        ("X-Api-Key", f"{OWN} x", "*" * 46),
        ("x-goog-api-key", "AIza", "****"),
        ("api-key", "azure", "*****"),
        ("Cookie", "a=b; c=d", "*" * 8),
        ("set-cookie", "a=b", "***"),
        ("proxy-authorization", "Basic dTpw", "Basic ****"),
        ("cf-access-client-secret", "s", "*"),
        ("x-amz-security-token", "s", "*"),
        ("x-auth", "s", "*"),
        ("Location", "https://u:secret@h/?key=abc&x=1", "https://u:******@h/?key=***&x=1"),
        ("x-ratelimit-limit-tokens", "1000", "1000"),
        ("x-ratelimit-echo", KEY, "*" * 21),
        ("anthropic-beta", "a,b", "a,b"),
        ("user-agent", "caf\udce9", "caf\ufffd"),
    ],
)
def test_headers_that_say_that_they_are_secret_are_covered(
    name: str, value: str, told: str
) -> None:
    assert Mask([KEY]).headers(((name, value),)) == ((name, told),)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("/v1/models?key=AIza123&alt=sse", "/v1/models?key=*******&alt=sse"),
        ("/x?api_key=a&access_token=b&X-Amz-Signature=c", "/x?api_key=*&access_token=*&X-Amz-Signature=*"),
        ("/x?k%65y=abc&api%5Fkey=d", "/x?k%65y=***&api%5Fkey=*"),
        ("/x?pageToken=a&monkey=b", "/x?pageToken=a&monkey=b"),
        (f"/v1/{OWN}", f"/v1/{SHOWN}"),
        ("https://me:pass@host/x", "https://me:****@host/x"),
    ],
)  # fmt: skip
def test_urls_keep_their_parameters_but_for_the_secret_ones(url: str, told: str) -> None:
    assert Mask([]).url(url) == told


def test_what_a_request_says_to_be_secret_is_covered_in_all_of_its_messages() -> None:
    stranger, in_query = "sk-of-somebody-else", "AIza-in-the-query"
    asked = RecordedMessage(
        side="client_request",
        url=f"/v1/messages?key={in_query}",
        headers=(("authorization", f"Bearer {stranger}"), ("x-api-key", OWN)),
        body=b"{}",
    )
    said = f"{stranger} {in_query} {OWN} dummy"
    told = RecordedMessage(side="client_response", status=401, body=said.encode(), size=99)
    answer = masked([asked, told], [])[1]
    assert answer.body == f"{'*' * 19} {'*' * 17} {SHOWN} dummy".encode()
    assert (answer.status, answer.size) == (401, 99)


@pytest.mark.parametrize("value", ["k\udcff" * 8, "ключ-сервиса"])
def test_a_secret_that_is_no_ascii_is_covered_everywhere(value: str) -> None:
    raw = value.encode("utf-8", "surrogateescape")
    spelled = quote(raw, safe="").encode()
    message = RecordedMessage(
        side="client_request",
        headers=(("x-api-key", value),),
        body=raw + b" " + spelled,
        size=0,
        cut=False,
        reads=(),
    )
    assert masked([message], [])[0].body == b"*" * len(raw) + b" " + b"*" * len(spelled)
