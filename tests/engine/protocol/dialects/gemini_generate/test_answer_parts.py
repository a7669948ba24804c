"""The parts of an answer that a Gemini client is given."""

import base64
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.answer_parts import (
    AnswerParts,
    encode_arguments,
)
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    FileSource,
    Image,
    OpaquePart,
    Reasoning,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    UrlSource,
)
from pxbin_engine.protocol.stream import (
    OpaqueDelta,
    OpaqueStart,
    PartEnd,
    StreamEvent,
    TextCitation,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ThinkingSignature,
    ThinkingStart,
    ToolCallDelta,
    ToolCallStart,
    WholePart,
)

SHOWS = Request("m", (), reasoning=Reasoning(summary="auto"))
HIDES = Request("m", ())
ANTHROPIC = "anthropic_messages"


def tell(*events: StreamEvent, asked: Request = SHOWS) -> tuple[list[dict[str, Any]], list[str]]:
    losses = Losses()
    answer = AnswerParts(asked, losses)
    parts = [part for event in events for part in answer.take(event)] + answer.end()
    return parts, [loss.path for loss in losses]


def thinking(index: int, text: str, signature: str, vendor: str | None) -> list[StreamEvent]:
    told = [ThinkingDelta(index, text)] if text else []
    signed = [ThinkingSignature(index, piece) for piece in signature]
    return [ThinkingStart(index, vendor=vendor), *told, *signed, PartEnd(index)]


def call(index: int, *arguments: str) -> list[StreamEvent]:
    deltas = [ToolCallDelta(index, piece) for piece in arguments]
    return [ToolCallStart(index, f"c{index}", "f"), *deltas, PartEnd(index)]


def text(index: int, *pieces: str) -> list[StreamEvent]:
    return [TextStart(index), *(TextDelta(index, piece) for piece in pieces), PartEnd(index)]


def mark(vendor: str, signature: str) -> str:
    return base64.b64encode(f"pxbin-{vendor}:{signature}".encode()).decode()


def called(index: int, **more: Any) -> dict[str, Any]:
    return {"functionCall": {"id": f"c{index}", "name": "f", "args": Raw(b"{}")}, **more}


def test_texts_and_thoughts_are_told_as_they_come() -> None:
    assert tell(*thinking(0, "Hm.", "", None), *text(1, "So", ".")) == (
        [{"text": "Hm.", "thought": True}, {"text": "So"}, {"text": "."}],
        [],
    )


def test_a_call_is_told_whole_when_it_is_complete() -> None:
    (part,), losses = tell(*call(0, '{"a":', "1", "}"))
    assert bytes(part["functionCall"]["args"]) == b'{"a":1}'
    assert losses == []


def test_googles_signature_stands_on_its_own_thought() -> None:
    parts, losses = tell(*thinking(0, "Hm.", "sig", NAME), *text(1, "So."))
    assert parts[1:] == [{"text": "", "thought": True, "thoughtSignature": "sig"}, {"text": "So."}]
    assert losses == []


def test_googles_signature_of_another_part_stands_on_that() -> None:
    assert tell(*thinking(0, "", "sig", NAME), *call(1), *call(2)) == (
        [called(1, thoughtSignature="sig"), called(2)],
        [],
    )
    parts, _ = tell(*thinking(0, "", "sig", NAME), *text(1, "a", "b"))
    assert parts == [{"text": "a", "thoughtSignature": "sig"}, {"text": "b"}]
    parts, _ = tell(*text(0, "a"), *thinking(1, "", "sig", NAME))
    assert parts == [{"text": "a"}, {"text": "", "thoughtSignature": "sig"}]
    parts, _ = tell(*thinking(0, "", "sig", NAME), *text(1), *call(2))
    assert parts == [{"text": "", "thoughtSignature": "sig"}, called(2)]


def test_behaviour_18_another_vendors_signature_rides_on_what_a_client_keeps() -> None:
    parts, losses = tell(*thinking(0, "Hm.", "EqQB", ANTHROPIC), *call(1))
    assert parts == [
        {"text": "Hm.", "thought": True},
        called(1, thoughtSignature=mark(ANTHROPIC, "EqQB")),
    ]
    assert losses == []


