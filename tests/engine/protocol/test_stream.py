"""The collector: events -> the response they tell; and back."""

import pytest
from msgspec import Raw

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.request import (
    Citation,
    OpaquePart,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    OpaqueStart,
    PartEnd,
    Ping,
    StreamCollector,
    StreamEvent,
    StreamFailed,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ThinkingSignature,
    ThinkingStart,
    ToolCallDelta,
    ToolCallStart,
    events_of,
    joined,
)

OPAQUE = OpaquePart("anthropic_messages", "server_tool_use", Raw(b'{"type":"server_tool_use"}'))
USAGE = Usage(input_tokens=3, output_tokens=9)
EVENTS: tuple[StreamEvent, ...] = (
    MessageStart("msg_1", "m", Usage(input_tokens=3)),
    ThinkingStart(0),
    ThinkingDelta(0, "Hm"),
    ThinkingDelta(0, "m."),
    ThinkingSignature(0, "sig"),
    PartEnd(0),
    Ping(),
    TextStart(1),
    TextDelta(1, "Hel"),
    TextDelta(1, "lo."),
    PartEnd(1),
    ToolCallStart(2, "call_1", "Bash"),
    ToolCallDelta(2, '{"command":'),
    ToolCallDelta(2, '"ls"}'),
    PartEnd(2),
    OpaqueStart(3, OPAQUE),
    PartEnd(3),
    MessageEnd(StopReason("tool_use", "tool_calls"), USAGE),
)
WHOLE = Response(
    "msg_1",
    "m",
    (
        Thinking("Hmm.", "sig"),
        Text("Hello."),
        ToolCall("call_1", "Bash", '{"command":"ls"}'),
        OPAQUE,
    ),
    StopReason("tool_use", "tool_calls"),
    USAGE,
)


def collected(events: tuple[StreamEvent, ...]) -> StreamCollector:
    collector = StreamCollector()
    for event in events:
        collector.add(event)
    return collector


def test_citations_and_whole_parts_are_told_and_collected() -> None:
    parts = (
        SearchCall("ws_1", "cats"),
        SearchResult("ws_1", (SearchHit("https://a.example"),)),
        Text("They purr.", (Citation("https://a.example", "A"),)),
        Text("So."),
        Thinking("", "sig", vendor="gemini_generate"),
    )
    answer = Response("m", "m", parts, StopReason("end_turn"))
    assert collected(tuple(events_of(answer))).response() == answer


def test_a_whole_stream_is_its_response() -> None:
    collector = collected(EVENTS)
    assert collector.complete
    assert collector.response() == WHOLE


def test_a_response_as_events_is_the_same_response_again() -> None:
    assert collected(tuple(events_of(WHOLE))).response() == WHOLE


@pytest.mark.parametrize("cut", range(1, len(EVENTS)))
def test_a_cut_stream_keeps_what_came(cut: int) -> None:
    """An open part counts with what it has: that is what the client saw."""
    collector = collected(EVENTS[:cut])
    assert not collector.complete
    seen = "".join(event.text for event in EVENTS[:cut] if isinstance(event, TextDelta))
    texts = [part.text for part in collector.response().parts if isinstance(part, Text)]
    assert "".join(texts) == seen


def test_the_last_usage_counts_and_the_first_is_kept_where_no_other_came() -> None:
    assert collected((EVENTS[0], MessageEnd(StopReason("end_turn")))).usage == Usage(input_tokens=3)
    assert collected((EVENTS[0], MessageEnd(StopReason("end_turn"), USAGE))).usage == USAGE


def test_a_failure_is_kept() -> None:
    error = ApiError("overloaded", 529, "Busy.")
    collector = collected((EVENTS[0], StreamFailed(error)))
    assert collector.error == error
    assert not collector.complete


def test_what_arrived_together_is_told_together() -> None:
    events: list[StreamEvent] = [
        MessageStart("m", "model"),
        TextStart(0),
        TextDelta(0, "Hel"),
        TextDelta(0, "lo"),
        PartEnd(0),
        ToolCallStart(1, "call", "Bash"),
        ToolCallDelta(1, '{"a"'),
        ToolCallDelta(1, ":1}"),
    ]
    assert joined(events) == [
        *events[:2],
        TextDelta(0, "Hello"),
        *events[4:6],
        ToolCallDelta(1, '{"a":1}'),
    ]


def test_deltas_of_two_parts_stay_apart() -> None:
    events: list[StreamEvent] = [
        TextDelta(0, "a"),
        PartEnd(0),
        TextStart(1),
        TextDelta(1, "b"),
        Ping(),
        TextDelta(1, "c"),
    ]
    assert joined(events) == events
