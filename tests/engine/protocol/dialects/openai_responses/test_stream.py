"""Upstreams' streams -> canonical events: as the corpus tells, split anywhere, in any order of the items' events."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.dialects.openai_responses.stream import ResponsesStreamDecoder
from pxbin_engine.protocol.freeform import freeform_arguments
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    Citation,
    FunctionTool,
    Part,
    Request,
    Text,
    Thinking,
    ToolCall,
)
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.sse import SSEDecoder, SSEEvent
from pxbin_engine.protocol.stream import (
    MessageEnd,
    OpaqueStart,
    StreamCollector,
    StreamEvent,
    StreamFailed,
    TextDelta,
    ThinkingSignature,
)
from pxbin_engine.protocol.translation import Translation
from tests.support.validators import anthropic_messages as messages
from tests.support.validators.canonical import check_sequence
from tests.support.validators.openai_responses import validate
from tests.support.validators.openai_responses_request import check_request

Json = dict[str, Any]

CORPUS = Path(__file__).parents[4] / "corpus" / "openai_responses"
CASES = sorted(path.name for path in CORPUS.glob("upstream_stream_*"))
NAME = "openai_responses"
ASKED = Request("some-model", ())


def decode(
    data: bytes,
    *,
    quirks: Quirks = DEFAULT_QUIRKS,
    cuts: tuple[int, ...] = (),
    request: Request = ASKED,
) -> list[StreamEvent]:
    """The canonical events of an upstream's bytes, read in pieces that end at the cuts."""
    sse, decoder = SSEDecoder(), OpenAIResponses().stream_decoder(quirks=quirks, request=request)
    edges = (0, *sorted(cuts), len(data))
    events: list[StreamEvent] = []
    for start, end in pairwise(edges):
        events += decoder.feed(sse.feed(data[start:end]))
    events += decoder.feed(sse.close()) + decoder.close()
    check_sequence(events)
    return events


def tell(
    *events: Json, quirks: Quirks = DEFAULT_QUIRKS, request: Request = ASKED
) -> StreamCollector:
    """What a decoder makes of these events, collected."""
    decoder = ResponsesStreamDecoder(quirks=quirks, request=request)
    sent = [SSEEvent("", msgspec.json.encode(event)) for event in events]
    told = decoder.feed(sent) + decoder.close()
    check_sequence(told)
    collector = StreamCollector()
    for event in told:
        collector.add(event)
    return collector


def event(kind: str, **fields: Any) -> Json:
    return {"type": f"response.{kind}", **fields}


def text(delta: str, index: int = 0) -> Json:
    return event("output_text.delta", output_index=index, content_index=0, delta=delta)


def completed(*items: Json, **fields: Any) -> Json:
    response = {"id": "resp_1", "status": "completed", "output": items, **fields}
    return event("completed", response=response)


