import json
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.estimate import (
    estimate_input_tokens,
    estimate_soon,
    estimate_tokens,
)
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Document,
    FunctionTool,
    Image,
    Message,
    OpaquePart,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    ServerTool,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
    UrlSource,
)


def test_four_bytes_are_a_token() -> None:
    assert [estimate_tokens(length) for length in (0, 1, 4, 5)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (Text("x" * 40), 10),
        (Text("漢" * 40), 30),
        (Thinking("x" * 40), 10),
        (ToolCall("id", "name", "x" * 36), 10),
        (ToolResult("id", (Text("x" * 40), Image(UrlSource("u")))), 1510),
        (Image(Base64Source("image/png", "A" * 1_000_000)), 1500),
        (Document(TextSource("x" * 40)), 10),
        (Document(Base64Source("application/pdf", "A" * 40_000)), 1000),
        (Document(UrlSource("u")), 3000),
        (OpaquePart("d", "k", Raw(b"x" * 40)), 10),
        (Audio(Base64Source("audio/wav", "A" * 40_000)), 40),
        (Audio(UrlSource("u")), 0),
        (SearchCall("id", "x" * 40), 10),
        (SearchResult("id", (SearchHit("u", "x" * 4, text="x" * 36),)), 10),
    ],
)
def test_each_part_counts(part: Any, tokens: int) -> None:
    request = Request("m", (Message("user", (part,)),))
    assert estimate_input_tokens(request) == tokens + 4


def test_system_and_tools_count() -> None:
    tools = (
        FunctionTool("abcd", "x" * 36, Raw(b"y" * 40)),
        ServerTool("d", "k", "n", Raw(b"z" * 40)),
    )
    assert estimate_input_tokens(Request("m", (), system=(Text("x" * 40),), tools=tools)) == 40


def estimates(content: object) -> tuple[int, int]:
    asked = {"model": "m", "messages": [{"role": "user", "content": content}], "max_tokens": 1}
    body = json.dumps(asked).encode()
    request = ANTHROPIC_MESSAGES.decode_request(body)
    return estimate_soon(request, body), estimate_input_tokens(request)


def test_a_large_text_is_estimated_by_its_length() -> None:
    soon, counted = estimates("word " * 20_000)
    assert soon != counted
    assert 1.0 <= soon / counted <= 1.1


PICTURE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "A" * 20_000},
}


@pytest.mark.parametrize(
    "content",
    [
        "a small one",
        [PICTURE],
        [{"type": "tool_result", "tool_use_id": "t", "content": [PICTURE]}],
        [{"type": "document", "source": {**PICTURE["source"], "media_type": "application/pdf"}}],  # type: ignore[dict-item]
    ],
    ids=["small", "picture", "picture in a result", "document"],
)
def test_what_is_no_text_is_not_estimated_by_its_length(content: object) -> None:
    soon, counted = estimates(content)
    assert soon == counted
