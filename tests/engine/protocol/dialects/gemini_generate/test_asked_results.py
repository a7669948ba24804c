"""What functions answered."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate.asked_results import decode_result
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, FunctionResponse
from pxbin_engine.protocol.request import Base64Source, Image, OpaquePart, Text, ToolResult


def decode(response: Any, *parts: Any, **more: Any) -> ToolResult:
    raw = Raw(msgspec.json.encode(response)) if response is not ... else Raw()
    media = [Raw(msgspec.json.encode(part)) for part in parts]
    return decode_result(FunctionResponse("f", None, raw, media, **more), "c", "p")


@pytest.mark.parametrize(
    ("response", "text", "is_error"),
    [
        ({"output": "ok"}, "ok", None),
        ({"result": "ok"}, "ok", None),
        ({"output": {"a": 1}}, '{"a":1}', None),
        ({"error": "bad"}, "bad", True),
        ({"error": {"code": 7}}, '{"code":7}', True),
        ({"a": 1, "output": "x"}, '{"a":1,"output":"x"}', None),
        ({"temperature": 7}, '{"temperature":7}', None),
    ],
)
def test_the_output_is_taken_out_of_its_wrapping(
    response: Any, text: str, is_error: bool | None
) -> None:
    assert decode(response) == ToolResult("c", (Text(text),), is_error)


@pytest.mark.parametrize("response", [{}, {"output": ""}, None, ...])
def test_nothing_said_is_nothing(response: Any) -> None:
    assert decode(response) == ToolResult("c", ())


def test_media_of_a_result() -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": "iVBO"}}
    film = {"fileData": {"fileUri": "https://example.org/a.mp4", "mimeType": "video/mp4"}}
    told = decode({"output": "see"}, picture, film, {"text": "and"})
    text, image, opaque, more = told.parts
    assert (text, more) == (Text("see"), Text("and"))
    assert image == Image(Base64Source("image/png", "iVBO"))
    assert isinstance(opaque, OpaquePart)
    assert msgspec.json.decode(opaque.raw) == film


def test_what_only_google_knows_of_a_result_is_kept() -> None:
    assert decode({}, will_continue=True, scheduling="SILENT").extensions == {
        NAME: {"willContinue": True, "scheduling": "SILENT"}
    }


@pytest.mark.parametrize(("response", "parts"), [("text", ()), ([1], ()), ({}, (7,))])
def test_what_is_no_result_is_named(response: Any, parts: Any) -> None:
    with pytest.raises(ProtocolError, match=r"p\.(response|parts\[0\])"):
        decode(response, *parts)
