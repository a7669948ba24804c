import json
from pathlib import Path
from typing import Any

import pytest

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    Citation,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
)
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.sse import SSEDecoder
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    OpaqueDelta,
    OpaqueStart,
    PartEnd,
    Ping,
    StreamCollector,
    StreamEvent,
    StreamFailed,
    TextCitation,
    TextDelta,
    TextStart,
    ThinkingSignature,
    ThinkingStart,
    ToolCallDelta,
    ToolCallStart,
    WholePart,
    events_of,
)
from tests.support.validators.anthropic_messages import parse, validate

CORPUS = Path(__file__).parents[4] / "corpus/anthropic_messages"
STREAMS = sorted(CORPUS.glob("stream_*/stream.sse"))
ASKED = Request("m", ())
START = {
    "type": "message_start",
    "message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}},
}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}
STOP = {"type": "message_stop"}


def decode(*events: Any, quirks: Quirks = DEFAULT_QUIRKS) -> list[StreamEvent]:
    stream = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)
    return decode_bytes(stream, quirks)


def decode_bytes(stream: bytes, quirks: Quirks = DEFAULT_QUIRKS) -> list[StreamEvent]:
    decoder = ANTHROPIC_MESSAGES.stream_decoder(quirks=quirks, request=ASKED)
    sse = SSEDecoder()
    return [*decoder.feed(sse.feed(stream)), *decoder.feed(sse.close()), *decoder.close()]


def encode(*events: StreamEvent) -> bytes:
    return ANTHROPIC_MESSAGES.stream_encoder(ASKED, losses=Losses()).encode(events)


def begin(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def text(index: int, said: str) -> dict[str, Any]:
    return {
        "type": "content_block_delta",
        "index": index,
        "delta": {"type": "text_delta", "text": said},
    }


def arguments(index: int, said: str) -> dict[str, Any]:
    return {
        "type": "content_block_delta",
        "index": index,
        "delta": {"type": "input_json_delta", "partial_json": said},
    }


def end(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.parent.name)
def test_a_stream_comes_back_as_it_was(path: Path) -> None:
    stream = path.read_bytes()
    again = parse(encode(*decode_bytes(stream)))
    expected = parse(stream)
    for event in expected:
        if event["type"] == "message_start":
            event["message"]["usage"].pop("service_tier")
    for ours, theirs in zip(again, expected, strict=True):
        if ours["type"] == "message_delta":
            assert ours["delta"] == theirs["delta"]
            assert ours["usage"].items() >= theirs["usage"].items()
        elif "partial_json" in theirs.get("delta", {}) or "content_block" in theirs:
            assert ours["index"] == theirs["index"]
        else:
            assert ours == theirs


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.parent.name)
def test_a_collected_stream_told_again_is_valid(path: Path) -> None:
    collector = StreamCollector()
    for event in decode_bytes(path.read_bytes()):
        collector.add(event)
    assert collector.complete
    validate(encode(*events_of(collector.response())))


def test_behaviour_01_blocks_that_interleave_are_put_one_after_the_other() -> None:
    told = decode(
        START,
        begin(0, type="tool_use", id="a", name="f", input={}),
        begin(1, type="tool_use", id="b", name="g", input={}),
        arguments(0, '{"x":'),
        arguments(1, "{}"),
        end(1),
        arguments(0, "1}"),
        end(0),
        END,
        STOP,
    )
    assert told[1:-1] == [
        ToolCallStart(0, "a", "f"),
        ToolCallDelta(0, '{"x":'),
        ToolCallDelta(0, "1}"),
        PartEnd(0),
        ToolCallStart(1, "b", "g"),
        ToolCallDelta(1, "{}"),
        PartEnd(1),
    ]


@pytest.mark.parametrize("index", [0, 1])
def test_behaviour_03_a_block_whose_stop_was_forgotten_is_stopped(index: int) -> None:
    told = decode(
        START,
        begin(0, type="text", text="a"),
        begin(index, type="text", text=""),
        text(index, "b"),
        END,
        STOP,
    )
    assert told[1:-1] == [
        TextStart(0),
        TextDelta(0, "a"),
        PartEnd(0),
        TextStart(1),
        TextDelta(1, "b"),
        PartEnd(1),
    ]


def test_indexes_that_are_used_again_are_new_blocks() -> None:
    told = decode(
        START,
        begin(0, type="text", text=""),
        end(0),
        begin(0, type="text", text=""),
        end(0),
        END,
        STOP,
    )
    assert told[1:-1] == [TextStart(0), PartEnd(0), TextStart(1), PartEnd(1)]


def test_arguments_that_came_with_the_start_count_where_no_delta_follows() -> None:
    told = decode(
        START, begin(0, type="tool_use", id="a", name="f", input={"x": 1}), end(0), END, STOP
    )
    assert told[2] == ToolCallDelta(0, '{"x": 1}')
    told = decode(
        START,
        begin(0, type="tool_use", id="a", name="f", input={"x": 1}),
        arguments(0, '{"x":2}'),
        end(0),
        END,
        STOP,
    )
    assert told[2:4] == [ToolCallDelta(0, '{"x":2}'), PartEnd(0)]


def test_behaviour_04_twice_the_end_is_one() -> None:
    told = decode(
        START,
        END,
        {**END, "usage": {"input_tokens": 7, "output_tokens": 9}},
        STOP,
        STOP,
        begin(0, type="text", text=""),
    )
    assert told[1:] == [
        MessageEnd(StopReason("end_turn", "end_turn"), Usage(input_tokens=7, output_tokens=9))
    ]


