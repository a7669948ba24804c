"""Canonical events -> clients' chunks."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import Request, Text, Thinking, ToolCall
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.sse import SSEDecoder
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    Ping,
    StreamCollector,
    StreamEvent,
    StreamFailed,
    TextDelta,
    TextStart,
    events_of,
)
from tests.support.validators.openai_chat import check_stream

CORPUS = Path(__file__).parents[4] / "corpus" / "openai_chat"
CASES = sorted(path.name for path in CORPUS.glob("stream_*"))
ASKED = Request("some-model", ())

ANSWER = Response(
    "chatcmpl-1",
    "m",
    (
        Thinking("Hm."),
        Text('Say "hé".'),
        ToolCall("a", "read", '{"p":1}'),
        ToolCall("b", "now", ""),
    ),
    StopReason("tool_use", "tool_use"),
    Usage(input_tokens=5, cache_read_tokens=10, output_tokens=7, reasoning_tokens=3),
)
WITH_USAGE = Request("m", (), tell_usage=True)


def encode(request: Request, events: list[StreamEvent], **options: Any) -> bytes:
    options = {"losses": Losses(), **options}
    return OpenAIChat().stream_encoder(request, now=1760000000, **options).encode(events)


def test_the_client_reads_the_whole_answer_from_its_chunks() -> None:
    chunks = check_stream(encode(WITH_USAGE, events_of(ANSWER)))
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == 'Say "hé".'
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas) == "Hm."
    calls = [call for delta in deltas for call in delta.tool_calls or ()]
    assert [(call.index, call.id, call.function and call.function.arguments) for call in calls] == [
        (0, "a", ""),
        (0, None, '{"p":1}'),
        (1, "b", ""),
        (1, None, "{}"),
    ]
    assert chunks[-2].choices[0].finish_reason == "tool_calls"
    assert {chunk.created for chunk in chunks} == {1760000000}


def test_behaviour_10_the_usage_chunk_is_only_for_a_client_that_asked() -> None:
    asked = check_stream(encode(WITH_USAGE, events_of(ANSWER)))[-1]
    assert asked.choices == []
    assert asked.usage is not None
    assert (asked.usage.prompt_tokens, asked.usage.completion_tokens) == (15, 7)
    assert check_stream(encode(ASKED, events_of(ANSWER)))[-1].usage is None


def test_an_estimate_stands_in_for_usage_that_nobody_reported() -> None:
    events: list[StreamEvent] = [MessageStart("c", "m"), MessageEnd(StopReason("end_turn"))]
    last = check_stream(encode(WITH_USAGE, events, estimate=Usage(input_tokens=9, estimated=True)))[
        -1
    ]
    assert last.usage is not None
    assert last.usage.prompt_tokens == 9


def test_pings_are_comments_that_readers_skip() -> None:
    events: list[StreamEvent] = [MessageStart("c", "m"), Ping(), TextStart(0), TextDelta(0, "a")]
    data = encode(ASKED, events)
    assert b"\n\n: ping\n\n" in data
    assert len(SSEDecoder().feed(data)) == 2


def test_a_failure_ends_the_stream_with_an_error_object_and_no_done() -> None:
    error = ApiError("rate_limit", 429, "Slow down")
    data = encode(ASKED, [MessageStart("c", "m"), StreamFailed(error)])
    last = msgspec.json.decode(SSEDecoder().feed(data)[-1].data)
    assert last["error"]["message"] == "Slow down"
    assert b"[DONE]" not in data


def decode(data: bytes, quirks: Quirks = DEFAULT_QUIRKS) -> list[StreamEvent]:
    sse, decoder = SSEDecoder(), OpenAIChat().stream_decoder(quirks=quirks, request=ASKED)
    return [*decoder.feed([*sse.feed(data), *sse.close()]), *decoder.close()]


def quirks_of(folder: Path) -> Quirks:
    file = folder / "quirks.json"
    return msgspec.json.decode(file.read_bytes(), type=Quirks) if file.exists() else DEFAULT_QUIRKS


@pytest.mark.parametrize("case", CASES)
def test_what_is_encoded_decodes_to_the_same(case: str) -> None:
    events = decode((CORPUS / case / "upstream.sse").read_bytes(), quirks_of(CORPUS / case))
    if not isinstance(events[-1], MessageEnd):
        return
    again = StreamCollector()
    for event in decode(encode(WITH_USAGE, events)):
        again.add(event)
    first = StreamCollector()
    for event in events:
        first.add(event)
    assert [_text_of(part) for part in again.response().parts] == [
        _text_of(part) for part in first.response().parts
    ]
    assert again.usage == first.usage


def _text_of(part: Any) -> tuple[str, str]:
    return type(part).__name__, getattr(part, "text", None) or getattr(
        part, "arguments", ""
    ) or "{}"
