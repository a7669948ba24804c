"""Streams for a Gemini client: what its SDKs read, whatever the events and however they are cut."""

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from google.genai import errors
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pxbin_engine.protocol.dialects.gemini_generate import GeminiGenerate
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    Image,
    Message,
    Part,
    Reasoning,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.sse import SSEDecoder
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    PartEnd,
    Ping,
    StreamCollector,
    StreamEvent,
    StreamFailed,
    TextDelta,
    TextStart,
    events_of,
)
from tests.support.gemini_client import client_of
from tests.support.validators.gemini_generate import check_response, check_stream, split_stream

DIALECT = GeminiGenerate()
ASKED = Request("m", (), reasoning=Reasoning(summary="auto"))
BUSY = ApiError("overloaded", 529, "Busy.", retry_after=3)


def encode(*events: StreamEvent, asked: Request = ASKED, estimate: Usage | None = None) -> bytes:
    encoder = DIALECT.stream_encoder(asked, losses=Losses(), estimate=estimate, now=1)
    return b"".join(encoder.encode([event]) for event in events)


def said(*pieces: str) -> list[StreamEvent]:
    deltas = [TextDelta(0, piece) for piece in pieces]
    return [MessageStart("r", "m"), TextStart(0), *deltas, PartEnd(0)]


def test_a_stream_begins_when_there_is_something_to_say() -> None:
    assert encode(MessageStart("r", "m"), Ping()) == DIALECT.encode_ping()


def test_a_stream_that_was_opened_early_has_an_id_too() -> None:
    (chunk, _), _ = split_stream(
        encode(MessageStart("", "m"), *said("a")[1:], MessageEnd(StopReason("end_turn")))
    )
    assert chunk["responseId"]


def test_text_is_told_piece_by_piece_and_the_end_says_why_and_how_much() -> None:
    usage = Usage(5, output_tokens=2)
    stream = encode(*said("So", ".\n\n"), MessageEnd(StopReason("end_turn"), usage))
    chunks, failed = split_stream(stream)
    assert failed is None
    assert chunks == [
        {
            "candidates": [{"content": {"parts": [{"text": "So"}], "role": "model"}, "index": 0}],
            "modelVersion": "m",
            "responseId": "r",
        },
        {
            "candidates": [
                {"content": {"parts": [{"text": ".\n\n"}], "role": "model"}, "index": 0}
            ],
            "modelVersion": "m",
            "responseId": "r",
        },
        {
            "candidates": [
                {
                    "content": {"parts": [{"text": ""}], "role": "model"},
                    "finishReason": "STOP",
                    "index": 0,
                }
            ],
            "usageMetadata": {
                "promptTokenCount": 5,
                "candidatesTokenCount": 2,
                "totalTokenCount": 7,
            },
            "modelVersion": "m",
            "responseId": "r",
        },
    ]
    assert check_stream(stream)["responseId"] == "r"


def test_the_estimate_stands_in_where_no_usage_came() -> None:
    end = MessageEnd(StopReason("end_turn"))
    told = check_stream(encode(*said("a"), end, estimate=Usage(9, estimated=True)))
    assert told["usageMetadata"]["promptTokenCount"] == 9
    assert "usageMetadata" not in check_stream(encode(*said("a"), end))


def test_behaviour_09_keep_alives_are_skipped_by_googles_sdk_and_a_failure_is_raised() -> None:
    stream = encode(*said("So"), Ping(), Ping(), StreamFailed(BUSY))
    assert check_stream(stream)["error"]["status"] == "UNAVAILABLE"
    chunks = client_of(stream).models.generate_content_stream(model="m", contents="Hi")
    assert next(chunks).text == "So"
    with pytest.raises(errors.ServerError, match=r"503 UNAVAILABLE.*Busy\."):
        next(chunks)


def test_a_failure_is_told_as_the_dialect_tells_it_to_the_gateway() -> None:
    assert encode(StreamFailed(BUSY)) == DIALECT.encode_stream_error(BUSY, request_id="req_1")


def test_a_whole_stream_as_googles_sdk_reads_it() -> None:
    parts = (
        Thinking("Hm.", "c2ln", vendor=NAME),
        Text("So.", (Citation("https://a", "A"),)),
        ToolCall("c", "f", '{"a":1}'),
        Image(Base64Source("image/png", "iVBO")),
    )
    response = Response("r", "m", parts, StopReason("tool_use"), Usage(1, output_tokens=1))
    chunks = list(
        client_of(encode(*events_of(response))).models.generate_content_stream(
            model="m", contents="Hi"
        )
    )
    assert [call.args for chunk in chunks for call in chunk.function_calls or ()] == [{"a": 1}]
    last = chunks[-1]
    assert last.candidates is not None
    assert last.candidates[0].finish_reason is not None
    assert last.candidates[0].finish_reason.value == "STOP"
    assert last.candidates[0].grounding_metadata is not None
    assert last.usage_metadata is not None
    assert last.usage_metadata.total_token_count == 2


