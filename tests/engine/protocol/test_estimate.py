import json
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.estimate import (
    estimate_body_tokens,
    estimate_input_tokens,
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


def test_a_large_body_is_estimated_by_its_length() -> None:
    messages = [{"role": "user", "content": "word " * 200} for _ in range(100)]
    body = json.dumps({"model": "m", "messages": messages, "max_tokens": 1}).encode()
    quick = estimate_body_tokens(body)
    assert quick is not None
    assert 1.0 <= quick / estimate_input_tokens(ANTHROPIC_MESSAGES.decode_request(body)) <= 1.1


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"m"}',
        b'{"type":"base64","data":"' + b"A" * 20_000 + b'"}',
        b'{"inlineData":{"data":"' + b"A" * 20_000 + b'"}}',
        b'{"url":"data:image/png;base64,' + b"A" * 20_000 + b'"}',
        b'{"input_audio":{"data":"' + b"A" * 20_000 + b'"}}',
    ],
    ids=["small", "anthropic", "gemini", "openai", "sound"],
)
def test_what_must_be_looked_at_is_not_estimated_by_its_length(body: bytes) -> None:
    assert estimate_body_tokens(body) is None