@pytest.fixture(autouse=True)
def countable_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up ids count from 00 in each test, so that a golden file can name them."""
    made = iter(range(1000))
    monkeypatch.setattr("secrets.token_hex", lambda _size: f"{next(made):02}")


@pytest.mark.parametrize("case", CASES)
def test_behaviour_25_the_corpus_decodes_to_its_golden_events(case: str) -> None:
    events = decode((CORPUS / case / "upstream.sse").read_bytes())
    golden = (CORPUS / case / "events.jsonl").read_text("utf-8").splitlines()
    assert [msgspec.json.encode(event).decode() for event in events] == golden


@given(st.sampled_from(CASES), st.lists(st.integers(0, 4000), max_size=6))
def test_any_split_of_the_bytes_tells_the_same(case: str, cuts: list[int]) -> None:
    data = (CORPUS / case / "upstream.sse").read_bytes()
    cut = decode(data, cuts=tuple(at for at in cuts if at <= len(data)))
    assert _plain(cut) == _plain(decode(data))


def _plain(events: list[StreamEvent]) -> list[str]:
    """As text (``Raw`` is equal only to itself), without ids, which may be made up."""
    return [
        msgspec.json.encode(
            msgspec.structs.replace(event, id="") if hasattr(event, "id") else event
        ).decode()
        for event in events
    ]


# Any order of the items' events


def added(index: int, item: Json) -> Json:
    return event("output_item.added", output_index=index, item=item)


def done(index: int, item: Json) -> Json:
    return event("output_item.done", output_index=index, item=item)


def _pieces(draw: st.DrawFn, whole: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=3)))
    return [whole[start:end] for start, end in pairwise([0, *cuts, len(whole)])]


def _message(number: int) -> tuple[Json, str, str, Json, Part]:
    content = [{"type": "output_text", "text": f"Täxt {number}.", "annotations": []}]
    item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "content": content}
    told = Text(f"Täxt {number}.")
    return item, "output_text", told.text, {"content_index": 0}, told


def _reasoning(number: int) -> tuple[Json, str, str, Json, Part]:
    summary = [{"type": "summary_text", "text": f"Thought {number}."}]
    item = {"type": "reasoning", "id": f"rs_{number}", "summary": summary, "encrypted_content": "gAAA"}  # fmt: skip
    told = Thinking(f"Thought {number}.", "gAAA", vendor=NAME)
    return item, "reasoning_summary_text", told.text, {"summary_index": 0}, told


def _call(number: int) -> tuple[Json, str, str, Json, Part]:
    arguments = f'{{"n":{number},"text":"é\\"}}{{"}}'
    told = ToolCall(f"call_{number}", "read", arguments)
    item = {"type": "function_call", "id": f"fc_{number}", "call_id": told.id, "name": "read", "arguments": arguments}  # fmt: skip
    return item, "function_call_arguments", arguments, {}, told


def _freeform(number: int) -> tuple[Json, str, str, Json, Part]:
    text = f'*** "é"\\\n{number}'
    told = ToolCall(f"call_{number}", "patch", freeform_arguments(text))
    item = {"type": "custom_tool_call", "id": f"ctc_{number}", "call_id": told.id, "name": "patch", "input": text}  # fmt: skip
    return item, "custom_tool_call_input", text, {}, told


_EMPTY: Json = {"content": [], "summary": [], "arguments": "", "input": ""}


@st.composite
def interleaved_items(draw: st.DrawFn) -> tuple[list[Part], list[Json]]:
    """Up to four items, each told with or without its beginning, deltas and end; the events of one interleaving."""
    kinds = draw(
        st.lists(st.sampled_from([_message, _reasoning, _call, _freeform]), min_size=1, max_size=4)
    )
    parts: list[Part] = []
    queues: list[list[Json]] = []
    for index, kind in enumerate(kinds):
        item, delta, whole, place, part = kind(index)
        parts.append(part)
        start = {**item, **{name: empty for name, empty in _EMPTY.items() if name in item}}
        start.pop("encrypted_content", None)
        queue = [added(index, start)] if draw(st.booleans()) else []
        if draw(st.booleans()):
            queue += [
                event(f"{delta}.delta", output_index=index, **place, delta=piece)
                for piece in _pieces(draw, whole)
            ]
        queues.append([*queue, done(index, item)])
    events = []
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        events.append(queue.pop(0))
    return parts, events


@given(interleaved_items())
def test_behaviour_01_any_interleaving_of_items_keeps_each_whole(
    drawn: tuple[list[Part], list[Json]],
) -> None:
    parts, events = drawn
    told = tell(event("created", response={"id": "resp_1"}), *events, completed())
    key = msgspec.json.encode
    assert sorted(map(key, told.response().parts)) == sorted(map(key, parts))


@given(st.permutations(range(4)))
def test_behaviour_01_what_is_told_whole_at_the_end_alone_keeps_the_order_of_the_answer(
    order: list[int],
) -> None:
    makers = [(_message, _reasoning, _call, _freeform)[number] for number in order]
    made = [maker(number) for number, maker in enumerate(makers)]
    told = tell(completed(*(item for item, *_ in made)))
    assert told.response().parts == tuple(part for *_, part in made)


# Rules


def test_behaviour_06_bytes_that_end_before_the_answer_are_a_failure() -> None:
    assert tell(text("a")).error is not None


def test_behaviour_06_an_upstream_known_for_it_may_just_end() -> None:
    told = tell(text("a"), quirks=Quirks(lenient_end=True))
    assert told.stop == StopReason("end_turn", "completed")
    assert told.response().parts == (Text("a"),)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"type":"error","code":"rate_limit_exceeded","message":"Slow"}', "rate_limit", 429),
        ('{"type":"error","error":{"type":"overloaded_error","message":"m"}}', "overloaded", 503),
        ('{"error":{"message":"m","type":"server_error"}}', "api", 502),
        ('{"error":"model runner has unexpectedly stopped"}', "api", 502),
        ('{"detail":"boom"}', "api", 502),
        ('[{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}]', "overloaded", 503),
        ("Internal Server Error", "api", 502),
        ('{"type":"response.completed","response":7}', "api", 502),
        ('{"choices":[{"delta":{"content":"a"}}]}', "api", 502),
    ],
)
def test_behaviour_07_an_error_in_the_stream_keeps_its_type(
    body: str, kind: str, status: int
) -> None:
    decoder = ResponsesStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    sent = [SSEEvent("", msgspec.json.encode(text("a"))), SSEEvent("", body.encode())]
    told = decoder.feed([*sent, SSEEvent("", msgspec.json.encode(text("late")))]) + decoder.close()
    check_sequence(told)
    last = told[-1]
    assert isinstance(last, StreamFailed)
    assert (last.error.kind, last.error.status) == (kind, status)


def test_behaviour_15_a_shortened_name_is_undone() -> None:
    name = "mcp__server.with.dots__" + "x" * 60
    request = Request("m", (), tools=(FunctionTool(name),))
    sent = OpenAIResponses().encode_request(
        request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses()
    )
    called = msgspec.json.decode(sent)["tools"][0]["name"]
    item = {"type": "function_call", "call_id": "a", "name": called, "arguments": "{}"}
    assert tell(done(0, item), completed(), request=request).response().parts == (
        ToolCall("a", name, "{}"),
    )


def test_behaviour_18_the_encrypted_whole_comes_before_the_end_of_its_part() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
    decoder = ResponsesStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    told = decoder.feed([SSEEvent("", msgspec.json.encode(done(0, item)))])
    assert told[-2] == ThinkingSignature(0, "gAAA")


def test_citations_follow_their_text_once() -> None:
    annotation = {"type": "url_citation", "url": "https://example.com", "title": "A page"}
    content = [{"type": "output_text", "text": "a", "annotations": [annotation]}]
    item = {"type": "message", "content": content}
    said = event("output_text.annotation.added", output_index=0, content_index=0, annotation=annotation)  # fmt: skip
    told = tell(text("a"), said, done(0, item), completed(item)).response().parts
    assert told == (Text("a", (Citation("https://example.com", "A page"),)),)


def test_numbers_as_texts_are_still_numbers() -> None:
    told = tell({**text("a"), "output_index": "0"}, completed(usage={"input_tokens": "3"}))
    assert told.response().parts == (Text("a"),)
    assert told.usage is not None
    assert told.usage.input_tokens == 3


def test_an_event_of_next_year_is_skipped() -> None:
    told = tell(text("a"), event("of_next_year", delta=7), text("b"), completed())
    assert told.response().parts == (Text("ab"),)


def test_a_delta_leaves_at_once() -> None:
    decoder = ResponsesStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    decoder.feed([SSEEvent("", msgspec.json.encode(text("a")))])
    assert decoder.feed([SSEEvent("", msgspec.json.encode(text("b")))]) == [TextDelta(0, "b")]


@pytest.mark.parametrize("data", [b'{"type":"\xff"}', b'{"error":' * 3000, b"[" * 5000, b'"x'])
def test_bytes_that_cannot_be_read_are_a_failure(data: bytes) -> None:
    decoder = ResponsesStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    assert isinstance(decoder.feed([SSEEvent("", data)])[-1], StreamFailed)


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_garbage_never_raises(pieces: list[bytes]) -> None:
    decoder = ResponsesStreamDecoder(quirks=DEFAULT_QUIRKS, request=ASKED)
    check_sequence(decoder.feed(SSEEvent("", piece) for piece in pieces) + decoder.close())


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(-1, 2) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "text", "content", "id", "name", "arguments", "summary"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
_KINDS = st.sampled_from(
    [
        "created",
        "output_item.added",
        "output_item.done",
        "output_text.delta",
        "refusal.delta",
        "function_call_arguments.delta",
        "custom_tool_call_input.delta",
        "reasoning_text.delta",
        "output_text.annotation.added",
        "completed",
    ]
)
_ITEM_TYPES = st.sampled_from(
    ["message", "reasoning", "function_call", "custom_tool_call", "web_search_call", "x"]
)


@st.composite
def any_events(draw: st.DrawFn) -> Json:
    item = draw(_JSON)
    if isinstance(item, dict):
        item = {**item, "type": draw(_ITEM_TYPES)}
    return event(
        draw(_KINDS),
        output_index=draw(st.integers(-1, 2)),
        content_index=draw(st.integers(0, 1)),
        delta=draw(st.text(max_size=3)),
        item=item,
        annotation=draw(_JSON),
        response={"output": [item]},
    )


@given(st.lists(any_events(), max_size=6))
def test_any_events_in_any_order_are_well_formed(events: list[Json]) -> None:
    tell(*events)


# Round trip


@pytest.mark.parametrize("case", CASES)
def test_behaviour_25_what_is_encoded_for_a_client_decodes_to_the_same(case: str) -> None:
    events = decode((CORPUS / case / "upstream.sse").read_bytes())
    if not isinstance(events[-1], MessageEnd) or any(
        isinstance(each, OpaqueStart) for each in events
    ):
        return  # a failure has no answer, and an item of another type is not ours to describe
    asked = Request("m", (), tools=(FunctionTool("read"), FunctionTool("apply_patch", freeform=True)))  # fmt: skip
    encoder = OpenAIResponses().stream_encoder(asked, losses=Losses(), now=1760000000)
    stream = encoder.encode(events)
    validate(stream)
    first, again = StreamCollector(), StreamCollector()
    for each in events:
        first.add(each)
    for each in decode(stream):
        again.add(each)
    assert _said(again) == _said(first)
    assert _counts(again.usage) == _counts(first.usage)
    assert (again.stop and again.stop.unified) == (first.stop and first.stop.unified)


def _counts(usage: Usage | None) -> tuple[int, int, int, int]:
    """Without how long a cache lasts."""
    told = usage or Usage()
    return told.input_tokens, told.cache_read_tokens, told.cache_write_tokens, told.output_tokens


def _said(collector: StreamCollector) -> list[bytes]:
    """The parts, texts that follow each other as one: that is how one message has them."""
    said: list[Part] = []
    for part in collector.response().parts:
        last = said[-1] if said else None
        if isinstance(part, Text) and isinstance(last, Text):
            said[-1] = Text(last.text + part.text, last.citations + part.citations)
        else:
            said.append(part)
    return [msgspec.json.encode(part) for part in said]


# Through the translation


def messages_client(stream: bytes, *history: Json) -> tuple[bytes, Json]:
    """What a client of the Messages API is told of an upstream's stream, and what the upstream was asked for it."""
    asked = {
        "model": "m",
        "max_tokens": 100,
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}, *history],
        "tools": [{"name": "read", "input_schema": {"type": "object"}}],
    }
    translation = Translation(ANTHROPIC_MESSAGES, OpenAIResponses(), model="gpt-5.2")
    sent = translation.request(msgspec.json.encode(asked))
    return translation.feed(stream) + translation.close(), check_request(sent)


@pytest.mark.parametrize("case", CASES)
def test_behaviour_03_every_stream_is_well_formed_for_another_dialects_client(case: str) -> None:
    told, _ = messages_client((CORPUS / case / "upstream.sse").read_bytes())
    if told:  # nothing was committed where the failure came first
        messages.validate(told)


def test_behaviour_18_reasoning_comes_home_through_a_client_of_another_dialect() -> None:
    stream = (CORPUS / "upstream_stream_reasoning_and_calls" / "upstream.sse").read_bytes()
    told, _ = messages_client(stream)
    answer = messages.validate(told)
    results = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": "ok"}
        for block in answer["content"]
        if block["type"] == "tool_use"
    ]
    history = (
        {"role": "assistant", "content": answer["content"]},
        {"role": "user", "content": results},
    )
    _, asked = messages_client(stream, *history)
    kinds = [item["type"] for item in asked["input"]]
    assert kinds[1:4] == ["reasoning", "function_call", "function_call"]
    assert asked["input"][1] == {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "First, look.\n\nThen read."}],
        "encrypted_content": "gAAAAABencrypted",
    }
