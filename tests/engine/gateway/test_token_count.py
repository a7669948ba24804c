"""``count_tokens``: an upstream's own count, or an honest estimate."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from pxbin_engine.errors import SecretUndecryptable
from pxbin_engine.tasks import spawn
from tests.support.gateway import Proxy, anthropic_request
from tests.support.upstream import (
    DONE,
    HANG,
    Answer,
    data_event,
    json_answer,
    openai_chunk,
    openai_error,
    openai_usage,
    sse_answer,
)


async def test_a_count_for_an_openai_upstream_is_an_honest_estimate() -> None:
    async with Proxy() as proxy:
        body = anthropic_request("word " * 400)
        del body["max_tokens"]
        seen = await proxy.post("/v1/messages/count_tokens?beta=true", body)
        assert seen.status == 200
        assert set(seen.json) == {"input_tokens"}
        assert 400 <= seen.json["input_tokens"] <= 600
        assert not proxy.upstreams[0].requests
        row = await proxy.finished()
        assert (row.outcome, row.usage) == ("ok", None)


async def test_a_count_for_an_anthropic_upstream_is_its_own() -> None:
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(json_answer({"input_tokens": 4711}))
        body = {"model": "alias", "messages": [{"role": "user", "content": "Hi"}], "tools": []}
        seen = await proxy.post("/v1/messages/count_tokens?beta=true", body, anthropic_beta="x")
        assert seen.json == {"input_tokens": 4711}
        sent = proxy.upstreams[0].requests[0]
        assert (sent.path, sent.query) == ("/v1/messages/count_tokens", "beta=true")
        assert sent.json == body | {"model": "upstream-model"}
        assert sent.headers["anthropic-beta"] == "x"


@pytest.mark.parametrize(("upstream_status", "status"), [(400, 400), (401, 403), (500, 500)])
async def test_an_upstream_that_fails_at_a_count_says_so(upstream_status: int, status: int) -> None:
    async with Proxy("anthropic") as proxy:
        error = {"type": "error", "error": {"type": "not_found_error", "message": "no counting"}}
        proxy.upstreams[0].script(json_answer(error, status=upstream_status))
        seen = await proxy.post("/v1/messages/count_tokens", anthropic_request())
        assert seen.status == status
        assert (await proxy.finished()).outcome == "upstream_error"


async def test_an_upstream_that_is_silent_or_away_or_without_its_key_says_so() -> None:
    async with Proxy("anthropic", upstream_timeout_seconds=0.1) as proxy:
        upstream = proxy.upstreams[0]
        upstream.script(Answer(before=[HANG]), Answer(302, {"location": "http://x.test/"}))
        statuses = [await _status(proxy), await _status(proxy)]
        proxy.route("http://127.0.0.1:1")
        statuses.append(await _status(proxy))
        record = proxy.gateway.routing.names[0].targets[0]
        unreadable = SecretUndecryptable("sealed with another key")
        proxy.route(upstream.url, secrets={record.upstream_id: unreadable})
        statuses.append(await _status(proxy))
        assert statuses == [504, 502, 502, 403]
        assert len(upstream.requests) == 2


@pytest.mark.parametrize(
    ("spoken", "path", "answer"),
    [
        ("gemini", "/v1beta/models/upstream-model:countTokens", {"totalTokens": 4711}),
        ("openai-responses", "/v1/responses/input_tokens", {"input_tokens": 4711}),
    ],
)
async def test_an_upstream_of_another_dialect_counts_the_translated_request(
    spoken: Any, path: str, answer: Any
) -> None:
    async with Proxy(spoken) as proxy:
        proxy.upstreams[0].script(json_answer(answer))
        seen = await proxy.post("/v1/messages/count_tokens?beta=true", anthropic_request("Hello"))
        assert seen.json == {"input_tokens": 4711}
        sent = proxy.upstreams[0].requests[0]
        assert (sent.path, sent.query) == (path, "")
        assert "Hello" in sent.body.decode()
        assert "max_output_tokens" not in sent.json
        row = await proxy.finished()
        assert (row.output_format, row.metadata) == (spoken, {})


CLIENTS: dict[str, tuple[str, Any, str]] = {
    "openai-responses": (
        "/v1/responses/input_tokens",
        {"model": "alias", "input": "Hello"},
        "input_tokens",
    ),
    "gemini": (
        "/v1beta/models/alias:countTokens",
        {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
        "totalTokens",
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("spoken", ["openai", "anthropic", "openai-responses", "gemini"])
async def test_a_client_of_any_dialect_is_answered_in_its_own_words(
    client: str, spoken: Any
) -> None:
    path, body, field = CLIENTS[client]
    async with Proxy(spoken) as proxy:
        proxy.upstreams[0].script(json_answer({"input_tokens": 4711, "totalTokens": 4711}))
        seen = await proxy.post(path, body)
        assert seen.status == 200, seen.body
        if spoken == "openai":
            assert 1 <= seen.json[field] <= 20
            return
        assert seen.json[field] == 4711
        sent = proxy.upstreams[0].requests[0]
        assert "Hello" in sent.body.decode()
        assert "upstream-model" in sent.path + sent.body.decode()
        assert "max_tokens" not in sent.json


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (json_answer({"error": {"message": "Unknown field"}}, status=400), 200),
        (json_answer({"no": "count"}), 200),
        (json_answer({"error": {"message": "Slow down"}}, status=429), 429),
        (json_answer({"error": {"message": "Broken"}}, status=500), 500),
    ],
)
async def test_what_an_upstream_makes_nothing_of_is_counted_here(
    answer: Answer, status: int
) -> None:
    async with Proxy("gemini") as proxy:
        proxy.upstreams[0].script(answer)
        seen = await proxy.post("/v1/messages/count_tokens", anthropic_request("word " * 400))
        assert seen.status == status
        if status == 200:
            assert 400 <= seen.json["input_tokens"] <= 600
            assert (await proxy.finished()).metadata == {"estimated": True}


@pytest.mark.parametrize("upstream_status", [404, 405, 501])
async def test_an_upstream_that_has_no_counting_does_not_keep_the_client_from_a_count(
    upstream_status: int,
) -> None:
    async with Proxy("anthropic") as proxy:
        proxy.upstreams[0].script(json_answer({"error": "no such page"}, status=upstream_status))
        seen = await proxy.post("/v1/messages/count_tokens", anthropic_request("word " * 400))
        assert 400 <= seen.json["input_tokens"] <= 600
        row = await proxy.finished()
        assert (row.outcome, row.metadata) == ("ok", {"estimated": True})


async def test_a_count_of_what_is_no_request_is_refused() -> None:
    async with Proxy() as proxy:
        seen = await proxy.post("/v1/messages/count_tokens", {"model": "alias", "messages": 1})
        assert seen.status == 400
        assert "messages" in seen.json["error"]["message"]


async def test_what_upstreams_report_corrects_the_next_estimate() -> None:
    """This one reads every prompt as twice what a usual vocabulary makes of it."""
    async with Proxy() as proxy:
        request = anthropic_request("some words that stand for a prompt " * 60)
        first = (await proxy.post("/v1/messages/count_tokens", request)).json["input_tokens"]
        chunk = {"choices": [], "usage": openai_usage(2 * first, 1)}
        proxy.upstreams[0].always = sse_answer(
            openai_chunk({"content": "Yes"}), openai_chunk({}, "stop"), data_event(chunk), DONE
        )
        for _ in range(4):
            await proxy.post("/v1/messages", request | {"stream": True})
        await _until(lambda: proxy.gateway.calibration.changed)
        second = (await proxy.post("/v1/messages/count_tokens", request)).json["input_tokens"]
        assert 0.90 <= second / (2 * first) <= 1.25


async def test_an_exchange_without_a_true_count_teaches_nothing() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(
            sse_answer(openai_chunk({"content": "Yes"}), openai_chunk({}, "stop"), DONE),
            openai_error(500, "no"),
        )
        for stream in (True, False):
            await proxy.post("/v1/messages", anthropic_request(stream=stream))
        await asyncio.sleep(0.05)
        assert not proxy.gateway.calibration.changed


async def test_many_counts_at_once_do_not_hold_the_loop() -> None:
    """Claude Code asks 27 at once for ``/context``; the longest pause of the loop is measured meanwhile."""
    body = json.dumps(
        anthropic_request("def f(x): return x + 1  # a line of code\n" * 2500)
    ).encode()
    assert len(body) > 100_000
    async with Proxy() as proxy:
        await proxy.post("/v1/messages/count_tokens", body)
        pauses: list[float] = []
        watching = spawn(_watch(pauses), name="watch")
        answers = await asyncio.gather(
            *(proxy.post("/v1/messages/count_tokens", body) for _ in range(27))
        )
        watching.cancel()
        assert {answer.status for answer in answers} == {200}
        assert len({answer.json["input_tokens"] for answer in answers}) == 1
        assert sorted(pauses)[len(pauses) * 9 // 10] < 0.005


async def _watch(pauses: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0)
        pauses.append(time.perf_counter() - began)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


async def test_a_count_is_not_taken_from_the_limit() -> None:
    async with Proxy(rate_limit_rps=0.001, rate_limit_burst=1) as proxy:
        assert [await _status(proxy) for _ in range(5)] == [200] * 5


async def _status(proxy: Proxy) -> int:
    return (await proxy.post("/v1/messages/count_tokens", anthropic_request())).status
