"""When another target is tried, and what the client hears where none is left."""

import time
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.gateway import (
    Proxy,
    anthropic_request,
    openai_request,
    upstream_record,
    with_keys,
)
from tests.support.upstream import (
    CUT,
    HANG,
    Answer,
    anthropic_error,
    data_event,
    named_event,
    openai_chunk,
    openai_error,
    openai_events,
    openai_stream,
    sse_answer,
)

STREAMED = anthropic_request(stream=True)
ROLE = openai_chunk({"role": "assistant"})
OVERLOADED = data_event({"error": {"message": "busy", "code": "engine_overloaded_error"}})
PASSING = {
    **{
        str(status): openai_error(status, "not now")
        for status in (408, 429, 500, 502, 503, 504, 529)
    },
    "reset": Answer(before=[CUT]),
    "cut before use": sse_answer(ROLE, CUT),
    "ended before use": sse_answer(ROLE),
    "overloaded before use": sse_answer(OVERLOADED),
    "overloaded after it began": sse_answer(ROLE, OVERLOADED),
    "silent": Answer(before=[HANG]),
    "silent after its headers": sse_answer(HANG),
    "silent after it began": sse_answer(ROLE, HANG),
    "only comments": sse_answer(*[b": still here\n\n", 0.05] * 40, HANG),
}


@pytest.mark.parametrize("first", PASSING.values(), ids=PASSING)
async def test_the_next_target_answers_and_the_row_tells_why(first: Answer) -> None:
    async with Proxy("openai", "openai", first_byte_timeout_seconds=0.2) as proxy:
        proxy.upstreams[0].script(first)
        proxy.upstreams[1].script(openai_stream("Hello"))
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, seen.text) == (200, "Hello")
        failed, answered = (await proxy.finished()).attempts
        assert failed.error
        assert "upstream-1" in answered.reason
        assert answered.error is None
        assert answered.first_byte_ms is not None
        assert answered.started_ms < answered.first_byte_ms < answered.started_ms + answered.took_ms
        assert answered.started_ms >= failed.started_ms + failed.took_ms - 1.0


AFTER_USE = {
    "overloaded": sse_answer(*openai_events("Hel")[:2], 0.05, OVERLOADED),
    "cut": sse_answer(*openai_events("Hel")[:2], 0.02, CUT),
    "silent": sse_answer(*openai_events("Hel")[:2], HANG),
}


@pytest.mark.parametrize("first", AFTER_USE.values(), ids=AFTER_USE)
async def test_never_after_the_first_useful_byte(first: Answer) -> None:
    settings = {"upstream_timeout_seconds": 0.2, "retry_max_attempts": 3}
    async with Proxy("openai", "openai", **settings) as proxy:
        proxy.upstreams[0].script(first)
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.text == "Hel"
        assert seen.events[-1][0] == "error"
        assert len(proxy.upstreams[0].requests) == 1
        assert not proxy.upstreams[1].requests
        assert len((await proxy.finished()).attempts) == 1


@pytest.mark.parametrize(
    ("first", "second", "status", "text"),
    [
        (openai_error(500, "one"), openai_error(503, "two"), 529, "two"),
        (openai_error(503, "one"), openai_error(429, "two"), 429, "two"),
        (openai_error(429, "one"), openai_error(401, "two"), 403, "two"),
        (openai_error(404, "one"), openai_error(402, "two"), 402, "two"),
        (openai_error(500, "one"), openai_error(400, "two"), 400, "two"),
        (openai_error(500, "one"), Answer(before=[CUT]), 502, "upstream-2"),
        (openai_error(500, "one"), sse_answer(ROLE, OVERLOADED), 529, "busy"),
    ],
)
async def test_the_client_gets_the_last_real_error(
    first: Answer, second: Answer, status: int, text: str
) -> None:
    async with Proxy("openai", "openai") as proxy:
        proxy.upstreams[0].script(first)
        proxy.upstreams[1].script(second)
        seen = await proxy.post("/v1/messages", STREAMED)
        assert seen.status == status
        assert text in seen.json["error"]["message"]
        assert "all " not in seen.json["error"]["message"].lower()
        assert len((await proxy.finished()).attempts) == 2


async def test_what_was_said_goes_before_what_was_not_even_asked() -> None:
    async with Proxy("openai", "openai", cb_failure_threshold=1) as proxy:
        proxy.upstreams[0].script(openai_error(429, "slow down"), openai_error(429, "slow down"))
        proxy.upstreams[1].script(openai_error(500, "broken"))
        await proxy.post("/v1/messages", STREAMED)
        seen = await proxy.post("/v1/messages", STREAMED)
        assert (seen.status, len(proxy.upstreams[1].requests)) == (429, 1)
        asked, passed_over = (await proxy.finished(2)).attempts
        assert (asked.status, passed_over.status) == (429, None)
        assert "left alone" in (passed_over.error or "")


