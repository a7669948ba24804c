from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages.stream_encoder import (
    PING,
    MessagesStreamEncoder,
)
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import OpaquePart
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    OpaqueDelta,
    OpaqueStart,
    PartEnd,
    Ping,
    StreamEvent,
    StreamFailed,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ThinkingSignature,
    ThinkingStart,
    ToolCallStart,
)
from tests.support.validators.anthropic_messages import parse, validate


def encode(*events: StreamEvent, estimate: Usage | None = None) -> bytes:
    return MessagesStreamEncoder(Losses(), estimate=estimate).encode(events)


def test_behaviour_03_empty_fields_stand_in_each_start() -> None:
    blocks = [
        event["content_block"]
        for event in parse(
            encode(
                TextStart(0), PartEnd(0), ThinkingStart(1), PartEnd(1), ToolCallStart(2, "a", "f")
            )
        )
        if event["type"] == "content_block_start"
    ]
    assert blocks == [
        {"type": "text", "text": ""},
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "tool_use", "id": "a", "name": "f", "input": {}},
    ]


def test_parts_of_other_dialects_leave_no_gap_in_the_indexes() -> None:
    foreign = OpaquePart("openai_chat", "audio", Raw(b"{}"))
    stream = encode(
        MessageStart("a", "m"),
        OpaqueStart(0, foreign),
        OpaqueDelta(0, foreign),
        PartEnd(0),
        TextStart(1),
        TextDelta(1, "hi"),
        PartEnd(1),
        MessageEnd(StopReason("end_turn"), None),
        estimate=Usage(input_tokens=4),
    )
    message = validate(stream)
    assert message["content"] == [{"type": "text", "text": "hi"}]
    assert message["usage"]["input_tokens"] == 4


def test_behaviour_18_unsigned_thinking_is_marked_as_ours() -> None:
    unsigned = parse(encode(ThinkingStart(0), ThinkingDelta(0, "hm"), PartEnd(0)))
    assert unsigned[2]["delta"]["signature"].startswith("pxbin-synthetic:")
    signed = parse(
        encode(
            ThinkingStart(0),
            ThinkingSignature(0, "EqQB"),
            PartEnd(0),
            ThinkingStart(1, "EmwK"),
            PartEnd(1),
        )
    )
    assert [event["delta"]["signature"] for event in signed if "delta" in event] == ["EqQB"]
    assert signed[3]["content_block"] == {"type": "redacted_thinking", "data": "EmwK"}


def test_pings_and_failures() -> None:
    assert encode(Ping()) == PING
    failed = parse(encode(StreamFailed(ApiError("overloaded", 529, "Busy.", request_id="req_1"))))
    assert failed == [
        {
            "type": "error",
            "error": {"type": "overloaded_error", "message": "Busy."},
            "request_id": "req_1",
        }
    ]


def test_behaviour_05_an_answer_with_a_call_never_ends_as_a_plain_turn() -> None:
    stream = encode(
        MessageStart("a", "m"),
        ToolCallStart(0, "a", "f"),
        PartEnd(0),
        MessageEnd(StopReason("end_turn")),
    )
    assert validate(stream)["stop_reason"] == "tool_use"
