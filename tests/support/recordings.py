"""Recordings as they are of real requests: a client's and an upstream's side of it, streamed, with times."""

import asyncio
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from pxbin_engine.errors import PxbinError
from pxbin_engine.records import (
    RecordedMessage,
    RecordedRead,
    RecordedSide,
    Recording,
    Replay,
    ReplayAnswer,
    RequestRecord,
)

PROMPT = "Fix the failing test in tests/test_router.py: the second target is never tried."
ANSWER = "The loop returns after the first failure. I moved the return behind it, and the test passes now."
REPLAYED = UUID(int=0x5EA7)
"""The row of a replay."""
SYSTEM = "You are Claude Code, Anthropic's official CLI for Claude. " * 60
TOOLS = ("Bash", "Read", "Edit", "Glob", "Grep", "Write", "Task", "WebFetch")


def asked_of_pxbin(turns: int = 6) -> dict[str, Any]:
    """A body as Claude Code sends it."""
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "text", "text": PROMPT}]}
    ]
    for turn in range(turns):
        call = {
            "type": "tool_use",
            "id": f"toolu_{turn:02}",
            "name": "Read",
            "input": {"file_path": f"/src/router_{turn}.py"},
        }
        result = {
            "type": "tool_result",
            "tool_use_id": f"toolu_{turn:02}",
            "content": f"{turn}\tasync def handle(self):\n" * 40,
        }
        messages += [
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ]
    return {
        "model": "claude-sonnet-4-5",
        "max_tokens": 32_000,
        "stream": True,
        "thinking": {"type": "enabled", "budget_tokens": 16_000},
        "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
        "messages": messages,
        "tools": [{"name": name, "description": f"Uses {name}.", "input_schema": {"type": "object"}} for name in TOOLS],
    }  # fmt: skip


def asked_of_upstream(turns: int = 6) -> dict[str, Any]:
    """The same as it went on, translated."""
    asked = asked_of_pxbin(turns)
    told = [
        {"role": one["role"], "content": json.dumps(one["content"])} for one in asked["messages"]
    ]
    return {
        "model": "glm-4.6",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 32_000,
        "messages": [{"role": "system", "content": SYSTEM}, *told],
    }


def anthropic_events(text: str = ANSWER) -> list[tuple[str, dict[str, Any]]]:
    """The events of an answer in Anthropic's dialect, a delta for each word."""
    begun = {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "glm-4.6",
        "content": [],
    }
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"{word} "}}
        for word in text.split()
    ]  # fmt: skip
    events = [
        {"type": "message_start", "message": begun},
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *deltas,
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 24}},
        {"type": "message_stop"},
    ]  # fmt: skip
    return [(str(event["type"]), event) for event in events]


def openai_events(text: str = ANSWER) -> list[tuple[str, dict[str, Any]]]:
    """The same as chunks of Chat Completions, which have no name."""
    return [
        ("", {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": f"{word} "}}]})
        for word in text.split()
    ]


def streamed(
    side: RecordedSide, events: list[tuple[str, dict[str, Any]]], *, attempt: int = 0
) -> RecordedMessage:
    """An answer of these events, one read for each, the first after 830 ms."""
    pieces = [
        (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"
        for name, data in events
    ]
    body = "".join(pieces).encode()
    return RecordedMessage(
        side=side,
        attempt=attempt,
        status=200,
        headers=(("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")),
        body=body,
        size=len(body),
        reads=tuple(RecordedRead(830 + 41.5 * n, len(piece)) for n, piece in enumerate(pieces)),
    )  # fmt: skip


def a_message(side: RecordedSide, body: bytes, **values: Any) -> RecordedMessage:
    """A message with this body, whole."""
    return RecordedMessage(side=side, body=body, **{"size": len(body), **values})


def a_recording(record: RequestRecord, *, turns: int = 6) -> Recording:
    """What this request said and heard; one that failed first at one upstream has both attempts."""
    asked = json.dumps(asked_of_pxbin(turns)).encode()
    sent = json.dumps(asked_of_upstream(turns)).encode()
    client = (
        ("host", "127.0.0.1:8080"),
        ("content-type", "application/json"),
        ("authorization", "Bearer ********"),
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14"),
        ("user-agent", "claude-cli/2.1.330 (external, cli)"),
    )
    upstream = (("authorization", "Bearer ********"), ("content-type", "application/json"))
    url = "https://api.z.ai/api/coding/paas/v4/chat/completions"
    messages = [
        a_message("client_request", asked, method="POST", url=f"{record.path}?beta=true", headers=client)
    ]  # fmt: skip
    count = max(1, len(record.attempts))
    for attempt in range(1, count + 1):
        said = a_message(
            "upstream_request", sent, attempt=attempt, method="POST", url=url, headers=upstream
        )
        messages.append(said)  # fmt: skip
        if attempt < count:
            refused = b'{"error":{"code":"1302","message":"High concurrency usage of this API, please reduce."}}'
            kind = (("content-type", "application/json"),)
            messages.append(
                a_message("upstream_response", refused, attempt=attempt, status=429, headers=kind)
            )
    messages.append(streamed("upstream_response", openai_events(), attempt=count))
    messages.append(streamed("client_response", anthropic_events()))
    return Recording(request_id=record.id, timestamp=record.timestamp, messages=tuple(messages))


ORIGINAL = ReplayAnswer(
    model="claude-sonnet-4-5", upstream_name="Anthropic", status=200, text=ANSWER, stop_reason="end_turn",
    input_tokens=6_270, output_tokens=656, cost=Decimal("0.0287"), latency_ms=5_210, ttft_ms=840,
)  # fmt: skip
AGAIN = ReplayAnswer(
    model="glm-4.6", upstream_name="Z.ai", status=200, stop_reason="tool_use", input_tokens=6_412, output_tokens=590,
    text="The loop returns after the first failure. I have moved the return after it; all tests pass now.",
    tool_calls=('Bash({"command":"pytest -q tests/test_router.py"})',), cost=Decimal("0.0050"), latency_ms=7_400,
    ttft_ms=1_210, request_id=REPLAYED,
)  # fmt: skip


class ScriptedReplays:
    """``engine.replays``: answers with ``replay``, or fails; while ``gate`` is shut it waits."""

    def __init__(self) -> None:
        self.replay = Replay(original=ORIGINAL, replayed=AGAIN)
        self.failure: PxbinError | None = None
        self.asked: list[tuple[UUID, str, UUID | None]] = []
        self.cancelled = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, request_id: UUID, *, model: str, key_id: UUID | None = None) -> Replay:
        self.asked.append((request_id, model, key_id))
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failure is not None:
            raise self.failure
        return self.replay
