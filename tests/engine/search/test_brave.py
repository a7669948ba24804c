"""Brave Search: what it is asked, and what its answers mean."""

import json

import pytest

from pxbin_engine.protocol.request import SearchHit
from pxbin_engine.search.brave import Brave
from pxbin_engine.search.provider import Found, HttpQuestion

ANSWER = {
    "type": "search",
    "query": {"original": "llm proxy"},
    "web": {
        "type": "search",
        "results": [
            {
                "title": "A",
                "url": "https://a.example/1",
                "description": "It says so.",
                "extra_snippets": ["And more."],
                "age": "2 days ago",
                "page_age": "2026-01-02T00:00:00",
                "language": "en",
            },
            {"title": "B", "url": "https://b.example", "description": ""},
        ],
    },
}


@pytest.mark.parametrize(
    ("base", "location", "url", "more"),
    [
        ("", {}, "https://api.search.brave.com/res/v1/web/search", {}),
        ("http://127.0.0.1:1/", {"country": "de"}, "http://127.0.0.1:1/res/v1/web/search", {"country": "DE"}),
        ("", {"country": "Germany", "city": "Berlin"}, "https://api.search.brave.com/res/v1/web/search", {}),
    ],
)  # fmt: skip
def test_what_is_asked(base: str, location: dict[str, str], url: str, more: dict[str, str]) -> None:
    assert Brave("key", base).ask("llm proxy", 10, location) == HttpQuestion(
        url,
        {"q": "llm proxy", "count": "10", "text_decorations": "false", **more},
        {"accept": "application/json", "x-subscription-token": "key"},
    )


def test_it_is_never_asked_for_more_than_it_tells() -> None:
    assert Brave("key").ask("llm proxy", 50, {}).parameters["count"] == "20"


def test_pages() -> None:
    assert Brave("key").read(200, json.dumps(ANSWER).encode()) == Found(
        (
            SearchHit("https://a.example/1", "A", "2026-01-02T00:00:00", "It says so.\nAnd more."),
            SearchHit("https://b.example", "B"),
        )
    )


def refusal(code: str) -> bytes:
    error = {"id": "1", "status": 422, "code": code, "detail": "llm proxy is no query", "meta": {}}
    return json.dumps({"type": "ErrorResponse", "error": error, "time": 1}).encode()


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (422, refusal("SUBSCRIPTION_TOKEN_INVALID"), "unavailable", "web_search_api_key"),
        (401, b"", "unavailable", "web_search_api_key"),
        (422, refusal("VALIDATION"), "invalid_input", "VALIDATION"),
        (429, refusal("RATE_LIMITED"), "too_many_requests", "limit"),
        (503, b"<html>", "unavailable", "503"),
        (200, b"<html>", "unavailable", "JSON"),
    ],
)
def test_why_there_is_nothing(status: int, body: bytes, error: str, reason: str) -> None:
    found = Brave("key").read(status, body)
    assert (found.hits, found.error) == ((), error)
    assert reason in found.reason
    assert "llm proxy" not in found.reason


def test_no_pages_are_no_failure() -> None:
    assert Brave("key").read(200, b'{"type": "search"}') == Found()