async def test_an_upstream_of_which_a_share_fails_is_left_alone() -> None:
    settings: dict[str, Any] = {"cb_error_rate": 0.5, "cb_min_requests": 6}
    async with Proxy("openai", "openai", **settings) as proxy:
        good, bad = openai_stream("Hello"), openai_error(500, "broken")
        proxy.upstreams[0].script(good, bad, good, bad, good, bad)
        proxy.upstreams[1].script(*[good] * 5)
        for _ in range(8):
            assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"
        assert len(proxy.upstreams[0].requests) == 6


@pytest.mark.parametrize("answer", [openai_error(429, "slow"), openai_error(400, "no")])
async def test_neither_limits_nor_refusals_of_the_request_open_a_circuit(answer: Answer) -> None:
    settings: dict[str, Any] = {"cb_min_requests": 2, "cb_failure_threshold": 2}
    async with Proxy(**settings) as proxy:
        proxy.upstreams[0].script(*[answer] * 6)
        for _ in range(6):
            await proxy.post("/v1/messages", STREAMED)
        assert len(proxy.upstreams[0].requests) == 6


def impatient(proxy: Proxy, **limits: float) -> None:
    """Let the first upstream have limits of its own."""
    first, *others = (
        with_keys(upstream_record(number, upstream.url, "openai"))
        for number, upstream in enumerate(proxy.upstreams, start=1)
    )
    records = [replace(first, **limits), *others]
    proxy.serve(records, {record.id: "sk" for record in records})


async def test_an_upstreams_own_first_byte_limit() -> None:
    async with Proxy("openai", "openai") as proxy:
        impatient(proxy, first_byte_timeout_seconds=0.1)
        proxy.upstreams[0].script(Answer(before=[HANG]))
        proxy.upstreams[1].script(openai_stream("Hello").after(0.3))
        assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"
        error = (await proxy.finished()).attempts[0].error or ""
        assert "did not begin its answer within 0.1 seconds" in error


@pytest.mark.parametrize("stream", [True, False])
async def test_an_upstreams_own_idle_limit(stream: bool) -> None:
    async with Proxy() as proxy:
        impatient(proxy, idle_timeout_seconds=0.1)
        headers = {"content-type": "application/json"}
        cut_off = Answer(200, headers, [b'{"id": "x", ', HANG])
        proxy.upstreams[0].script(AFTER_USE["silent"] if stream else cut_off)
        started = time.monotonic()
        seen = await proxy.post("/v1/chat/completions", openai_request(stream=stream))
        assert time.monotonic() - started < 3
        assert seen.status == (200 if stream else 504)
        assert "silent for 0.1 seconds" in ((await proxy.finished()).error_message or "")


async def test_repetitions_end_when_the_request_is_old() -> None:
    settings = {"retry_max_attempts": 50, "retry_max_seconds": 0.3, "retry_base_delay_ms": 50}
    async with Proxy("openai", "openai", **settings) as proxy:
        proxy.upstreams[0].script(*[openai_error(503, "busy")] * 50)
        proxy.upstreams[1].script(openai_stream("Hello"))
        started = time.monotonic()
        assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"
        assert time.monotonic() - started < 2
        assert 2 <= len(proxy.upstreams[0].requests) <= 5


@pytest.mark.parametrize(
    "headers",
    [{"retry_after": "1"}, {"retry_after_ms": "600"}, {"x_ratelimit_reset_requests": "600ms"}],
)
async def test_a_short_wait_that_is_asked_for_is_made(headers: dict[str, str]) -> None:
    async with Proxy(retry_max_attempts=2) as proxy:
        proxy.upstreams[0].script(openai_error(429, "slow", **headers), openai_stream("Hello"))
        started = time.monotonic()
        assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"
        assert time.monotonic() - started >= 0.55


async def test_an_overload_of_the_same_dialect_is_one_too() -> None:
    event = named_event("error", error={"type": "overloaded_error", "message": "Overloaded"})
    for first in (sse_answer(event), anthropic_error(529, "overloaded_error", "Overloaded")):
        async with Proxy("anthropic", "openai") as proxy:
            proxy.upstreams[0].script(first)
            proxy.upstreams[1].script(openai_stream("Hello"))
            assert (await proxy.post("/v1/messages", STREAMED)).text == "Hello"
            assert len((await proxy.finished()).attempts) == 2
