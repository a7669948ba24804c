"""Replays: what is sent again, to whom and in whose name, and what is told of both answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from pxbin_engine.admin.replays import ReplayAdmin
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import KeyRecord, RecordedMessage, RequestRecord
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.recordings import PackedRecording, pack
from tests.support.control_plane import ControlPlane
from tests.support.database import NOW, a_request
from tests.support.gateway import anthropic_request, openai_request
from tests.support.upstream import (
    HANG,
    FakeUpstream,
    anthropic_events,
    openai_completion,
    openai_error,
    openai_events,
    openai_stream,
    openai_tool_call,
    sse_answer,
)

HEADERS = (
    ("User-Agent", "claude-cli/2.1.330 (external, cli)"),
    ("X-Claude-Code-Session-Id", "s1"),
    ("anthropic-beta", "context-1m"),
    ("x-api-key", "*****"),
    ("Authorization", "*****"),
    ("Content-Length", "12"),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
)
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
RESPONSES = {"model": "alias", "input": "Hello", "stream": True}


class Stage:
    """A control plane with a model ``other`` at a fake upstream, and a key; requests are recorded as the test says."""

    def __init__(self, control: ControlPlane, upstream: FakeUpstream, key: KeyRecord) -> None:
        self.control, self.upstream, self.key = control, upstream, key
        self.rows: list[RequestRecord] = []
        control.events.subscribe(RequestFinished, lambda event: self.rows.append(event.record))

    async def recorded(
        self,
        body: object,
        *,
        url: str = "/v1/messages",
        answer: bytes = b"",
        cut: bool = False,
        **row: Any,
    ) -> UUID:
        """A request with its recording."""
        told = {
            "input_format": "anthropic",
            "llm_key_id": self.key.id,
            "key_name": self.key.name,
            "model": "alias",
        }
        record = a_request(path=url.partition("?")[0], recording="kept", **told | row)
        asked = body if isinstance(body, bytes) else json.dumps(body).encode()
        messages = [
            RecordedMessage(side="client_request", method="POST", url=url, headers=HEADERS, body=asked, size=len(asked) + cut, cut=cut),
            RecordedMessage(side="upstream_request", attempt=1, body=b"{}", size=2),
            RecordedMessage(side="client_response", status=200, body=answer, size=len(answer)),
        ]  # fmt: skip
        await self.control.request_store.insert_batch([record])
        await self.control.recording_store.insert(
            [PackedRecording(record.id, record.timestamp, pack(messages))]
        )
        return record.id

    async def run(self, request_id: UUID, model: str = "other", **more: Any) -> Any:
        return await self.control.replays.run(request_id, model=model, **more)


@pytest.fixture
async def stage(control: ControlPlane) -> AsyncIterator[Stage]:
    async with FakeUpstream() as upstream:
        made = await control.an_upstream("fake", base_url=upstream.url)
        await control.a_model(
            "other",
            upstream_id=made.id,
            upstream_model="other-upstream",
            input_cost_per_million=Decimal(1),
            output_cost_per_million=Decimal(2),
        )
        key = (await control.keys.create("llm", "laptop")).record
        await control.take_routes()
        yield Stage(control, upstream, key)


async def test_both_answers_are_told_and_the_replay_has_its_row(stage: Stage) -> None:
    request_id = await stage.recorded(
        anthropic_request("Hi", stream=True),
        answer=b"".join(anthropic_events("Hello ", "there")),
        stream=True,
        upstream_name="first",
        input_tokens=5,
        cache_read_tokens=20,
        output_tokens=3,
        cost=Decimal("0.5"),
        stop_reason="end_turn",
        latency_ms=100.0,
        ttft_ms=50.0,
    )
    stage.upstream.script(openai_stream("Good ", "day"))
    replay = await stage.run(request_id)

    original = replay.original
    assert (original.text, original.model, original.upstream_name) == (
        "Hello there",
        "alias",
        "first",
    )
    assert (original.input_tokens, original.output_tokens, original.cost) == (25, 3, Decimal("0.5"))
    assert (original.latency_ms, original.ttft_ms, original.request_id) == (100.0, 50.0, request_id)
    (row,) = stage.rows
    replayed = replay.replayed
    assert (replayed.text, replayed.tool_calls, replayed.error) == ("Good day", (), None)
    assert (replayed.model, replayed.upstream_name, replayed.status) == ("other", "fake", 200)
    assert (replayed.request_id, replayed.cost) == (row.id, row.cost)
    assert (replayed.output_tokens, replayed.stop_reason) == (row.output_tokens, "end_turn")
    assert row.cost is not None
    assert row.cost > 0
    assert row.metadata == {"replay_of": str(request_id)}
    assert (row.key_name, row.client_name, row.session_id) == ("laptop", "Claude Code 2.1.330", None)  # fmt: skip
    (seen,) = stage.upstream.requests
    assert (seen.json["model"], seen.json["stream"]) == ("other-upstream", True)
    assert seen.json["messages"][-1]["content"] == "Hi"


SPOKEN: dict[str, tuple[str, str, object, bool]] = {
    "anthropic": ("anthropic", "/v1/messages", anthropic_request(), False),
    "anthropic, streamed": ("anthropic", "/v1/messages", anthropic_request(stream=True), True),
    "chat": ("openai", "/v1/chat/completions", openai_request(), False),
    "chat, streamed": ("openai", "/v1/chat/completions", openai_request(stream=True), True),
    "responses": ("openai-responses", "/v1/responses", RESPONSES | {"stream": False}, False),
    "responses, streamed": ("openai-responses", "/v1/responses", RESPONSES, True),
    "gemini": ("gemini", "/v1beta/models/alias:generateContent", GEMINI, False),
    "gemini, streamed": ("gemini", "/v1beta/models/alias:streamGenerateContent?alt=sse&key=***", GEMINI, True),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOKEN)
async def test_every_dialect_is_sent_again_and_understood(stage: Stage, name: str) -> None:
    input_format, url, body, streamed = SPOKEN[name]
    request_id = await stage.recorded(body, url=url, input_format=input_format, stream=streamed)
    stage.upstream.script(openai_stream("Good day") if streamed else openai_completion("Good day"))
    replay = await stage.run(request_id)
    assert (replay.replayed.text, replay.replayed.error) == ("Good day", None)
    assert stage.upstream.requests[0].json["model"] == "other-upstream"
    (row,) = stage.rows
    assert (row.input_format, row.stream, row.model) == (input_format, streamed, "other")
    # What was answered this time is what a recording of it would be read as.
    assert "***" not in row.path


async def test_tools_are_called_by_nobody(stage: Stage) -> None:
    tool = {"name": "look", "input_schema": {"type": "object"}}
    request_id = await stage.recorded(anthropic_request(tools=[tool]) | {"stream": True}, stream=True)  # fmt: skip
    stage.upstream.script(openai_tool_call("c1", "look", {"at": "the sky"}))
    replayed = (await stage.run(request_id)).replayed
    assert (replayed.stop_reason, len(stage.upstream.requests)) == ("tool_use", 1)
    (call,) = replayed.tool_calls
    assert call.startswith("look(")
    assert json.loads(call.removeprefix("look(").removesuffix(")")) == {"at": "the sky"}


async def test_an_upstream_that_fails_is_an_answer_too(stage: Stage) -> None:
    request_id = await stage.recorded(anthropic_request())
    stage.upstream.script(openai_error(400, "too long for me"))
    replayed = (await stage.run(request_id)).replayed
    assert (replayed.status, replayed.text) == (400, "")
    assert "too long for me" in replayed.error


async def test_an_original_without_an_answer_is_empty(stage: Stage) -> None:
    cut = b"".join(anthropic_events("Hello ", "there"))[:700]
    request_id = await stage.recorded(anthropic_request(stream=True), answer=cut, stream=True)
    stage.upstream.script(openai_stream("Hi"), openai_stream("Hi"))
    assert (await stage.run(request_id)).original.text in ("Hello ", "Hello there")
    request_id = await stage.recorded(
        anthropic_request(stream=True), answer=b"<html>busy</html>", status_code=503, outcome="refused", error_message="busy",
    )  # fmt: skip
    original = (await stage.run(request_id)).original
    assert (original.text, original.status, original.error) == ("", 503, "busy")


async def test_the_key_it_came_with_pays_or_the_one_that_is_given(stage: Stage) -> None:
    other = (await stage.control.keys.create("llm", "other key")).record
    request_id = await stage.recorded(anthropic_request())
    stage.upstream.always = openai_completion("Hi")
    await stage.run(request_id)
    await stage.run(request_id, key_id=other.id)
    assert [row.key_name for row in stage.rows] == ["laptop", "other key"]
    await stage.control.keys.revoke(stage.key.id)
    with pytest.raises(
        InvalidInput, match="'laptop' that it came with is no longer in force"
    ) as no:
        await stage.run(request_id)
    assert no.value.field == "key_id"
    await stage.run(request_id, key_id=other.id)
    assert stage.rows[-1].key_name == "other key"
    store = KeyStore(stage.control.request_store._database)  # the test's own
    expired = replace(other, id=uuid4(), key_hash="e", expires_at=NOW - timedelta(seconds=1))
    management = (await stage.control.keys.create("management", "m")).record
    await store.insert(expired)
    for key_id in (expired.id, management.id, uuid4()):
        with pytest.raises(InvalidInput, match="There is no LLM key"):
            await stage.run(request_id, key_id=key_id)


async def test_its_limits_hold(stage: Stage) -> None:
    await stage.control.keys.update(stage.key.id, allowed_models=["gpt-*"])
    request_id = await stage.recorded(anthropic_request())
    replayed = (await stage.run(request_id)).replayed
    assert (replayed.status, stage.upstream.requests) == (403, [])
    assert "may not use the model 'other'" in replayed.error


async def test_what_cannot_be_sent_again_says_why(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await stage.run(uuid4())
    bare = a_request(llm_key_id=stage.key.id, recording="dropped")
    await stage.control.request_store.insert_batch([bare])
    cases = {
        "there was no room for them. So it cannot": bare.id,
        "Only the first 12 of 13 bytes": await stage.recorded(b'{"model":"a"', cut=True),
        "Only a request for an answer": await stage.recorded(
            anthropic_request(), url="/v1/messages/count_tokens"
        ),
        "Only a request for": await stage.recorded(GEMINI, url="/v1beta/models/m:countTokens", input_format="gemini"),
        "Only a": await stage.recorded({}, url="/nowhere", input_format=""),
        "This anthropic request cannot be sent again": await stage.recorded(b"no JSON"),
    }  # fmt: skip
    for reason, request_id in cases.items():
        with pytest.raises(InvalidInput, match=reason):
            await stage.run(request_id)
    request_id = await stage.recorded(anthropic_request())
    for model in ("nobody's", " "):
        with pytest.raises(InvalidInput) as refused:
            await stage.run(request_id, model=model)
        assert refused.value.field == "model"
    assert stage.rows == []


async def test_nothing_is_sent_where_nothing_is_served(stage: Stage) -> None:
    control = stage.control
    idle = ReplayAdmin(
        control.requests,
        KeyStore(control.request_store._database),  # the test's own
        control.gateway,
        control.events,
        serves=lambda: False,
    )
    with pytest.raises(InvalidInput, match="serves no requests now"):
        await idle.run(uuid4(), model="other")


async def test_who_cancels_it_ends_the_request(stage: Stage) -> None:
    request_id = await stage.recorded(anthropic_request(stream=True), stream=True)
    stage.upstream.script(sse_answer(openai_events("Go")[0], HANG))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await stage.run(request_id)
    (row,) = stage.rows
    assert (row.outcome, row.metadata) == ("cancelled", {"replay_of": str(request_id)})
    assert stage.control.gateway.in_flight == 0
