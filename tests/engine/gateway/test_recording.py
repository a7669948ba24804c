"""Recording, behind the real HTTP skin: who is recorded, and that it is what was said, as it was said."""

import json

import pytest

from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.recording import RecordedAnswer, RecordedResponder
from pxbin_engine.gateway.reply import Responder
from pxbin_engine.gateway.upstream_answer import UpstreamAnswer
from pxbin_engine.records import RecordedMessage, Recording
from tests.engine.gateway.test_searching import NEWS, asked, called, searching
from tests.support.gateway import KEY, Proxy
from tests.support.upstream import (
    CUT,
    json_answer,
    openai_error,
    openai_events,
    openai_stream,
    sse_answer,
)

STREAMED = {
    "model": "alias",
    "max_tokens": 9,
    "stream": True,
    "messages": [{"role": "user", "content": "Hi, I am sk-upstream-1"}],
}


def recording(exchange: Exchange) -> Recording:
    assert exchange.tape is not None
    messages = exchange.tape.messages()
    return Recording(request_id=exchange.id, timestamp=exchange.timestamp, messages=messages)


def sides(exchange: Exchange) -> list[tuple[str, int]]:
    return [(message.side, message.attempt) for message in recording(exchange).messages]


def found(exchange: Exchange, side: str, attempt: int | None = None) -> RecordedMessage:
    message = recording(exchange).find(side, attempt)  # type: ignore[arg-type]  # a test's own word
    assert message is not None
    return message


async def test_all_that_a_request_says_and_hears() -> None:
    async with Proxy("openai", log_bodies="all") as proxy:
        proxy.upstreams[0].script(openai_stream("Hello"))
        seen = await proxy.post("/v1/messages?beta=true", STREAMED)
        row = await proxy.finished()
        received = proxy.upstreams[0].requests[-1]
    assert sides(row) == [
        ("client_request", 0), ("upstream_request", 1), ("upstream_response", 1), ("client_response", 0),
    ]  # fmt: skip
    asked = found(row, "client_request")
    assert (asked.method, asked.url) == ("POST", "/v1/messages?beta=true")
    assert asked.header("X-API-KEY") == KEY[:8] + "*" * 36
    assert json.loads(asked.body)["messages"][0]["content"] == "Hi, I am " + "*" * 13
    sent = found(row, "upstream_request")
    assert sent.body == received.body.replace(b"sk-upstream-1", b"*" * 13)
    assert sent.url.endswith("/v1/chat/completions")
    assert sent.header("authorization") == "Bearer " + "*" * 13
    heard = found(row, "upstream_response")
    assert (heard.status, heard.header("content-type")) == (200, "text/event-stream")
    assert heard.body.startswith(b"data: ")
    assert b"Hello" in heard.body
    told = found(row, "client_response")
    assert (told.status, told.body, told.size) == (200, seen.body, len(seen.body))
    assert told.header("x-request-id") == row.request_id
    times = [read.ms for message in (asked, sent, heard, told) for read in message.reads]
    assert 0 < times[0] <= times[-1] <= row.latency_ms


async def test_each_attempt_is_told() -> None:
    async with Proxy("openai", "anthropic", log_bodies="all") as proxy:
        proxy.upstreams[0].script(openai_error(503, "not now"))
        proxy.upstreams[1].script(
            json_answer({"type": "error", "error": {"type": "x", "message": "no"}}, status=400)
        )
        await proxy.post("/v1/messages", STREAMED)
        row = await proxy.finished()
    assert sides(row) == [
        ("client_request", 0), ("upstream_request", 1), ("upstream_response", 1),
        ("upstream_request", 2), ("upstream_response", 2), ("client_response", 0),
    ]  # fmt: skip
    assert found(row, "upstream_response", 1).status == 503
    assert b"not now" in found(row, "upstream_response", 1).body
    assert found(row, "upstream_response").status == 400
    assert found(row, "client_response").status == 400


async def test_a_stream_that_breaks_is_kept_as_far_as_it_came() -> None:
    async with Proxy("openai", log_bodies="errors") as proxy:
        proxy.upstreams[0].script(sse_answer(*openai_events("Hel")[:2], 0.02, CUT))
        seen = await proxy.post("/v1/messages", STREAMED)
        row = await proxy.finished()
    assert row.tape is not None
    assert row.tape.settle(row.outcome or "ok") == "kept"
    assert b"Hel" in found(row, "upstream_response").body
    assert found(row, "client_response").body == seen.body


async def test_a_count_of_tokens_is_kept_too() -> None:
    async with Proxy("anthropic", log_bodies="all") as proxy:
        proxy.upstreams[0].script(json_answer({"input_tokens": 7}))
        counted = {name: STREAMED[name] for name in ("model", "messages")}
        await proxy.post("/v1/messages/count_tokens", counted)
        row = await proxy.finished()
    assert found(row, "upstream_response", 1).body == b'{"input_tokens": 7}'


async def test_the_mode_is_that_of_the_requests_begin_and_off_keeps_nothing() -> None:
    async with Proxy("openai") as proxy:
        proxy.upstreams[0].always = openai_stream("Hello")
        await proxy.post("/v1/messages", STREAMED)
        proxy.gateway.recorder.mode = "all"
        await proxy.post("/v1/messages", STREAMED)
        proxy.gateway.recorder.mode = "off"
        await proxy.post("/v1/messages", STREAMED)
        await proxy.finished(3)
        assert [row.tape is not None for row in proxy.rows] == [False, True, False]


@pytest.mark.parametrize("key", [None, "pxb_" + "f" * 40])
async def test_whoever_has_no_key_cannot_fill_the_disk(key: str | None) -> None:
    async with Proxy("openai", log_bodies="all") as proxy:
        assert (await proxy.post("/v1/messages", STREAMED, key=key)).status == 401
        assert (await proxy.finished()).tape is None


async def test_a_refused_request_is_kept() -> None:
    async with Proxy("openai", log_bodies="errors") as proxy:
        seen = await proxy.post("/v1/messages", b"{no json")
        row = await proxy.finished()
    assert sides(row) == [("client_request", 0), ("client_response", 0)]
    assert found(row, "client_request").body == b"{no json"
    assert found(row, "client_response").body == seen.body


def test_what_keeps_is_all_of_what_it_stands_for() -> None:
    """Else a method that is added there would pass by without a trace."""
    for keeper, original in ((RecordedAnswer, UpstreamAnswer), (RecordedResponder, Responder)):
        methods = {name for name in vars(original) if not name.startswith("_")}
        assert methods <= vars(keeper).keys()


async def test_each_round_of_a_search_is_kept_and_the_search_itself_is_not() -> None:
    async with searching(log_bodies="all") as (proxy, _):
        proxy.upstreams[0].script(called(NEWS), openai_stream("It ", "is so."))
        await asked(proxy)
        row = await proxy.finished()
        sent = [request.body for request in proxy.upstreams[0].requests]
    assert [one.body for one in recording(row).of("upstream_request")] == sent
    assert sorted(sides(row)) == [
        ("client_request", 0),
        ("client_response", 0),
        *[("upstream_request", 1)] * 2,
        *[("upstream_response", 1)] * 2,
    ]
    first, second = recording(row).of("upstream_response")
    assert b"tool_calls" in first.body
    assert b"is so." in second.body
