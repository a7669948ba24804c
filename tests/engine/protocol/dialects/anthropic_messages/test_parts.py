import json
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages.part_encoder import encode_parts
from pxbin_engine.protocol.dialects.anthropic_messages.parts import decode_block, decode_content
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Document,
    FileSource,
    Image,
    OpaquePart,
    Part,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
    UrlSource,
)


def raw(block: Any) -> Raw:
    return Raw(json.dumps(block).encode())


def decode(**block: Any) -> Part:
    return decode_block(raw(block), "at")


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "a"}, Text("a")),
        (
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
            Text("a", extensions={NAME: {"cache_control": {"type": "ephemeral"}}}),
        ),
        ({"type": "thinking", "thinking": "a", "signature": ""}, Thinking("a", "", vendor=NAME)),
        ({"type": "redacted_thinking", "data": "x"}, Thinking("", redacted="x", vendor=NAME)),
        ({"type": "tool_use", "id": "a", "name": "f", "input": {}}, ToolCall("a", "f", "{}")),
        ({"type": "tool_use", "id": "a", "name": "f", "input": None}, ToolCall("a", "f", "")),
        (
            {"type": "tool_result", "tool_use_id": "a", "content": "x"},
            ToolResult("a", (Text("x"),)),
        ),
        ({"type": "image", "source": {"type": "url", "url": "u"}}, Image(UrlSource("u"))),
        (
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            Image(FileSource("f"), extensions={NAME: {}}),
        ),
        (
            {"type": "document", "title": "t", "source": {"type": "text", "data": "d"}},
            Document(TextSource("d"), "t"),
        ),
    ],
)
def test_each_block_is_a_part(block: Any, part: Part) -> None:
    assert decode(**block) == part


@pytest.mark.parametrize(
    "block",
    [
        {"type": "document", "source": {"type": "content", "content": []}},
        {"type": "image", "source": {"type": "of_next_year"}},
        {"type": "server_tool_use", "id": "a", "name": "code_execution", "input": {}},
        {
            "type": "server_tool_use",
            "id": "a",
            "name": "web_search",
            "input": {"query": "x", "k": 1},
        },
        {
            "type": "web_search_tool_result",
            "tool_use_id": "a",
            "content": [{"type": "of_next_year"}],
        },
    ],
)
def test_what_only_anthropic_has_is_kept_whole(block: Any) -> None:
    part = decode(**block)
    assert isinstance(part, OpaquePart)
    assert part.kind == block["type"]
    assert encode_parts((part,), "", Losses()) == [part.raw]


def test_a_string_is_one_text() -> None:
    assert decode_content("hi", "at") == (Text("hi"),)
    assert decode_content(None, "at") == ()


def test_a_block_inside_a_result_is_named_with_its_path() -> None:
    with pytest.raises(ProtocolError, match=r"at\.content\.1\.text: Field required"):
        decode(
            type="tool_result",
            tool_use_id="a",
            content=[{"type": "text", "text": ""}, {"type": "text"}],
        )