def test_behaviour_05_a_call_makes_it_tool_use() -> None:
    told = decode(START, begin(0, type="tool_use", id="a", name="f", input={}), end(0), END, STOP)
    assert told[-1] == MessageEnd(
        StopReason("tool_use", "end_turn"), Usage(input_tokens=5, output_tokens=3)
    )


def test_behaviour_06_no_stop_reason_and_no_stop_is_a_cut_stream() -> None:
    assert isinstance(decode(START, begin(0, type="text", text="a"))[-1], StreamFailed)
    assert isinstance(decode()[-1], StreamFailed)
    assert isinstance(decode(START, END)[-1], MessageEnd)
    assert isinstance(decode(START, quirks=Quirks(lenient_end=True))[-1], MessageEnd)


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (
            b'{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}',
            "overloaded",
            529,
        ),
        (
            b'{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}',
            "context_overflow",
            400,
        ),
        (b'{"error":{"message":"Busy","type":"rate_limit_error"}}', "rate_limit", 429),
        (b"not json", "api", 502),
        (
            b'{"type":"content_block_start","index":0,"content_block":{"text":"no type"}}',
            "api",
            502,
        ),
    ],
)
def test_behaviour_07_an_error_event_is_the_last_one(data: bytes, kind: str, status: int) -> None:
    start = b"data: %b\n\n" % json.dumps(START).encode()
    told = decode_bytes(start + b"data: %b\n\n" % data + start)
    assert len(told) == 2
    assert isinstance(told[1], StreamFailed)
    assert (told[1].error.kind, told[1].error.status) == (kind, status)


def test_behaviour_10_message_delta_replaces_what_message_start_said() -> None:
    started = {
        "input_tokens": 5,
        "cache_read_input_tokens": 2,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
    }
    ended = {
        "input_tokens": 6,
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 0,
        "output_tokens": 9,
    }
    told = decode(
        {"type": "message_start", "message": {"usage": started}}, {**END, "usage": ended}, STOP
    )
    assert told[-1] == MessageEnd(StopReason("end_turn", "end_turn"), Usage(6, 2, 10, 20, 9))


def test_what_is_unknown_is_kept_or_skipped_never_a_failure() -> None:
    told = decode(
        {"type": "ping"},
        START,
        {"type": "ping"},
        {"type": "event_of_next_year", "x": 1},
        begin(0, type="block_of_next_year", x=1),
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "delta_of_next_year", "y": 2},
        },
        {"type": "content_block_delta", "index": 7, "delta": {"type": "delta_of_next_year"}},
        end(0),
        end(0),
        END,
        STOP,
    )
    assert told[1] == Ping()
    start, delta = told[2], told[3]
    assert isinstance(start, OpaqueStart)
    assert start.part.kind == "block_of_next_year"
    assert isinstance(delta, OpaqueDelta)
    assert json.loads(bytes(delta.part.raw)) == {"type": "delta_of_next_year", "y": 2}
    assert told[4:-1] == [PartEnd(0)]


def test_a_stream_without_a_start_gets_one() -> None:
    told = decode(begin(0, type="text", text=""), text(0, "a"), end(0), END, STOP)
    assert isinstance(told[0], MessageStart)
    assert isinstance(told[-1], MessageEnd)


def test_a_search_is_told_whole_and_its_citations_with_the_text() -> None:
    told = decode_bytes((CORPUS / "stream_web_search/stream.sse").read_bytes())
    hit = SearchHit("https://example.com", "X", "April 30, 2025", opaque="Ev0DCioIAxgC")
    assert told[1:-1] == [
        WholePart(0, SearchCall("srvtoolu_1", "x")),
        WholePart(1, SearchResult("srvtoolu_1", (hit,))),
        TextStart(2),
        TextDelta(2, "It is so."),
        TextCitation(2, Citation("https://example.com", "X", "It is.", "Eo8BCioIAhgB")),
        PartEnd(2),
    ]
    end_of_it = told[-1]
    assert isinstance(end_of_it, MessageEnd)
    assert end_of_it.usage is not None
    assert end_of_it.usage.web_searches == 1


@pytest.mark.parametrize("piece", ['{"query":"x","more":1}', '{"query"', ""])
def test_a_search_that_other_dialects_cannot_say_is_opaque(piece: str) -> None:
    start = begin(0, type="server_tool_use", id="srvtoolu_1", name="web_search", input={})
    told = decode(START, start, arguments(0, piece), end(0), END, STOP)
    assert isinstance(told[1], OpaqueStart)
    again = parse(encode(*told))
    assert again[1] == start
    assert (
        "".join(
            event["delta"]["partial_json"]
            for event in again
            if "partial_json" in event.get("delta", {})
        )
    ) == piece


def test_a_citation_of_another_kind_stays_opaque() -> None:
    cited = {"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "a"}}
    delta = {"type": "content_block_delta", "index": 0, "delta": cited}
    told = decode(START, begin(0, type="text", text=""), delta, end(0), END, STOP)
    assert isinstance(told[2], OpaqueDelta)
    assert parse(encode(*told))[2] == delta


def test_behaviour_18_a_vendors_mark_stands_once_before_its_signature() -> None:
    told = parse(
        encode(
            ThinkingStart(0, vendor="gemini_generate"),
            ThinkingSignature(0, "Ci"),
            ThinkingSignature(0, "QB"),
            PartEnd(0),
        )
    )
    deltas = [event["delta"]["signature"] for event in told if "delta" in event]
    assert "".join(deltas) == "pxbin-gemini_generate:CiQB"
