"""What messages, reasoning and hosted items become, told in deltas, whole, or in both."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.item_reader import (
    AnswerState,
    ItemReader,
    MessageReader,
    OtherReader,
    ReasoningReader,
)
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    Image,
    OpaquePart,
    SearchCall,
    SearchResult,
    Text,
    Thinking,
)
from pxbin_engine.protocol.stream import OpaqueDelta, OpaqueStart, StreamCollector, WholePart

NAME = "openai_responses"


def read(
    kind: type[ItemReader], *deltas: wire.ItemEvent, item: dict[str, Any] | None = None
) -> AnswerState:
    """The state after an item of these deltas and this end."""
    state = AnswerState({})
    reader = kind(state)
    for delta in deltas:
        reader.take(delta)
    raw = Raw(msgspec.json.encode(item))
    reader.finish(None if item is None else wire.item_decoder.decode(raw), raw)
    return state


def parts(state: AnswerState) -> tuple[Any, ...]:
    collector = StreamCollector()
    for event in state.out:
        collector.add(event)
    return collector.response().parts


def said(*texts: str, **fields: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, **fields} for text in texts]
    return {"type": "message", "content": content}


@pytest.mark.parametrize("told", ["", "H", "Hi", "Hi and more"])
def test_a_message_gets_what_its_deltas_left_out(told: str) -> None:
    deltas = [wire.TextDelta(told)] if told else []
    assert parts(read(MessageReader, *deltas, item=said("Hi"))) == (
        Text(told if len(told) > 2 else "Hi"),
    )


def test_each_content_part_is_a_text_part() -> None:
    state = read(MessageReader, wire.TextDelta("a", 0, 0), item=said("a", "b"))
    assert parts(state) == (Text("a"), Text("b"))


def test_a_refusal_is_text_and_remembered() -> None:
    item = {"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}
    for state in (
        read(MessageReader, item=item),
        read(MessageReader, wire.RefusalDelta("I cannot."), item=item),
        read(MessageReader, wire.RefusalDelta("I cannot.")),
    ):
        assert parts(state) == (Text("I cannot."),)
        assert state.refused


def test_a_page_is_a_citation_and_a_file_is_this_dialects_own() -> None:
    page = {"type": "url_citation", "url": "u", "title": None, "start_index": 0}
    file = {"type": "file_citation", "file_id": "f"}
    broken = {"type": "url_citation", "url": 7}
    state = read(MessageReader, item=said("a", annotations=[page, file, broken]))
    assert parts(state) == (Text("a", (Citation("u"),)),)
    assert [event.part.kind for event in state.out if isinstance(event, OpaqueDelta)] == [
        "file_citation"
    ]


def test_pieces_of_a_summary_are_paragraphs_however_they_come() -> None:
    item = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "One."}, {"text": "Two."}],
        "encrypted_content": "gAAA",
    }
    deltas = (wire.SummaryDelta("On", 0, 0), wire.SummaryDelta("e.", 0, 0))
    last = wire.SummaryDelta("Two.", 0, 1)
    whole = (Thinking("One.\n\nTwo.", "gAAA", vendor=NAME),)
    assert parts(read(ReasoningReader, item=item)) == whole
    assert parts(read(ReasoningReader, *deltas, item=item)) == whole
    assert parts(read(ReasoningReader, *deltas, last, item=item)) == whole


def test_what_came_first_is_the_thinking_summary_or_content() -> None:
    item = {"type": "reasoning", "summary": [{"text": "short"}], "content": [{"text": "long"}]}
    assert parts(read(ReasoningReader, item=item))[0].text == "long"
    assert parts(read(ReasoningReader, wire.SummaryDelta("sh"), item=item))[0].text == "short"
    both = (wire.ReasoningDelta("lo"), wire.SummaryDelta("short"), wire.ReasoningDelta("ng"))
    assert parts(read(ReasoningReader, *both, item=item))[0].text == "long"


def test_behaviour_18_encrypted_reasoning_without_a_text_is_kept() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
    assert parts(read(ReasoningReader, item=item)) == (Thinking("", "gAAA", vendor=NAME),)
    assert parts(read(ReasoningReader, item={**item, "encrypted_content": None})) == ()


def test_behaviour_18_another_pxbins_note_is_no_signature() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "pxbin-synthetic:unsigned"}
    assert parts(read(ReasoningReader, item=item)) == ()


def test_a_search_is_its_call_and_its_result() -> None:
    action = {"type": "search", "queries": ["a", "b"], "sources": [{"url": "u"}, {"type": "api"}]}
    state = read(OtherReader, item={"type": "web_search_call", "id": "ws", "action": action})
    call, result = (event.part for event in state.out if isinstance(event, WholePart))
    assert call == SearchCall("ws", "a\nb")
    assert isinstance(result, SearchResult)
    assert [hit.url for hit in result.hits] == ["u"]
    assert state.searches == 1


def test_a_search_without_an_id_gets_one() -> None:
    state = read(OtherReader, item={"type": "web_search_call", "action": {"type": "search"}})
    call, result = (event.part for event in state.out if isinstance(event, WholePart))
    assert isinstance(call, SearchCall)
    assert isinstance(result, SearchResult)
    assert call.id.startswith("ws_")
    assert result.call_id == call.id


def test_a_picture_is_one() -> None:
    item = {"type": "image_generation_call", "result": "iVBO", "output_format": "webp"}
    assert parts(read(OtherReader, item=item)) == (Image(Base64Source("image/webp", "iVBO")),)


@pytest.mark.parametrize(
    "item",
    [
        {"type": "mcp_call", "name": "roll"},
        {"type": "web_search_call", "action": {"type": "open_page", "url": "u"}},
        {"type": "web_search_call", "action": 7},
        {"type": "image_generation_call", "result": None},
    ],
)
def test_anything_else_stays_as_it_is(item: dict[str, Any]) -> None:
    (start, _) = read(OtherReader, item=item).out
    assert isinstance(start, OpaqueStart)
    assert isinstance(start.part, OpaquePart)
    assert (start.part.dialect, start.part.kind) == (NAME, item["type"])
    assert msgspec.json.decode(start.part.raw) == item
