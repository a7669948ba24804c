"""Answers for clients: what vouches for thinking, pictures, citations, free-form calls, and what has no place."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    FileSource,
    FunctionTool,
    Image,
    OpaquePart,
    Part,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
    UrlSource,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.sse import SSEDecoder
from pxbin_engine.protocol.stream import events_of
from tests.support.validators.openai_chat import check_response

ASKED = Request(
    "m", (), tools=(FunctionTool("patch", freeform=True), FunctionTool("read")), tell_usage=True
)
CARRIED: tuple[Part, ...] = (
    Thinking("Hm.", "EqQB", vendor="anthropic_messages"),
    Thinking("", redacted="EmwK", vendor="anthropic_messages"),
    Thinking(
        "Ah.", '{"data":"gAAAAB","id":"rs_1","index":2,"type":"reasoning.encrypted"}',
        vendor="openai_chat",
    ),
    Text("Look.", (Citation("https://a.example", "A", "It is."),)),
    Image(Base64Source("image/png", "iVBO")),
    Thinking("", "CiQB", vendor="gemini_generate"),
    ToolCall("a", "read", '{"p":1}'),
    ToolCall("b", "read", "{}"),
)  # fmt: skip
LOST: tuple[Part, ...] = (
    SearchCall("srvtoolu_1", "cats"),
    SearchResult("srvtoolu_1", (SearchHit("https://a.example"),)),
    OpaquePart("anthropic_messages", "server_tool_use", Raw(b"{}")),
    Image(FileSource("file_1")),
)


def answer_of(*parts: Part) -> Response:
    usage = Usage(input_tokens=3, output_tokens=4, web_searches=2)
    return Response("chatcmpl-1", "m", parts, StopReason("tool_use", "tool_calls"), usage)


def encode(*parts: Part) -> tuple[bytes, list[str]]:
    losses = Losses()
    body = OpenAIChat().encode_response(answer_of(*parts), ASKED, losses=losses, now=1)
    return body, [loss.path for loss in losses]


def stream(*parts: Part) -> tuple[bytes, list[str]]:
    losses = Losses()
    encoder = OpenAIChat().stream_encoder(ASKED, losses=losses, now=1)
    return encoder.encode(events_of(answer_of(*parts))), [loss.path for loss in losses]


def joined(data: bytes) -> dict[str, Any]:
    """The message that a client makes of its chunks: strings and lists added up, calls by their index."""
    message: dict[str, Any] = {"role": "assistant"}
    for event in SSEDecoder().feed(data):
        for choice in msgspec.json.decode(event.data)["choices"] if b"{" in event.data else ():
            for name, value in choice["delta"].items():
                if name == "tool_calls":
                    _add_call(message.setdefault(name, []), value[0])
                elif name != "role":
                    message[name] = message.get(name, type(value)()) + value
    return message


def _add_call(calls: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    if piece["index"] == len(calls):
        calls.append(piece)
    else:
        calls[-1]["function"]["arguments"] += piece["function"]["arguments"]


def brought_back(message: dict[str, Any]) -> list[Part]:
    """The turn as the next request of the client has it."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}, message]}
    return list(OpenAIChat().decode_request(msgspec.json.encode(body)).messages[1].parts)


def test_behaviour_18_a_whole_answer_carries_all_that_there_is_a_place_for() -> None:
    body, losses = encode(*CARRIED)
    check_response(body)
    message = msgspec.json.decode(body)["choices"][0]["message"]
    assert brought_back(message) == list(CARRIED)
    assert losses == []


def test_behaviour_18_a_stream_carries_the_same() -> None:
    data, losses = stream(*CARRIED)
    assert brought_back(joined(data)) == list(CARRIED)
    assert losses == []


def test_what_has_no_place_is_a_loss_of_the_answer_whole_or_streamed() -> None:
    paths = [f"answer[{position}]" for position in range(1, 5)]
    assert sorted(encode(Text("a"), *LOST)[1]) == paths
    assert sorted(stream(Text("a"), *LOST)[1]) == paths


def test_a_free_form_call_is_told_as_one() -> None:
    arguments = msgspec.json.encode({"input": "*** Begin\n+é"}).decode()
    body, _ = encode(ToolCall("a", "patch", arguments))
    (call,) = msgspec.json.decode(body)["choices"][0]["message"]["tool_calls"]
    assert call == {
        "id": "a",
        "type": "custom",
        "custom": {"name": "patch", "input": "*** Begin\n+é"},
    }
    data, _ = stream(ToolCall("a", "patch", arguments))
    told = [
        call
        for event in SSEDecoder().feed(data)
        if event.data != b"[DONE]"
        for choice in msgspec.json.decode(event.data)["choices"]
        for call in choice["delta"].get("tool_calls", ())
    ]
    assert told[0]["type"] == "custom"
    assert "".join(call["custom"]["input"] for call in told) == "*** Begin\n+é"


@pytest.mark.parametrize(
    ("source", "url"),
    [
        (Base64Source("image/png", "iVBO"), "data:image/png;base64,iVBO"),
        (UrlSource("https://a.example/a.png"), "https://a.example/a.png"),
    ],
)
def test_a_picture_stands_where_openrouter_has_it(source: Any, url: str) -> None:
    body, _ = encode(Image(source))
    (image,) = msgspec.json.decode(body)["choices"][0]["message"]["images"]
    assert image == {"type": "image_url", "image_url": {"url": url}}


def test_searches_are_counted_under_openrouters_name() -> None:
    body, _ = encode(Text("a"))
    assert msgspec.json.decode(body)["usage"]["server_tool_use"] == {"web_search_requests": 2}


def test_a_proof_without_text_takes_none_of_another_thought() -> None:
    parts = (Thinking("Hm."), Thinking("", "CiQB", vendor="gemini_generate"), Text("So."))
    for message in (
        msgspec.json.decode(encode(*parts)[0])["choices"][0]["message"],
        joined(stream(*parts)[0]),
    ):
        assert Thinking("", "CiQB", vendor="gemini_generate") in brought_back(message)


def test_two_thoughts_never_share_an_index() -> None:
    thoughts = [
        Thinking("One.", vendor="openai_chat"),
        Thinking("Two.", "EqQB", vendor="anthropic_messages"),
    ]
    details = joined(stream(*thoughts)[0])["reasoning_details"]
    assert [detail["index"] for detail in details] == [0, 1, 1]


def test_a_proof_without_its_call_is_a_detail() -> None:
    proof = Thinking("", "CiQB", vendor="gemini_generate")
    assert brought_back(joined(stream(proof, Text("So."))[0])) == [proof, Text("So.")]