WORDS = st.text(min_size=1, max_size=6)
VENDORS = st.sampled_from([NAME, "anthropic_messages", "openai_responses", None])
PARTS = st.lists(
    st.builds(Text, WORDS, st.lists(st.builds(Citation, WORDS, WORDS), max_size=2).map(tuple))
    | st.builds(Thinking, st.text(max_size=4), st.none() | st.just("c2ln"), st.none(), VENDORS)
    | st.builds(Thinking, st.just(""), st.none(), st.just("EmwK"), st.just("anthropic_messages"))
    | st.builds(ToolCall, st.just(""), WORDS, st.sampled_from(["", "{}", '{"a":"b"}', "{", "[]"]))
    | st.builds(SearchCall, st.just("s"), WORDS)
    | st.builds(
        SearchResult, st.just("s"), st.lists(st.builds(SearchHit, WORDS), max_size=2).map(tuple)
    )
    | st.just(Image(Base64Source("image/png", "iVBO"))),
    max_size=6,
)
STOPS = st.sampled_from(["end_turn", "max_tokens", "tool_use", "refusal", "pause_turn"])


def numbered(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(
        ToolCall(f"c{at}", part.name, part.arguments) if isinstance(part, ToolCall) else part
        for at, part in enumerate(parts)
    )


@given(PARTS, STOPS, st.booleans())
def test_any_answer_is_a_stream_that_says_the_same_as_the_whole_one(
    parts: list[Part], stop: Any, shows: bool
) -> None:
    asked = ASKED if shows else Request("m", ())
    response = Response("r", "m", numbered(parts), StopReason(stop), Usage(1, output_tokens=3))
    streamed, lost = Losses(), Losses()
    stream = DIALECT.stream_encoder(asked, losses=streamed).encode(events_of(response))
    whole = DIALECT.encode_response(response, asked, losses=lost)
    told = check_stream(stream)
    assert streamed == lost
    answer = check_response(whole)
    for name in ("finishReason", "finishMessage", "groundingMetadata"):
        assert told["candidates"][0].get(name) == answer["candidates"][0].get(name)
    assert summary(told) == summary(answer)


def summary(answer: dict[str, Any]) -> tuple[str, str, list[str], list[Any]]:
    """Text, thoughts, signatures in order, and the rest."""
    parts = answer["candidates"][0]["content"].get("parts", [])
    return (
        "".join(part.get("text", "") for part in parts if not part.get("thought")),
        "".join(part.get("text", "") for part in parts if part.get("thought")),
        [part["thoughtSignature"] for part in parts if "thoughtSignature" in part],
        [part for part in parts if "text" not in part],
    )


@given(PARTS, st.lists(st.integers(0, 4000), max_size=5))
def test_what_was_streamed_is_read_by_the_other_half(parts: list[Part], cuts: list[int]) -> None:
    response = Response(
        "r", "m", numbered(parts), StopReason("end_turn"), Usage(1, 0, output_tokens=3)
    )
    losses = Losses()
    encoder = DIALECT.stream_encoder(ASKED, losses=losses)
    stream = encoder.encode(events_of(response))
    collector, sse = StreamCollector(), SSEDecoder()
    decoder = DIALECT.stream_decoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for start, end in pairwise(edges):
        for event in decoder.feed(sse.feed(stream[start:end])):
            collector.add(event)
    for event in decoder.close():
        collector.add(event)
    if collector.error is not None:
        assert "not valid" in collector.error.message  # a call with broken arguments
        return
    assert collector.usage is not None
    assert structs.replace(collector.usage, web_searches=0) == response.usage
    calls = [part for part in response.parts if isinstance(part, ToolCall)]
    told = [part for part in collector.response().parts if isinstance(part, ToolCall)]
    whole = [call for call in calls if call.arguments in ("", "{}", '{"a":"b"}')]
    assert [(call.id, call.name) for call in told] == [(call.id, call.name) for call in whole]


@given(PARTS)
def test_behaviour_18_what_a_client_brings_back_is_what_was_answered(parts: list[Part]) -> None:
    """Thinking of any vendor comes home with its text and proof, through a client that keeps every part."""
    response = Response("r", "m", numbered(parts), StopReason("end_turn"))
    body = DIALECT.encode_response(response, ASKED, losses=Losses())
    brought = json.loads(body)["candidates"][0]["content"]
    (turn,) = history(brought) or (Message("assistant", ()),)
    proofs = [
        (part.vendor, part.signature or part.redacted)
        for part in turn.parts
        if isinstance(part, Thinking) and part.vendor
    ]
    assert proofs == [
        (part.vendor, part.signature or part.redacted)
        for part in response.parts
        if isinstance(part, Thinking) and part.vendor and (part.signature or part.redacted)
    ]
    assert thoughts(turn.parts) == thoughts(response.parts)


def history(content: dict[str, Any]) -> tuple[Message, ...]:
    return DIALECT.decode_request(msgspec.json.encode({"contents": [content]})).messages


def thoughts(parts: tuple[Part, ...]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Thinking))


@pytest.mark.parametrize("vendor", ["anthropic_messages", "openai_responses"])
def test_behaviour_18_a_client_that_drops_thoughts_still_brings_the_proof(vendor: str) -> None:
    """Gemini CLI does (``stripThoughts``)."""
    parts = (Thinking("Hm.", "EqQB", vendor=vendor), ToolCall("c", "f", "{}"))
    stream = encode(*events_of(Response("r", "m", parts, StopReason("tool_use"))))
    content = check_stream(stream)["candidates"][0]["content"]
    kept = [part for part in content["parts"] if not part.get("thought") and part.get("text") != ""]
    (turn,) = history({**content, "parts": kept})
    assert turn.parts == (Thinking("", "EqQB", vendor=vendor), ToolCall("c", "f", "{}"))
    (turn,) = history(content)
    assert turn.parts[:2] == parts
