"""Searching for an upstream that cannot: what the client sees, what the upstream is asked, and what becomes of failures."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.tasks import running
from tests.support.gateway import (
    KEY,
    Proxy,
    Seen,
    anthropic_request,
    model_record,
    upstream_record,
)
from tests.support.upstream import (
    CUT,
    DONE,
    HANG,
    Answer,
    FakeUpstream,
    anthropic_events,
    anthropic_stream,
    data_event,
    json_answer,
    named_event,
    openai_chunk,
    openai_completion,
    openai_error,
    openai_stream,
    openai_usage,
    raw_answer,
    sse_answer,
)
from tests.support.validators.anthropic_messages import validate

TOOL = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
PAGES = {
    "results": [
        {"url": "https://a.example/1", "title": "A", "content": "It says so."},
        {"url": "https://b.example/2", "title": "B", "content": "", "publishedDate": "2026-01-02"},
    ]
}
ROUND = openai_usage(100, 10, 40)


def search_request(**fields: Any) -> dict[str, Any]:
    """As Claude Code asks for a search: a request of its own, with the one tool."""
    return anthropic_request("Perform a web search for the query: llm proxy") | {
        "tools": [TOOL],
        "stream": True,
    } | fields  # fmt: skip


def called(*calls: tuple[str, str, dict[str, Any]], text: str = "") -> Answer:
    """A streamed round that ends with calls of (id, function, arguments)."""
    events = [openai_chunk({"role": "assistant", "content": text})]
    for position, (call_id, name, arguments) in enumerate(calls):
        function = {"name": name, "arguments": json.dumps(arguments)}
        call = {"index": position, "id": call_id, "type": "function", "function": function}
        events.append(openai_chunk({"tool_calls": [call]}))
    usage = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": ROUND}  # fmt: skip
    return sse_answer(*events, openai_chunk({}, "tool_calls"), data_event(usage), DONE)


def called_whole(*calls: tuple[str, str, dict[str, Any]]) -> Answer:
    """The same, not streamed."""
    told = [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for call_id, name, arguments in calls
    ]  # fmt: skip
    turn = {"role": "assistant", "content": None, "tool_calls": told}
    choice = {"index": 0, "message": turn, "finish_reason": "tool_calls"}
    return json_answer({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": ROUND})  # fmt: skip


NEWS = ("call_1", "web_search", {"query": "llm proxy"})
READ = ("call_2", "Read", {"path": "/"})
READ_TOOL = {"name": "Read", "input_schema": {"type": "object", "properties": {}}}


@asynccontextmanager
async def searching(*formats: Any, **settings: Any) -> Any:
    """A proxy with a SearXNG, which finds ``PAGES``."""
    async with FakeUpstream() as searxng:
        searxng.always = json_answer(PAGES)
        settings = {"web_search_provider": "searxng", "web_search_url": searxng.url} | settings
        async with Proxy(*formats, **settings) as proxy:
            yield proxy, searxng


def message(seen: Seen) -> dict[str, Any]:
    """A streamed or a whole message as a client keeps it; a stream is validated."""
    if not seen.headers["content-type"].startswith("text/event-stream"):
        return dict(seen.json)
    told = validate(seen.body)
    for block in told["content"]:
        if isinstance(block.get("input"), str):
            block["input"] = json.loads(block["input"])
    return told


def blocks(seen: Seen) -> list[dict[str, Any]]:
    """Its content."""
    return list(message(seen)["content"])


def kinds(content: Iterable[dict[str, Any]]) -> list[str]:
    return [block["type"] for block in content]


async def asked(proxy: Proxy, **fields: Any) -> Seen:
    return await proxy.post("/v1/messages", search_request(**fields))


@pytest.mark.parametrize("stream", [True, False])
async def test_a_search_and_the_answer(stream: bool) -> None:
    async with searching() as (proxy, searxng):
        rounds = [called(NEWS), openai_stream("It ", "is so.")]
        whole = [called_whole(NEWS), openai_completion("It is so.")]
        proxy.upstreams[0].script(*(rounds if stream else whole))
        seen = await asked(proxy, stream=stream)
        assert seen.status == 200
        content = blocks(seen)
        assert kinds(content) == ["server_tool_use", "web_search_tool_result", "text"]
        call, result, text = content
        assert (call["name"], call["input"]) == ("web_search", {"query": "llm proxy"})
        assert result["tool_use_id"] == call["id"]
        assert [(hit["url"], hit["title"], hit["page_age"]) for hit in result["content"]] == [
            ("https://a.example/1", "A", None),
            ("https://b.example/2", "B", "2026-01-02"),
        ]
        assert text["text"] == "It is so."

        assert (searxng.requests[0].path, searxng.requests[0].query) == (
            "/search",
            "q=llm+proxy&format=json",
        )
        first, second = (request.json for request in proxy.upstreams[0].requests)
        assert [tool["function"]["name"] for tool in first["tools"]] == ["web_search"]
        assert first["tools"] == second["tools"]
        assert second["messages"][:-2] == first["messages"]
        assert second["messages"][-2]["tool_calls"][0]["function"]["name"] == "web_search"
        told = second["messages"][-1]
        assert (told["role"], told["tool_call_id"]) == ("tool", "call_1")
        assert "https://a.example/1\nIt says so." in told["content"]

        row = await proxy.finished()
        assert row.outcome == "ok"
        assert row.usage is not None
        assert (row.usage.input_tokens, row.usage.cache_read_tokens) == (60 + 12, 40)
        assert (row.usage.output_tokens, row.usage.web_searches) == (10 + 7, 1)
        assert row.losses == ()
        assert len(row.attempts) == 1


async def test_what_the_client_is_told_it_was_used_is_the_sum() -> None:
    async with searching() as (proxy, _):
        proxy.upstreams[0].script(called(NEWS), openai_stream("So."))
        usage = message(await asked(proxy))["usage"]
        assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == (72, 40)
        assert usage["output_tokens"] == 17
        assert usage["server_tool_use"]["web_search_requests"] == 1


async def test_a_client_s_call_in_the_same_turn_comes_after_what_was_found() -> None:
    """... and the history that the client brings back is a conversation that the upstream understands."""
    async with searching() as (proxy, _):
        upstream = proxy.upstreams[0]
        upstream.script(called(NEWS, READ, text="Let me see."), openai_stream("So."))
        tools = [TOOL, READ_TOOL]
        seen = await asked(proxy, tools=tools)
        told = message(seen)
        content = told["content"]
        assert kinds(content) == ["text", "server_tool_use", "web_search_tool_result", "tool_use"]
        assert told["stop_reason"] == "tool_use"
        assert len(upstream.requests) == 1

        result = {"type": "tool_result", "tool_use_id": "call_2", "content": "read"}
        history = [
            {"role": "user", "content": "Look."},
            {"role": "assistant", "content": content},
            {"role": "user", "content": [result]},
        ]
        seen = await asked(proxy, tools=tools, messages=history)
        assert kinds(blocks(seen)) == ["text"]
        sent = upstream.requests[1].json["messages"]
        assert [turn["role"] for turn in sent] == ["user", "assistant", "tool", "assistant", "tool"]
        assert sent[1]["content"] == "Let me see."
        assert "It says so." in sent[2]["content"]
        assert sent[2]["tool_call_id"] == sent[1]["tool_calls"][0]["id"]
        assert (sent[3]["tool_calls"][0]["id"], sent[4]["content"]) == ("call_2", "read")


@pytest.mark.parametrize("stream", [True, False])
async def test_no_more_searches_than_the_client_allows(stream: bool) -> None:
    more = ("call_9", "web_search", {"query": "more"})
    async with searching() as (proxy, searxng):
        rounds = [called(NEWS, more), openai_stream("So.")]
        whole = [called_whole(NEWS, more), openai_completion("So.")]
        proxy.upstreams[0].script(*(rounds if stream else whole))
        seen = await asked(proxy, stream=stream, tools=[TOOL | {"max_uses": 1}])
        results = [b["content"] for b in blocks(seen) if b["type"] == "web_search_tool_result"]
        assert len(results[0]) == 2
        assert results[1]["error_code"] == "max_uses_exceeded"
        assert len(searxng.requests) == 1
        told = proxy.upstreams[0].requests[1].json["messages"][-1]["content"]
        assert "max_uses_exceeded" in told


async def test_only_the_domains_that_the_client_wants() -> None:
    async with searching() as (proxy, searxng):
        proxy.upstreams[0].script(called(NEWS), openai_stream("So."))
        seen = await asked(proxy, tools=[TOOL | {"allowed_domains": ["b.example"]}])
        hits = blocks(seen)[1]["content"]
        assert [hit["url"] for hit in hits] == ["https://b.example/2"]
        assert searxng.requests[0].query == "q=llm+proxy+site:b.example&format=json"


async def test_a_forced_search_is_forced_once() -> None:
    async with searching() as (proxy, _):
        proxy.upstreams[0].script(called(NEWS), openai_stream("So."))
        await asked(proxy, tool_choice={"type": "tool", "name": "web_search"})
        first, second = (request.json["tool_choice"] for request in proxy.upstreams[0].requests)
        assert first == {"type": "function", "function": {"name": "web_search"}}
        assert second == "auto"


async def test_a_client_s_own_function_of_that_name_is_its_own() -> None:
    own = {"name": "web_search", "input_schema": {"type": "object", "properties": {}}}
    gemini_like = TOOL | {"name": "google"}
    async with searching() as (proxy, searxng):
        proxy.upstreams[0].script(called(("call_1", "web_search", {})))
        seen = await asked(proxy, tools=[own, gemini_like])
        assert kinds(blocks(seen)) == ["tool_use"]
        assert searxng.requests == []
        tools = proxy.upstreams[0].requests[0].json["tools"]
        assert [tool["function"]["name"] for tool in tools] == ["web_search", "pxbin_web_search"]


# ---------------------------------------------------------------------- failures

FAILURES = {
    "JSON is not switched on": (raw_answer(b"<h1>Forbidden</h1>", status=403), "unavailable", "search.formats"),
    "it is no SearXNG": (raw_answer(b"<html>"), "unavailable", "JSON"),
    "it breaks off": (Answer(before=[CUT]), "unavailable", "127.0.0.1"),
    "it redirects": (raw_answer(b"", status=302, location="/"), "unavailable", "302"),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("stream", [True, False])
async def test_a_search_that_fails_is_told_and_the_model_goes_on(
    failure: str, stream: bool
) -> None:
    answer, code, reason = FAILURES[failure]
    async with searching() as (proxy, searxng):
        searxng.always = answer
        rounds = [called(NEWS), openai_stream("I could not look.")]
        whole = [called_whole(NEWS), openai_completion("I could not look.")]
        proxy.upstreams[0].script(*(rounds if stream else whole))
        content = blocks(await asked(proxy, stream=stream))
        assert content[1]["content"] == {"type": "web_search_tool_result_error", "error_code": code}
        assert content[2]["text"] == "I could not look."
        told = proxy.upstreams[0].requests[1].json["messages"][-1]["content"]
        assert told.startswith(f"Error: the web search failed ({code}).")
        assert reason in told
        row = await proxy.finished()
        assert row.outcome == "ok"
        assert [loss.path for loss in row.losses] == ["answer.web_search"]
        assert reason in row.losses[0].reason
        assert row.usage is not None
        assert row.usage.web_searches == 0


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_an_upstream_that_fails_in_a_later_round_ends_the_stream(status: int) -> None:
    async with searching("openai", "openai") as (proxy, _):
        proxy.upstreams[0].script(called(NEWS), openai_error(status, "not now"))
        seen = await asked(proxy)
        events = [data for _, data in seen.events]
        assert events[-1]["type"] == "error"
        assert "not now" in events[-1]["error"]["message"]
        assert proxy.upstreams[1].requests == []  # something had reached the client
        row = await proxy.finished()
        assert (row.outcome, row.status) == ("stream_error", 200)
        assert row.usage is not None
        assert row.usage.input_tokens >= 60  # the first round is paid for
        assert row.attempts[0].status == status


async def test_a_later_round_that_breaks_off_ends_the_stream() -> None:
    async with searching() as (proxy, _):
        half = sse_answer(openai_chunk({"role": "assistant", "content": "It is"}), CUT)
        proxy.upstreams[0].script(called(NEWS), half)
        events = [data for _, data in (await asked(proxy)).events]
        assert events[-1]["type"] == "error"
        assert (await proxy.finished()).outcome == "stream_error"


async def test_without_a_stream_a_later_round_that_fails_is_taken_over_by_the_next_target() -> None:
    async with searching("openai", "openai") as (proxy, searxng):
        proxy.upstreams[0].script(called_whole(NEWS), openai_error(503, "not now"))
        proxy.upstreams[1].script(called_whole(NEWS), openai_completion("So."))
        seen = await asked(proxy, stream=False)
        assert (seen.status, blocks(seen)[2]["text"]) == (200, "So.")
        assert len(searxng.requests) == 2
        row = await proxy.finished()
        assert [attempt.status for attempt in row.attempts] == [503, 200]


async def test_without_a_stream_a_later_refusal_has_its_status() -> None:
    async with searching() as (proxy, _):
        proxy.upstreams[0].script(called_whole(NEWS), openai_error(429, "slow down"))
        seen = await asked(proxy, stream=False)
        assert (seen.status, seen.json["error"]["type"]) == (429, "rate_limit_error")


async def test_the_first_round_can_still_be_taken_over() -> None:
    async with searching("openai", "openai") as (proxy, _):
        proxy.upstreams[0].script(openai_error(500, "broken"))
        proxy.upstreams[1].script(called(NEWS), openai_stream("So."))
        assert kinds(blocks(await asked(proxy)))[-1] == "text"
        row = await proxy.finished()
        assert [attempt.status for attempt in row.attempts] == [500, 200]


async def test_an_upstream_that_never_streams() -> None:
    async with searching() as (proxy, _):
        proxy.upstreams[0].script(called_whole(NEWS), openai_completion("So."))
        content = blocks(await asked(proxy))
        assert kinds(content) == ["server_tool_use", "web_search_tool_result", "text"]


async def test_a_model_that_never_ends_searching() -> None:
    async with searching() as (proxy, searxng):
        proxy.upstreams[0].always = called(NEWS)
        told = message(await asked(proxy, tools=[TOOL | {"max_uses": 100}]))
        assert told["stop_reason"] == "pause_turn"
        assert (len(searxng.requests), len(proxy.upstreams[0].requests)) == (8, 9)
        assert proxy.upstreams[0].requests[-1].json["tool_choice"] == "none"


# ---------------------------------------------------------------------- silence, and clients that leave


async def test_a_client_is_kept_alive_while_a_search_lasts() -> None:
    async with searching(ping_interval_seconds=0.05) as (proxy, searxng):
        searxng.always = json_answer(PAGES).after(0.4)
        proxy.upstreams[0].script(called(NEWS), openai_stream("So.").after(0.4))
        seen = await asked(proxy)
        names = [name for name, _ in seen.events]
        assert names.count("ping") >= 6
        assert kinds(blocks(seen)) == ["server_tool_use", "web_search_tool_result", "text"]
        assert len(searxng.requests) == 1
        assert len(proxy.upstreams[0].requests) == 2


async def test_the_search_is_seen_before_it_has_ended() -> None:
    async with searching() as (proxy, searxng):
        searxng.always = Answer(before=[HANG])
        proxy.upstreams[0].script(called(NEWS, text="Let me see."))
        headers = {"x-api-key": KEY}
        async with proxy.http.post(proxy.url + "/v1/messages", json=search_request(), headers=headers) as answer:  # fmt: skip
            read = b""
            async with asyncio.timeout(5):
                while b'{\\"query\\":\\"llm proxy\\"}' not in read:
                    read += await answer.content.readany()
            assert b"Let me see." in read
            async with asyncio.timeout(5):
                while not searxng.requests:
                    await asyncio.sleep(0.01)
        await left(proxy, searxng)


async def test_a_client_that_leaves_in_the_middle_of_a_search_ends_it() -> None:
    async with searching() as (proxy, searxng):
        searxng.always = Answer(before=[HANG])
        proxy.upstreams[0].script(called_whole(NEWS))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await asked(proxy, stream=False)
        await left(proxy, searxng)


async def test_a_client_that_leaves_in_a_later_round_ends_it() -> None:
    async with searching() as (proxy, _):
        upstream = proxy.upstreams[0]
        upstream.script(called(NEWS), Answer(before=[HANG]))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await asked(proxy)
        assert len(upstream.requests) == 2
        await left(proxy, upstream)


async def left(proxy: Proxy, fake: FakeUpstream) -> None:
    """Its connection was cut, the row says so, and nothing goes on."""
    async with asyncio.timeout(5):
        await fake.requests[-1].left.wait()
    row = await proxy.finished()
    assert row.outcome == "cancelled"
    assert row.usage is not None
    assert row.usage.input_tokens >= 60
    async with asyncio.timeout(2):
        while any(task.get_name() == "search.step" for task in running()):
            await asyncio.sleep(0.01)


# ---------------------------------------------------------------------- where pxbin does not search


async def test_without_a_provider_the_tool_is_left_out_with_a_loss() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_stream("I cannot look."))
        assert kinds(blocks(await asked(proxy))) == ["text"]
        assert "tools" not in proxy.upstreams[0].requests[0].json
        row = await proxy.finished()
        assert [loss.path for loss in row.losses] == ["tools[0]"]


async def test_an_upstream_that_searches_itself_gets_the_request_as_it_is() -> None:
    async with searching("anthropic") as (proxy, searxng):
        proxy.upstreams[0].script(anthropic_stream("Hello."))
        await asked(proxy)
        assert proxy.upstreams[0].requests[0].json["tools"] == [TOOL]
        assert searxng.requests == []


async def test_an_upstream_that_only_speaks_the_client_s_dialect_is_searched_for() -> None:
    async with searching("anthropic") as (proxy, searxng):
        upstream = proxy.upstreams[0]
        record = structs.replace(
            upstream_record(1, upstream.url, "anthropic"), preset="lmstudio-anthropic"
        )
        model = model_record("alias", [record], "local-model")
        table = RoutingTable.build([model], [record], {record.id: "sk"})
        proxy.gateway.replace_routing(table, [record.id])
        call = {"type": "tool_use", "id": "toolu_1", "name": "web_search", "input": {}}
        query = {"type": "input_json_delta", "partial_json": '{"query":"llm proxy"}'}
        start, _, _, end, _, stop = anthropic_events("")
        searches = sse_answer(
            start,
            named_event("content_block_start", index=0, content_block=call),
            named_event("content_block_delta", index=0, delta=query),
            end,
            named_event(
                "message_delta",
                delta={"stop_reason": "tool_use", "stop_sequence": None},
                usage={"output_tokens": 7},
            ),
            stop,
        )
        upstream.script(searches, anthropic_stream("It is so."))
        content = blocks(await asked(proxy))
        assert kinds(content) == ["server_tool_use", "web_search_tool_result", "text"]
        assert len(searxng.requests) == 1
        first, second = (request.json for request in upstream.requests)
        assert [tool["name"] for tool in first["tools"]] == ["web_search"]
        assert "type" not in first["tools"][0]
        assert second["messages"][-1]["content"][0]["tool_use_id"] == "toolu_1"


async def test_a_request_that_only_talks_of_it_is_as_any_other() -> None:
    async with searching() as (proxy, searxng):
        proxy.upstreams[0].script(called(NEWS))
        own = {"name": "web_search", "input_schema": {"type": "object", "properties": {}}}
        assert kinds(blocks(await asked(proxy, tools=[own]))) == ["tool_use"]
        assert searxng.requests == []


async def test_a_request_that_cannot_be_read_is_told_what_is_wrong() -> None:
    async with searching() as (proxy, _):
        seen = await asked(proxy, max_tokens="many")
        assert (seen.status, "max_tokens" in seen.json["error"]["message"]) == (400, True)
