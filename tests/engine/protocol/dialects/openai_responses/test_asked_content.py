"""What a client's items are made of, and how each kind of part that is wrong is named."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses import item_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.asked_content import (
    decode_content,
    decode_output,
    decode_reasoning,
    decode_search,
    type_of,
)
from pxbin_engine.protocol.request import (
    Base64Source,
    Document,
    Image,
    SearchCall,
    SearchResult,
    Text,
    Thinking,
    UrlSource,
)


def raw(value: Any) -> Raw:
    return Raw(msgspec.json.encode(value))


def test_a_text_is_one_part_and_nothing_is_none() -> None:
    assert list(decode_content("hi", "input[0].content")) == [Text("hi")]
    assert list(decode_content(None, "input[0].content")) == []


def test_a_data_uri_may_have_parameters() -> None:
    part = {"type": "input_image", "image_url": "data:image/png;charset=x;base64,AAAA"}
    assert list(decode_content([raw(part)], "")) == [Image(Base64Source("image/png", "AAAA"))]


def test_a_document_may_lie_anywhere() -> None:
    part = {"type": "input_file", "file_url": "https://example.org/a.pdf", "filename": "a"}
    (document,) = decode_content([raw(part)], "")
    assert document == Document(UrlSource("https://example.org/a.pdf"), "a")


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ({"text": "x"}, r"content\[0\]"),
        ({"type": "input_text"}, r"content\[0\]: .*text"),
        ({"type": "input_image"}, r"content\[0\]: .*image_url or file_id"),
        ({"type": "input_file"}, r"content\[0\]: .*file_data"),
        ({"type": "input_audio", "input_audio": {"data": "x"}}, r"content\[0\]: .*format"),
        ({"type": "output_text", "text": "x", "annotations": [3]}, r"content\[0\]: .*annotations"),
        (3, r"content\[0\]"),
    ],
)
def test_a_part_that_is_wrong_is_named(part: Any, named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        list(decode_content([raw(part)], "input[0].content"))


@pytest.mark.parametrize(
    ("output", "text", "is_error"),
    [
        ("fine", "fine", None),
        ({"content": "bad", "success": False}, "bad", True),
        ({"content": "good", "success": True}, "good", False),
        ({"content": "so", "success": None}, "so", None),
        ({}, "", None),
    ],
)
def test_behaviour_25_what_a_tool_answered(output: Any, text: str, is_error: bool | None) -> None:
    result = decode_output("call_1", output, "input[0]")
    assert (result.call_id, result.parts, result.is_error) == ("call_1", (Text(text),), is_error)


def test_behaviour_25_a_tool_may_answer_in_parts() -> None:
    output = [raw({"type": "input_text", "text": "a"}), raw({"type": "text", "text": "b"})]
    assert decode_output("c", output, "").parts == (Text("a"), Text("b"))
    assert decode_output("c", None, "").parts == ()


def text(said: str) -> wire.ReasoningText:
    return wire.ReasoningText(said)


@pytest.mark.parametrize(
    ("item", "thinking"),
    [
        (wire.Reasoning(), None),
        (wire.Reasoning([], None, "pxbin-synthetic:unsigned"), None),
        (wire.Reasoning([text("a"), text("b")]), Thinking("a\n\nb")),
        (wire.Reasoning([text("a")], [text("in full")]), Thinking("in full")),
        (wire.Reasoning([], [], "gAA"), Thinking("", "gAA", vendor="openai_responses")),
        (
            wire.Reasoning(None, None, "pxbin-anthropic_messages:redacted:E"),
            Thinking("", None, "E", "anthropic_messages"),
        ),
    ],
)
def test_behaviour_25_reasoning_keeps_its_text_and_its_proof(
    item: wire.Reasoning, thinking: Thinking | None
) -> None:
    assert decode_reasoning(item) == thinking


def test_a_search_without_a_query_is_none_of_ours() -> None:
    assert decode_search(wire.WebSearchCall("ws_1")) is None
    assert decode_search(wire.WebSearchCall("ws_1", wire.SearchAction("open_page"))) is None
    search = decode_search(wire.WebSearchCall("ws_1", wire.SearchAction("search", "cats")))
    assert search == (SearchCall("ws_1", "cats"), SearchResult("ws_1"))


@pytest.mark.parametrize(
    ("value", "kind"),
    [({"type": "x"}, "x"), ({"type": 3}, None), ({}, None), ([], None), (3, None)],
)
def test_the_type_of_anything(value: Any, kind: str | None) -> None:
    assert type_of(raw(value)) == kind
