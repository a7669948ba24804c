"""Parts in order: what a signature belongs to, and what is one part."""

from typing import Any

import msgspec
import pytest

from pxbin_engine.protocol.dialects.gemini_generate.part_sequence import (
    NamelessCall,
    PartSequence,
)
from pxbin_engine.protocol.dialects.gemini_generate.upstream_wire import decode_chunk
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.request import Citation, OpaquePart, Part, Text, Thinking, ToolCall
from pxbin_engine.protocol.stream import MessageStart, StreamCollector, StreamEvent
from tests.support.validators.canonical import check_sequence


def take(sequence: PartSequence, *parts: dict[str, Any]) -> None:
    data = msgspec.json.encode({"candidates": [{"content": {"parts": parts}}]})
    candidates = decode_chunk(data).candidates
    assert candidates
    assert candidates[0].content
    for position, part in enumerate(candidates[0].content.parts or ()):
        sequence.take(part, position, data)


def parts_of(*parts: dict[str, Any], citations: tuple[Citation, ...] = ()) -> tuple[Part, ...]:
    out: list[StreamEvent] = [MessageStart("r", "m")]
    sequence = PartSequence({}, out)
    take(sequence, *parts)
    sequence.cite(citations)
    sequence.close()
    check_sequence(out, ended=False)
    collector = StreamCollector()
    for event in out:
        collector.add(event)
    return collector.response().parts


def thought(text: str, signature: str | None = None) -> Thinking:
    return Thinking(text, signature, vendor=NAME)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ([{"text": "a"}, {"text": ""}, {"text": "b"}], (Text("ab"),)),
        ([{"text": "a", "thought": True}, {"text": "b"}], (thought("a"), Text("b"))),
        (
            [{"text": "a", "thought": True, "thoughtSignature": "s"}, {"text": "b", "thought": True}],
            (thought("a", "s"), thought("b")),
        ),
        ([{"text": "a"}, {"text": "", "thoughtSignature": "s"}], (Text("a"), thought("", "s"))),
        (
            [{"text": "a"}, {"text": "b", "thoughtSignature": "s"}, {"text": "c"}],
            (Text("a"), thought("", "s"), Text("bc")),
        ),
        ([{"text": "", "thought": True, "thoughtSignature": "s"}], (thought("", "s"),)),
        (
            [{"functionCall": {"id": "i", "name": "f", "args": {}}, "thoughtSignature": "s"}],
            (thought("", "s"), ToolCall("i", "f", "{}")),
        ),
        ([{"text": "", "thought": True}, {}, {"thought": True}], ()),
    ],
)  # fmt: skip
def test_parts_and_their_signatures(said: list[dict[str, Any]], parts: tuple[Part, ...]) -> None:
    assert parts_of(*said) == parts


def test_a_part_of_another_kind_stays_what_it_was() -> None:
    signature, part = parts_of({"thoughtSignature": "s", "executableCode": {"code": "1 "}})
    assert signature == thought("", "s")
    assert isinstance(part, OpaquePart)
    assert (part.dialect, part.kind) == (NAME, "executableCode")
    assert bytes(part.raw) == b'{"executableCode":{"code":"1 "}}'


def test_arguments_keep_their_order_and_lose_only_white_space() -> None:
    out: list[StreamEvent] = [MessageStart("r", "m")]
    data = b'{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{ "b" : 1.0,\n "a":"x  y"}}}]}}]}'
    candidates = decode_chunk(data).candidates
    assert candidates
    assert candidates[0].content
    assert candidates[0].content.parts
    PartSequence({}, out).take(candidates[0].content.parts[0], 0, data)
    assert msgspec.json.encode(out[2]) == (
        b'{"type":"ToolCallDelta","index":0,"arguments":"{\\"b\\":1.0,\\"a\\":\\"x  y\\"}"}'
    )


def test_citations_are_told_once_when_a_text_ends() -> None:
    cited = (Citation("https://a", "A"), Citation("https://a", "again"))
    assert parts_of({"text": "x"}, citations=cited) == (Text("x", (Citation("https://a", "A"),)),)
    assert parts_of({"text": "x", "thought": True}, citations=cited) == (thought("x"),)


def test_a_call_without_a_name_cannot_be_told() -> None:
    with pytest.raises(NamelessCall):
        parts_of({"functionCall": {"args": {}}})
