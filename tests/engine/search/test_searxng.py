"""SearXNG: what it is asked, and what its answers mean."""

import json

import pytest

from pxbin_engine.protocol.request import SearchHit
from pxbin_engine.search.provider import LONGEST_TEXT, Found, HttpQuestion
from pxbin_engine.search.searxng import SearXNG

# Shortened from an instance's answer; it says more of each result than is read.
ANSWER = {
    "query": "llm proxy",
    "number_of_results": 0,
    "results": [
        {
            "url": "https://a.example/1",
            "title": "A",
            "content": "It says so.",
            "publishedDate": "2026-01-02T00:00:00",
            "engine": "duckduckgo",
            "parsed_url": ["https", "a.example", "/1", "", "", ""],
            "score": 1.0,
        },
        {"url": "https://b.example", "title": "B", "content": None, "publishedDate": None},
        {"title": "an answer without a page"},
    ],
    "unresponsive_engines": [["google", "CAPTCHA"]],
}


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8888", "http://127.0.0.1:8888/", "http://127.0.0.1:8888/search"]
)
def test_what_is_asked(base: str) -> None:
    assert SearXNG(base).ask("llm proxy", 10, {"country": "DE"}) == HttpQuestion(
        "http://127.0.0.1:8888/search",
        {"q": "llm proxy", "format": "json"},
        {"accept": "application/json"},
    )


def test_pages() -> None:
    assert SearXNG("http://s").read(200, json.dumps(ANSWER).encode()) == Found(
        (
            SearchHit("https://a.example/1", "A", "2026-01-02T00:00:00", "It says so."),
            SearchHit("https://b.example", "B"),
        )
    )


def test_a_page_s_text_is_bounded() -> None:
    result = {"url": "https://a.example", "content": "x" * 10_000}
    found = SearXNG("http://s").read(200, json.dumps({"results": [result]}).encode())
    assert len(found.hits[0].text) == LONGEST_TEXT


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (403, b"<h1>Forbidden</h1>", "unavailable", "search.formats"),
        (429, b"Too Many Requests", "too_many_requests", "limiter"),
        (500, b"", "unavailable", "500"),
        (302, b"", "unavailable", "302"),
        (200, b"<html>", "unavailable", "JSON"),
        (200, b'{"detail": "of something else"}', "unavailable", "JSON"),
        (
            200,
            b'{"results": [], "unresponsive_engines": [["google", "CAPTCHA"], ["bing", "timeout"]]}',
            "unavailable",
            "google, bing",
        ),
    ],
)
def test_why_there_is_nothing(status: int, body: bytes, error: str, reason: str) -> None:
    found = SearXNG("http://s").read(status, body)
    assert (found.hits, found.error) == ((), error)
    assert reason in found.reason


def test_no_pages_are_no_failure() -> None:
    assert SearXNG("http://s").read(200, b'{"results": []}') == Found()
