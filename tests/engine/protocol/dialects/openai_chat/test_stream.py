"""Upstreams' streams -> canonical events (as the corpus tells, split anywhere), canonical events -> clients' streams."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat, response
from pxbin_engine.protocol.dialects.openai_chat.stream import ChatStreamDecoder
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import FunctionTool, Request, Text, ToolCall
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.sse import SSEDecoder, SSEEvent
from pxbin_engine.protocol.stream import (
    MessageEnd,
    StreamCollector,
    StreamEvent,
)
from tests.support.validators.canonical import check_sequence

CORPUS = Path(__file__).parents[4] / "corpus" / "openai_chat"
CASES = sorted(path.name for path in CORPUS.glob("stream_*"))
ASKED = Request("some-model", ())


def decode(
    data: bytes,
    *,
    quirks: Quirks = DEFAULT_QUIRKS,
    cuts: tuple[int, ...] = (),
    request: Request = ASKED,
) -> list[StreamEvent]:
    """The canonical events of an upstream's bytes, read in pieces that end at the cuts."""
    sse, decoder = SSEDecoder(), OpenAIChat().stream_decoder(quirks=quirks, request=request)
    edges = (0, *sorted(cuts), len(data))
    events: list[StreamEvent] = []
    for start, end in pairwise(edges):
        events += decoder.feed(sse.feed(data[start:end]))
    events += decoder.feed(sse.close()) + decoder.close()
    check_sequence(events)
    return events


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> SSEEvent:
    """One chunk of a stream as an upstream sends it."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice], **more}
    return SSEEvent("", msgspec.json.encode(body))


def tell(
    *events: SSEEvent, quirks: Quirks = DEFAULT_QUIRKS, request: Request = ASKED
) -> StreamCollector:
    """What a decoder makes of these chunks, collected."""
    decoder = ChatStreamDecoder(quirks=quirks, request=request)
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
    monkeypatch.setattr(response.secrets, "token_hex", lambda _size: f"{next(made):02}")


def quirks_of(case: Path) -> Quirks:
    file = case / "quirks.json"
    return msgspec.json.decode(file.read_bytes(), type=Quirks) if file.exists() else DEFAULT_QUIRKS


@pytest.mark.parametrize("case", CASES)
def test_the_corpus_decodes_to_its_golden_events(case: str) -> None:
    events = decode((CORPUS / case / "upstream.sse").read_bytes(), quirks=quirks_of(CORPUS / case))
    golden = (CORPUS / case / "events.jsonl").read_text("utf-8").splitlines()
    assert [msgspec.json.encode(event).decode() for event in events] == golden


@given(st.sampled_from(CASES), st.lists(st.integers(0, 2000), max_size=6))
def test_any_split_of_the_bytes_tells_the_same(case: str, cuts: list[int]) -> None:
    data = (CORPUS / case / "upstream.sse").read_bytes()
    quirks = quirks_of(CORPUS / case)
    cut = decode(data, quirks=quirks, cuts=tuple(at for at in cuts if at <= len(data)))
    assert _without_ids(cut) == _without_ids(decode(data, quirks=quirks))


def _without_ids(events: list[StreamEvent]) -> list[StreamEvent]:
    return [
        msgspec.structs.replace(event, id="") if hasattr(event, "id") else event for event in events
    ]


def test_behaviour_01_interleaved_calls_become_parts_one_after_another() -> None:
    def call(index: int, arguments: str, **header: str) -> dict[str, Any]:
        function = {"arguments": arguments, **({"name": header["name"]} if header else {})}
        return {"index": index, "function": function, **({"id": header["id"]} if header else {})}

    collected = tell(
        chunk(
            {"tool_calls": [call(0, "", id="a", name="read"), call(1, '{"b"', id="b", name="bash")]}
        ),
        chunk({"tool_calls": [call(1, ":2}"), call(0, '{"a":1}')]}),
        chunk(finish="tool_calls"),
    )
    assert collected.response().parts == (
        ToolCall("a", "read", '{"a":1}'),
        ToolCall("b", "bash", '{"b":2}'),
    )


@st.composite
def interleaved_calls(draw: st.DrawFn) -> tuple[list[ToolCall], list[SSEEvent]]:
    """Up to four calls, each cut into fragments, and the chunks of one interleaving of them."""
    calls = [
        ToolCall(
            f"call_{number}",
            f"tool_{number}",
            draw(st.sampled_from(["{}", '{"a":1}', '{"a":{"b":"}"}}', '{"text":"é{\\""}'])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    queues: list[list[dict[str, Any]]] = []
    for index, call in enumerate(calls):
        cuts = sorted(draw(st.lists(st.integers(0, len(call.arguments)), max_size=3)))
        edges = [0, *cuts, len(call.arguments)]
        pieces = [call.arguments[start:end] for start, end in pairwise(edges)]
        queue: list[dict[str, Any]] = [
            {
                "index": index,
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            }
        ]
        queue += [{"index": index, "function": {"arguments": piece}} for piece in pieces]
        queues.append(queue)
    chunks = []
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        chunks.append(chunk({"tool_calls": [queue.pop(0)]}))
    return calls, chunks


@given(interleaved_calls())
def test_behaviour_01_any_interleaving_of_calls_keeps_each_whole(
    drawn: tuple[list[ToolCall], list[SSEEvent]],
) -> None:
    calls, chunks = drawn
    collected = tell(*chunks, chunk(finish="tool_calls"))
    assert {part.id: part for part in collected.response().parts if isinstance(part, ToolCall)} == {
        call.id: call for call in calls
    }
    assert collected.stop == StopReason("tool_use", "tool_calls")


@given(st.permutations(["text", "text", "finish", "usage", "finish", "usage", "both"]))
def test_behaviour_04_finish_and_usage_in_any_order_end_the_message_once(order: list[str]) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    kinds = {
        "text": chunk({"content": "x"}),
        "finish": chunk(finish="length"),
        "usage": SSEEvent("", msgspec.json.encode({"choices": [], "usage": usage})),
        "both": chunk(finish="stop", usage=usage),
    }
    decoder = ChatStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    events = decoder.feed([*(kinds[kind] for kind in order), SSEEvent("", b"[DONE]")])
    events += decoder.feed([kinds["text"], kinds["finish"]]) + decoder.close()
    check_sequence(events)
    assert events[-1] == MessageEnd(StopReason("max_tokens", "length"), Usage(3, output_tokens=2))


@pytest.mark.parametrize(
    ("finish", "unified"),
    [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("content_filter", "refusal"),
        ("model_context_window_exceeded", "context_window"),
        ("tool_calls", "end_turn"),
        ("something_new", "end_turn"),
    ],
)
def test_behaviour_05_stop_reasons_keep_the_raw_value(finish: str, unified: str) -> None:
    stop = tell(chunk({"content": "a"}), chunk(finish=finish)).stop
    assert stop is not None
    assert (stop.unified, stop.raw) == (unified, finish)


def test_behaviour_06_a_stream_without_any_end_has_failed() -> None:
    collected = tell(chunk({"content": "a"}))
    assert not collected.complete
    assert collected.error is not None


def test_behaviour_06_an_upstream_known_for_it_may_just_end() -> None:
    collected = tell(chunk({"content": "a"}), quirks=Quirks(lenient_end=True))
    assert collected.stop == StopReason("end_turn")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (
            '{"error":{"message":"Slow down","type":"rate_limit_error","code":null}}',
            "rate_limit",
            429,
        ),
        ('{"error":{"message":"Overloaded","type":"overloaded_error"}}', "overloaded", 503),
        ('{"error":{"code":502,"message":"Provider returned error"}}', "api", 502),
        ('{"error":"model runner has unexpectedly stopped"}', "api", 502),
        ('{"detail":"boom"}', "api", 502),
        ('[{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}]', "overloaded", 503),
        ("Internal Server Error", "api", 502),
        ('{"choices":"x","error":{"message":"m","type":"overloaded_error"}}', "overloaded", 503),
        ('{"error":{"message":"m","type":"rate_limit_error"},"choices":[]}', "rate_limit", 429),
    ],
)
def test_behaviour_07_an_error_in_the_stream_keeps_its_type(
    body: str, kind: str, status: int
) -> None:
    collected = tell(
        chunk({"content": "a"}), SSEEvent("", body.encode()), chunk({"content": "late"})
    )
    assert collected.error is not None
    assert (collected.error.kind, collected.error.status) == (kind, status)
    assert collected.response().parts == (Text("a"),)


def test_behaviour_07_an_event_named_error_is_one_whatever_it_holds() -> None:
    error = tell(SSEEvent("error", b'{"note":"it broke"}')).error
    assert error is not None
    assert error.kind == "api"


def test_behaviour_10_the_last_usage_counts_and_is_never_summed() -> None:
    first = {"prompt_tokens": 10, "completion_tokens": 1}
    last = {
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 6},
    }
    collected = tell(chunk({"content": "a"}, usage=first), chunk(finish="stop", usage=last))
    assert collected.usage == Usage(input_tokens=4, cache_read_tokens=6, output_tokens=4)


def test_behaviour_10_none_reported_is_none() -> None:
    assert tell(chunk({"content": "a"}), chunk(finish="stop", usage=None)).usage is None


def test_behaviour_15_a_shortened_name_is_undone() -> None:
    name = "mcp__server.with.dots__" + "x" * 60
    request = Request("m", (), tools=(FunctionTool(name),))
    asked = msgspec.json.decode(
        OpenAIChat().encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses())
    )
    sent = asked["tools"][0]["function"]["name"]
    call = {"index": 0, "id": "a", "function": {"name": sent, "arguments": "{}"}}
    collected = tell(chunk({"tool_calls": [call]}), chunk(finish="tool_calls"), request=request)
    assert collected.response().parts == (ToolCall("a", name, "{}"),)


def test_a_number_as_text_is_still_a_number() -> None:
    call = {"index": "0", "id": "a", "function": {"name": "f", "arguments": "{}"}}
    assert tell(chunk({"tool_calls": [call]}), chunk(finish="stop")).response().parts == (
        ToolCall("a", "f", "{}"),
    )


@pytest.mark.parametrize("data", [b'{"id":"\xff"}', b'{"error":' * 3000, b"[" * 5000, b"[", b'"x'])
def test_bytes_that_cannot_be_read_are_a_failure(data: bytes) -> None:
    assert tell(chunk({"content": "a"}), SSEEvent("", data)).error is not None


def test_a_nameless_call_is_a_failure_also_where_done_is_missing() -> None:
    call = {"index": 0, "id": "a", "function": {"arguments": "{}"}}
    assert tell(chunk({"tool_calls": [call]}), chunk(finish="tool_calls")).error is not None


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_garbage_never_raises(pieces: list[bytes]) -> None:
    decoder = ChatStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    check_sequence(decoder.feed(SSEEvent("", piece) for piece in pieces) + decoder.close())


def test_a_service_tier_that_an_earlier_chunk_told_counts() -> None:
    used = {"prompt_tokens": 10, "completion_tokens": 1}
    first = chunk({"content": "a"}, service_tier="flex")
    collected = tell(first, chunk(finish="stop", usage=used))
    assert collected.usage == Usage(input_tokens=10, output_tokens=1, service_tier="flex")
