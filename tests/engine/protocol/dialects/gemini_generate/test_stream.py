"""Upstreams' streams -> canonical events: as the corpus tells, split anywhere, whatever order things come in."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.gemini_generate import outcome
from pxbin_engine.protocol.dialects.gemini_generate.function_names import wire_name
from pxbin_engine.protocol.dialects.gemini_generate.stream import GeminiStreamDecoder
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import FunctionTool, Request, Text, ToolCall
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.sse import SSEDecoder, SSEEvent
from pxbin_engine.protocol.stream import StreamCollector, StreamEvent
from tests.support.validators.canonical import check_sequence

CORPUS = Path(__file__).parents[4] / "corpus" / "gemini_generate"
CASES = sorted(path.name for path in CORPUS.glob("stream_*") if (path / "upstream.sse").exists())
ASKED = Request("some-model", ())


def decode(
    data: bytes,
    *,
    quirks: Quirks = DEFAULT_QUIRKS,
    cuts: tuple[int, ...] = (),
    request: Request = ASKED,
) -> list[StreamEvent]:
    """The canonical events of an upstream's bytes, read in pieces that end at the cuts."""
    sse, decoder = SSEDecoder(), GeminiStreamDecoder(quirks=quirks, request=request)
    events: list[StreamEvent] = []
    for start, end in pairwise((0, *sorted(cuts), len(data))):
        events += decoder.feed(sse.feed(data[start:end]))
    events += decoder.feed(sse.close()) + decoder.close()
    check_sequence(events)
    return events


def chunk(*parts: dict[str, Any], finish: str | None = None, **more: Any) -> SSEEvent:
    """One chunk of a stream as Gemini sends it."""
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    body = {"candidates": [candidate], "modelVersion": "gemini-3", "responseId": "r", **more}
    return SSEEvent("", msgspec.json.encode(body))


def tell(
    *events: SSEEvent, quirks: Quirks = DEFAULT_QUIRKS, request: Request = ASKED
) -> StreamCollector:
    """What a decoder makes of these chunks, collected."""
    decoder = GeminiStreamDecoder(quirks=quirks, request=request)
    told = decoder.feed(events) + decoder.close()
    check_sequence(told)
    collector = StreamCollector()
    for event in told:
        collector.add(event)
    return collector