def test_behaviour_18_two_signatures_never_share_a_part() -> None:
    redacted = [ThinkingStart(1, "EmwK", ANTHROPIC), PartEnd(1)]
    parts, _ = tell(*thinking(0, "Hm.", "EqQB", ANTHROPIC), *redacted, *call(2))
    assert parts[1:] == [
        {"text": "", "thoughtSignature": mark(ANTHROPIC, "EqQB")},
        called(2, thoughtSignature=mark(ANTHROPIC, "redacted:EmwK")),
    ]


def test_thoughts_that_were_not_asked_for_are_not_told_but_vouched_for() -> None:
    parts, losses = tell(*thinking(0, "Hm.", "sig", NAME), *text(1, "So."), asked=HIDES)
    assert parts == [{"text": "So.", "thoughtSignature": "sig"}]
    assert losses == ["answer.thinking"]


def test_thinking_that_nobody_vouches_for_is_not_signed() -> None:
    parts, _ = tell(*thinking(0, "Hm.", "sig", None), *text(1, "So."))
    assert parts == [{"text": "Hm.", "thought": True}, {"text": "So."}]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", b"{}"),
        (" \n", b"{}"),
        ('{"a": 1e2}', b'{"a": 1e2}'),
        ('{\n "a": [1,\r\n 2]}', b'{"a":[1,2]}'),
        ("[1]", None),
        ('"a"', None),
        ('{"a":', None),
        ("{}{}", None),
        ("[" * 5000, None),
    ],
)
def test_arguments_are_a_json_object_in_one_line(said: str, told: bytes | None) -> None:
    arguments = encode_arguments(said)
    assert (None if arguments is None else bytes(arguments)) == told


def test_a_broken_call_is_left_out_with_a_loss_and_named_at_the_end() -> None:
    losses = Losses()
    answer = AnswerParts(SHOWS, losses)
    parts = [part for event in [*text(0, "So."), *call(1, '{"a":')] for part in answer.take(event)]
    assert parts == [{"text": "So."}]
    assert answer.broken_call == 'Malformed function call: f({"a":)'
    assert [loss.path for loss in losses] == ["answer.parts[1]"]


def test_pictures_by_bytes_and_address() -> None:
    link = WholePart(1, Image(UrlSource("https://example.org/a.png")))
    kept = WholePart(2, Image(FileSource("file_1")))
    parts, losses = tell(WholePart(0, Image(Base64Source("image/png", "iVBO"))), link, kept)
    assert parts == [
        {"inlineData": {"mimeType": "image/png", "data": "iVBO"}},
        {"fileData": {"fileUri": "https://example.org/a.png"}},
    ]
    assert losses == ["answer.parts[2]"]


def test_parts_of_this_dialect_go_through_and_others_are_a_loss() -> None:
    own = OpaquePart(NAME, "executableCode", Raw(b'{"executableCode":{"code":"1e2"}}'))
    other = OpaquePart(ANTHROPIC, "container_upload", Raw(b"{}"))
    parts, losses = tell(
        *thinking(0, "", "sig", NAME),
        OpaqueStart(1, own),
        PartEnd(1),
        OpaqueStart(2, other),
        OpaqueDelta(2, other),
        PartEnd(2),
    )
    assert parts == [{"executableCode": Raw(b'{"code":"1e2"}'), "thoughtSignature": "sig"}]
    assert losses == ["answer.parts[2]"]


def test_searches_and_citations_are_gathered_for_the_end() -> None:
    answer = AnswerParts(SHOWS, Losses())
    hit = SearchHit("https://a", "A")
    for event in (
        WholePart(0, SearchCall("s", "q")),
        WholePart(1, SearchResult("s", (hit,))),
        TextStart(2),
        TextDelta(2, "So."),
        TextCitation(2, Citation("https://a", "A")),
        PartEnd(2),
    ):
        answer.take(event)
    metadata = answer.grounding.metadata()
    assert metadata is not None
    assert metadata["webSearchQueries"] == ["q"]
    assert metadata["groundingSupports"][0]["groundingChunkIndices"] == [0]
