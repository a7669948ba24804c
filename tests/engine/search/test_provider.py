"""A provider behind HTTP: time, limits, domains, and a log that tells no query."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

import pytest

from pxbin_engine.errors import UpstreamError, UpstreamUnreachable
from pxbin_engine.search import provider
from pxbin_engine.search.provider import Found, HttpQuestion, HttpSearch
from pxbin_engine.search.searxng import SearXNG

PAGES = [{"url": f"https://{name}.example"} for name in ("a", "b", "c")]
ANSWER = json.dumps({"results": PAGES}).encode()

Answer = tuple[int, bytes] | Exception


class Fetched:
    """A fetch that answers as it was told, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.questions: list[HttpQuestion] = []
        self._answers = list(answers)

    async def __call__(self, question: HttpQuestion) -> tuple[int, bytes]:
        self.questions.append(question)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def search(fetch: Callable[[HttpQuestion], Awaitable[tuple[int, bytes]]]) -> HttpSearch:
    return HttpSearch(SearXNG("http://s"), fetch, seconds=0.2)


def urls(found: Found) -> list[str]:
    return [hit.url for hit in found.hits]


async def test_pages_of_the_domains_that_are_wanted() -> None:
    fetch = Fetched((200, ANSWER), (200, ANSWER), (200, ANSWER))
    provider = search(fetch)
    assert urls(await provider.search("news", count=2)) == ["https://a.example", "https://b.example"]  # fmt: skip
    assert urls(await provider.search("news", allowed_domains=("b.example",))) == ["https://b.example"]  # fmt: skip
    assert urls(await provider.search("news", blocked_domains=("b.example",))) == ["https://a.example", "https://c.example"]  # fmt: skip
    asked = [question.parameters["q"] for question in fetch.questions]
    assert asked == ["news", "news site:b.example", "news"]


async def test_a_query_that_would_grow_too_long_goes_without_operators() -> None:
    fetch = Fetched((200, ANSWER))
    query = "x" * SearXNG.longest_query
    assert urls(await search(fetch).search(query, allowed_domains=("b.example",))) == ["https://b.example"]  # fmt: skip
    assert fetch.questions[0].parameters["q"] == query


@pytest.mark.parametrize(
    ("query", "error"),
    [(" \n", "invalid_input"), ("x" * (SearXNG.longest_query + 1), "query_too_long")],
)
async def test_a_query_that_cannot_be_asked_is_not(query: str, error: str) -> None:
    fetch = Fetched()
    assert (await search(fetch).search(query)).error == error
    assert fetch.questions == []


async def test_blanks_are_one_blank() -> None:
    fetch = Fetched((200, ANSWER))
    await search(fetch).search("llm\n  proxy ")
    assert fetch.questions[0].parameters["q"] == "llm proxy"


async def test_a_provider_that_cannot_be_reached() -> None:
    fetch = Fetched(UpstreamUnreachable("s cannot be reached: refused"))
    assert await search(fetch).search("news") == Found(
        error="unavailable", reason="s cannot be reached: refused"
    )


async def test_a_provider_that_is_silent() -> None:
    async def never(_: HttpQuestion) -> tuple[int, bytes]:
        await asyncio.Event().wait()
        raise AssertionError

    found = await search(never).search("news")
    assert (found.error, "0.2 seconds" in found.reason) == ("unavailable", True)


async def test_a_search_that_came_too_early_is_repeated_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(provider, "_PAUSE_SECONDS", 0.01)
    fetch = Fetched((429, b""), (200, ANSWER))
    assert len((await search(fetch).search("news")).hits) == 3
    fetch = Fetched((429, b""), (429, b""))
    assert (await search(fetch).search("news")).error == "too_many_requests"


async def test_the_log_tells_the_failure_and_never_the_query(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    fetch = Fetched((200, ANSWER), (500, b"no results for private words"))
    await search(fetch).search("private words")
    assert caplog.text == ""
    await search(fetch).search("private words")
    assert "search.failed provider=SearXNG error=unavailable" in caplog.text
    broken = UpstreamError("s: 400, message='no HTTP', url='http://s/search?q=private+words'")
    assert (await search(Fetched(broken)).search("private words")).reason == (
        "s: 400, message='no HTTP', url='http://s/search'"
    )
    assert "private" not in caplog.text


async def test_a_client_that_leaves_ends_the_search() -> None:
    task = asyncio.create_task(search(lambda _: asyncio.Event().wait()).search("news"))  # type: ignore[arg-type, return-value]  # never answers
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
