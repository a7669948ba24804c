"""Whole answers of upstreams."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import (
    FunctionTool,
    Image,
    OpaquePart,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage
from tests.support.validators.openai_responses import check_response

CORPUS = Path(__file__).parents[4] / "corpus" / "openai_responses"
DIALECT = OpenAIResponses()
STREAMS = sorted(path.name for path in CORPUS.glob("upstream_stream_*"))


def decode(body: bytes, request: Request | None = None) -> Response:
    return DIALECT.decode_response(body, quirks=DEFAULT_QUIRKS, request=request)


def answer(*output: Any, **fields: Any) -> bytes:
    said = {"id": "resp_1", "model": "m", "status": "completed", "output": output, **fields}
    return msgspec.json.encode(said)


def whole(case: str) -> bytes | None:
    """The response that the stream of a case repeats at its end."""
    for line in (CORPUS / case / "upstream.sse").read_text("utf-8").splitlines():
        if '"response.completed"' in line and line.startswith("data:"):
            return json.dumps(json.loads(line[5:])["response"]).encode()
    return None


def test_behaviour_25_every_kind_of_item() -> None:
    told = decode(
        answer(
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "a"}, {"text": "b"}],
                "encrypted_content": "gAAA",
            },
            {
                "type": "message",
                "content": [
                    {"type": "output_text", "text": "Hi", "annotations": []},
                    {"type": "output_text", "text": ""},
                    {"type": "output_text", "text": "there"},
                ],
            },
            {"type": "function_call", "call_id": "a", "name": "read", "arguments": '{"p":1}'},
            {"type": "custom_tool_call", "call_id": "b", "name": "patch", "input": '"\n'},
            {
                "type": "web_search_call",
                "id": "ws",
                "action": {"type": "search", "query": "q", "sources": [{"url": "u"}]},
            },
            {"type": "image_generation_call", "result": "iVBO"},
            {"type": "mcp_call", "name": "roll"},
            usage={"input_tokens": 3, "output_tokens": 2},
        )
    )
    assert told.parts[:6] == (
        Thinking("a\n\nb", "gAAA", vendor="openai_responses"),
        Text("Hi"),
        Text("there"),
        ToolCall("a", "read", '{"p":1}'),
        ToolCall("b", "patch", '{"input":"\\"\\n"}'),
        SearchCall("ws", "q"),
    )
    assert told.parts[6] == SearchResult("ws", (SearchHit("u"),))
    assert isinstance(told.parts[7], Image)
    assert isinstance(told.parts[8], OpaquePart)
    assert told.parts[8].kind == "mcp_call"
    assert told.stop == StopReason("tool_use", "completed")
    assert told.usage == Usage(3, output_tokens=2, web_searches=1)


def test_reasoning_in_clear_is_preferred_to_its_summary() -> None:
    item = {"type": "reasoning", "summary": [{"text": "short"}], "content": [{"text": "long"}]}
    assert decode(answer(item)).parts == (Thinking("long", vendor="openai_responses"),)


def test_behaviour_15_a_shortened_name_is_undone() -> None:
    request = Request("m", (), tools=(FunctionTool("a.b"),))
    sent = DIALECT.encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses())
    called = msgspec.json.decode(sent)["tools"][0]["name"]
    item = {"type": "function_call", "call_id": "a", "name": called, "arguments": "{}"}
    assert decode(answer(item), request).parts == (ToolCall("a", "a.b", "{}"),)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"<html>", "no response"),
        (b"[]", "no response"),
        (b"{}", "no output"),
        (b'{"choices":[]}', "no output"),
        (answer(error={"code": "server_error", "message": "It broke."}), "It broke"),
        (b'{"error":{"message":"Slow down"}}', "Slow down"),
        (answer(status="failed"), "without a reason"),
        (answer(status="cancelled"), "cancelled"),
        (answer({"type": "function_call", "arguments": "{}"}), "without naming"),
    ],
)
def test_behaviour_08_what_is_no_answer_is_refused(body: bytes, named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        decode(body)


@given(st.binary(max_size=60))
def test_garbage_raises_nothing_else(body: bytes) -> None:
    with suppress(ProtocolError):
        decode(body)


@pytest.mark.parametrize("case", [case for case in STREAMS if whole(case)])
def test_behaviour_25_an_answer_encoded_for_a_client_decodes_to_the_same(case: str) -> None:
    body = whole(case)
    assert body is not None
    asked = Request("m", (), tools=(FunctionTool("read"), FunctionTool("apply_patch", freeform=True)))  # fmt: skip
    try:
        first = decode(body, asked)
    except ProtocolError:
        return  # a call without a name
    if any(isinstance(part, OpaquePart) for part in first.parts):
        return  # its own business; see the validator
    sent = DIALECT.encode_response(first, asked, losses=Losses(), now=1760000000)
    check_response(sent)
    again = decode(sent, asked)
    assert [type(part) for part in again.parts if not isinstance(part, Text)] == [
        type(part) for part in first.parts if not isinstance(part, Text)
    ]
    assert again.stop.unified == first.stop.unified
