"""Claude Code's own WebSearch through pxbin, to an upstream that cannot search: pxbin searches, with a SearXNG."""

import json
from pathlib import Path

import pytest

from tests.support.engine_process import running_engine
from tests.support.node_clients import claude_binary, run_claude
from tests.support.upstream import (
    Answer,
    FakeUpstream,
    json_answer,
    openai_chunk,
    openai_events,
    openai_stream,
    raw_answer,
    sse_answer,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

MODEL = "gpt-5-mini"
QUERY = "llm proxy that keeps every token"
PAGE = {"url": "https://pages.example/proxy", "title": "The proxy page", "content": "4711 tokens."}


def call(call_id: str, name: str, **arguments: str) -> Answer:
    """A streamed call."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    asked = {"index": 0, "id": call_id, "type": "function", "function": function}
    first = openai_chunk({"role": "assistant", "content": None, "tool_calls": [asked]})
    return sse_answer(first, *openai_events(finish="tool_calls")[1:])


async def search_by_claude_code(tmp_path: Path, searxng: FakeUpstream, said: str) -> FakeUpstream:
    """One prompt, one WebSearch; ``said`` is what the model answers to it."""
    claude_binary()
    settings = {"web_search_provider": "searxng", "web_search_url": searxng.url}
    async with FakeUpstream() as upstream, running_engine(tmp_path / "data", **settings) as engine:
        upstream.script(
            call("call_1", "WebSearch", query=QUERY),  # the main conversation: Claude Code's tool
            call("call_2", "web_search", query=QUERY),  # its request of its own: pxbin's function
            openai_stream(said),
            openai_stream("The answer is 4711."),
        )
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        ran = await run_claude(
            "Look it up.", "--allowedTools", "WebSearch", "--dangerously-skip-permissions",
            base_url=engine.base_url, key=await engine.add_key(), model=MODEL, folder=tmp_path,
        )  # fmt: skip
        assert ran.code == 0, ran
        assert "The answer is 4711." in ran.out
        rows = await engine.logs(3)
        assert [row["status_code"] for row in rows] == [200, 200, 200]
        return upstream


async def test_claude_code_searches_the_web(tmp_path: Path) -> None:
    async with FakeUpstream() as searxng:
        searxng.always = json_answer({"results": [PAGE]})
        upstream = await search_by_claude_code(tmp_path, searxng, "It counts 4711 tokens.")
        assert len(searxng.requests) == 1
        assert "q=llm+proxy+that+keeps+every+token" in searxng.requests[0].query
        main, search, found, last = (request.json for request in upstream.requests)
        assert "web_search" not in [tool["function"]["name"] for tool in main["tools"]]
        assert [tool["function"]["name"] for tool in search["tools"]] == ["web_search"]
        assert "4711 tokens." in found["messages"][-1]["content"]
        # Claude Code understood the blocks: its tool's result names the page and what the model made of it.
        told = next(turn for turn in reversed(last["messages"]) if turn["role"] == "tool")
        assert "https://pages.example/proxy" in told["content"]
        assert "The proxy page" in told["content"]
        assert "It counts 4711 tokens." in told["content"]


async def test_a_search_that_fails_does_not_end_the_conversation(tmp_path: Path) -> None:
    async with FakeUpstream() as searxng:
        searxng.always = raw_answer(b"<h1>Forbidden</h1>", status=403)
        upstream = await search_by_claude_code(tmp_path, searxng, "I could not look it up.")
        found, last = (request.json for request in upstream.requests[2:])
        assert "search.formats" in found["messages"][-1]["content"]
        told = next(turn for turn in reversed(last["messages"]) if turn["role"] == "tool")
        assert "I could not look it up." in told["content"]