@pytest.fixture(autouse=True)
def countable_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up ids count from 00 in each test, so that a golden file can name them."""
    made = iter(range(1000))
    monkeypatch.setattr(f"{outcome.__name__}.secrets.token_hex", lambda _size: f"{next(made):02}")


@pytest.mark.parametrize("case", CASES)
def test_the_corpus_decodes_to_its_golden_events(case: str) -> None:
    events = decode((CORPUS / case / "upstream.sse").read_bytes())
    golden = (CORPUS / case / "events.jsonl").read_text("utf-8").splitlines()
    assert [msgspec.json.encode(event).decode() for event in events] == golden


@given(st.sampled_from(CASES), st.lists(st.integers(0, 3000), max_size=6))
def test_any_split_of_the_bytes_tells_the_same(case: str, cuts: list[int]) -> None:
    data = (CORPUS / case / "upstream.sse").read_bytes()
    cut = decode(data, cuts=tuple(at for at in cuts if at <= len(data)))
    assert _without_made_id(cut) == _without_made_id(decode(data))


def _without_made_id(events: list[StreamEvent]) -> list[bytes]:
    """As JSON, for the raw JSON of opaque parts compares by identity."""
    return [
        msgspec.json.encode(
            msgspec.structs.replace(event, id="") if hasattr(event, "id") else event
        )
        for event in events
    ]


@given(
    st.lists(st.sampled_from(["text", "thought", "signed", "call", "empty", "image", "code"])),
    st.integers(1, 4),
)
def test_any_grouping_of_the_parts_into_chunks_tells_the_same_answer(
    kinds: list[str], size: int
) -> None:
    parts: dict[str, dict[str, Any]] = {
        "text": {"text": "a"},
        "thought": {"text": "b", "thought": True},
        "signed": {"text": "c", "thoughtSignature": "s"},
        "call": {"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "t"},
        "empty": {"text": ""},
        "image": {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        "code": {"executableCode": {"code": "1"}},
    }
    told = [parts[kind] for kind in kinds]
    grouped = [chunk(*told[at : at + size]) for at in range(0, len(told), size)]
    streamed = tell(*grouped, chunk(finish="STOP")).response()
    whole = tell(chunk(*told, finish="STOP")).response()
    assert msgspec.json.encode(streamed) == msgspec.json.encode(whole)


@given(st.permutations(["text", "text", "finish", "usage", "finish", "usage", "both"]))
def test_behaviour_04_finish_and_usage_in_any_order_end_the_message_once(order: list[str]) -> None:
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 2}
    kinds = {
        "text": chunk({"text": "x"}),
        "finish": chunk(finish="MAX_TOKENS"),
        "usage": SSEEvent("", msgspec.json.encode({"usageMetadata": usage})),
        "both": chunk(finish="MAX_TOKENS", usageMetadata=usage),
    }
    collected = tell(*(kinds[kind] for kind in order))
    assert collected.stop == StopReason("max_tokens", "MAX_TOKENS")
    assert collected.usage == Usage(3, output_tokens=2)


def test_behaviour_02_ids_that_are_made_are_the_same_whenever_the_same_answer_is_read() -> None:
    call = {"functionCall": {"name": "f"}}
    first, again = (tell(chunk(call, call, finish="STOP")).response().parts for _ in range(2))
    assert first == again
    assert len({part.id for part in first if isinstance(part, ToolCall)}) == 2


@pytest.mark.parametrize(
    ("finish", "unified"),
    [
        ("STOP", "end_turn"),
        ("MAX_TOKENS", "max_tokens"),
        ("CONTINUATION", "max_tokens"),
        ("SAFETY", "refusal"),
        ("RECITATION", "refusal"),
        ("LANGUAGE", "refusal"),
        ("SPII", "refusal"),
        ("IMAGE_SAFETY", "refusal"),
        ("OTHER", "end_turn"),
        ("SOMETHING_NEW", "end_turn"),
    ],
)
def test_behaviour_05_stop_reasons_keep_the_raw_value(finish: str, unified: str) -> None:
    stop = tell(chunk({"text": "a"}), chunk(finish=finish)).stop
    assert stop is not None
    assert (stop.unified, stop.raw) == (unified, finish)


def test_behaviour_05_a_call_is_tool_use_whatever_the_finish_says() -> None:
    stop = tell(chunk({"functionCall": {"name": "f"}}), chunk(finish="SAFETY")).stop
    assert stop == StopReason("tool_use", "SAFETY")


def test_behaviour_06_a_stream_without_any_end_has_failed() -> None:
    collected = tell(chunk({"text": "a"}))
    assert not collected.complete
    assert collected.error is not None


def test_behaviour_06_an_upstream_known_for_it_may_just_end() -> None:
    collected = tell(chunk({"text": "a"}), quirks=Quirks(lenient_end=True))
    assert collected.stop == StopReason("end_turn")
    assert tell(quirks=Quirks(lenient_end=True)).error is not None


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}', "overloaded", 503),
        ('[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]', "rate_limit", 429),
        ('{"error":{"message":"m","status":"INTERNAL"}}', "api", 502),
        ('{"error":"it broke"}', "api", 502),
        ('{"candidates":"x","error":{"code":500,"message":"m","status":"INTERNAL"}}', "api", 502),
        ("Internal Server Error", "api", 502),
    ],
)
def test_behaviour_07_an_error_in_the_stream_keeps_its_type(
    body: str, kind: str, status: int
) -> None:
    collected = tell(chunk({"text": "a"}), SSEEvent("", body.encode()), chunk({"text": "late"}))
    assert collected.error is not None
    assert (collected.error.kind, collected.error.status) == (kind, status)
    assert collected.response().parts == (Text("a"),)


def test_behaviour_10_the_last_usage_counts_and_is_never_summed() -> None:
    first = {"promptTokenCount": 10, "candidatesTokenCount": 1}
    last = {"promptTokenCount": 10, "candidatesTokenCount": 4, "cachedContentTokenCount": 6}
    collected = tell(
        chunk({"text": "a"}, usageMetadata=first), chunk(finish="STOP", usageMetadata=last)
    )
    assert collected.usage == Usage(input_tokens=4, cache_read_tokens=6, output_tokens=4)


def test_behaviour_15_a_changed_name_is_undone() -> None:
    name = "mcp server/" + "x" * 60
    request = Request("m", (), tools=(FunctionTool(name),))
    call = {"functionCall": {"id": "a", "name": wire_name(name), "args": {}}}
    collected = tell(chunk(call, finish="STOP"), request=request)
    assert collected.response().parts == (ToolCall("a", name, "{}"),)


@pytest.mark.parametrize(
    "data",
    [
        b'{"responseId":"\xff"}',
        b'{"error":' * 3000,
        b"[" * 5000,
        b"[",
        b'"x',
        b'[{"candidates":3}]',
    ],
)
def test_bytes_that_cannot_be_read_are_a_failure(data: bytes) -> None:
    assert tell(chunk({"text": "a"}), SSEEvent("", data)).error is not None


def test_nothing_is_told_after_the_end() -> None:
    decoder = GeminiStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    decoder.feed([chunk({"text": "a"}), SSEEvent("", b"[DONE]")])
    assert decoder.feed([chunk({"text": "late"})]) == []
    assert decoder.close() == []


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_garbage_never_raises(pieces: list[bytes]) -> None:
    decoder = GeminiStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    check_sequence(decoder.feed(SSEEvent("", piece) for piece in pieces) + decoder.close())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(
            ["candidates", "content", "parts", "text", "thought", "thoughtSignature", "error", "x",
             "functionCall", "name", "args", "inlineData", "finishReason", "usageMetadata"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(JSON, max_size=3))
def test_any_json_never_raises(chunks: list[Any]) -> None:
    decoder = GeminiStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    told = decoder.feed(SSEEvent("", msgspec.json.encode(item)) for item in chunks)
    check_sequence(told + decoder.close())
