"""The conversation of an OpenAI client, read into canonical turns."""

from typing import Any

import msgspec
import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Citation,
    Document,
    FileSource,
    Image,
    Message,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    UrlSource,
)


def decode(*messages: dict[str, Any]) -> Request:
    return OpenAIChat().decode_request(msgspec.json.encode({"model": "m", "messages": messages}))


def parts_of(*content: dict[str, Any]) -> tuple[Any, ...]:
    return decode({"role": "user", "content": content}).messages[0].parts


def call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_behaviour_12_what_stands_first_is_the_system_and_the_rest_keeps_its_place() -> None:
    request = decode(
        {"role": "system", "content": "one"},
        {"role": "developer", "content": [{"type": "text", "text": "two"}]},
        {"role": "user", "content": "Hi"},
        {"role": "developer", "content": "three"},
    )
    assert request.system == (Text("one"), Text("two"))
    assert request.messages == (Message("user", (Text("Hi"),)), Message("system", (Text("three"),)))


def test_behaviour_13_results_and_the_text_after_them_are_one_user_turn() -> None:
    request = decode(
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [call("a", "x", "{}"), call("b", "y", "")],
        },
        {"role": "tool", "tool_call_id": "a", "content": "first"},
        {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "second"}]},
        {"role": "user", "content": "go on"},
    )
    assert request.messages[1:] == (
        Message("assistant", (ToolCall("a", "x", "{}"), ToolCall("b", "y", ""))),
        Message(
            "user",
            (ToolResult("a", (Text("first"),)), ToolResult("b", (Text("second"),)), Text("go on")),
        ),
    )


def test_results_at_the_end_are_a_turn_of_their_own() -> None:
    request = decode(
        {"role": "assistant", "tool_calls": [call("a", "x", "{}")]},
        {"role": "tool", "tool_call_id": "a", "content": "ok"},
    )
    assert request.messages[-1] == Message("user", (ToolResult("a", (Text("ok"),)),))


def test_a_function_call_of_old_and_its_result_belong_together() -> None:
    called, answered = decode(
        {"role": "assistant", "content": None, "function_call": {"name": "x", "arguments": "{}"}},
        {"role": "function", "name": "x", "content": "ok"},
    ).messages
    (first,), (second,) = called.parts, answered.parts
    assert isinstance(first, ToolCall)
    assert isinstance(second, ToolResult)
    assert first.id == second.call_id


def test_behaviour_19_images_documents_and_audio() -> None:
    audio = {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}
    picture, link, pdf, uploaded, heard = parts_of(
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,JVBE", "filename": "a.pdf"},
        },
        {"type": "file", "file": {"file_id": "file_1"}},
        audio,
    )
    assert picture == Image(Base64Source("image/png", "iVBO"), "low")
    assert link == Image(UrlSource("https://example.org/a.png"))
    assert pdf == Document(Base64Source("application/pdf", "JVBE"), "a.pdf")
    assert isinstance(uploaded, Document)
    assert uploaded.source == FileSource("file_1")
    assert heard == Audio(Base64Source("audio/wav", "UklG"))
    (loud,) = parts_of({"type": "input_audio", "input_audio": {"data": "SUQz", "format": "mp3"}})
    assert loud == Audio(Base64Source("audio/mpeg", "SUQz"))


def test_behaviour_20_a_cache_mark_is_kept_under_the_name_of_its_vendor() -> None:
    (text,) = parts_of({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}})
    assert text.extensions == {"anthropic_messages": {"cache_control": {"type": "ephemeral"}}}


def test_behaviour_18_thinking_in_the_history_is_read() -> None:
    (turn,) = decode({"role": "assistant", "content": "So.", "reasoning_content": "Hm."}).messages
    assert turn.parts == (Thinking("Hm."), Text("So."))


def test_behaviour_18_what_vouches_for_thinking_and_calls_is_read() -> None:
    (turn,) = decode(
        {
            "role": "assistant",
            "content": "So.",
            "reasoning_content": "Hm.",
            "reasoning_details": [
                {"type": "reasoning.text", "signature": "pxbin-anthropic_messages:EqQB"}
            ],
            "annotations": [
                {"type": "url_citation", "url_citation": {"url": "https://a.example", "title": "A"}}
            ],
            "tool_calls": [
                {
                    "id": "a",
                    "type": "function",
                    "function": {"name": "read", "arguments": "{}"},
                    "extra_content": {"google": {"thought_signature": "CiQB"}},
                },
                {"id": "b", "type": "custom", "custom": {"name": "patch", "input": "+a"}},
            ],
        }
    ).messages
    assert turn.parts == (
        Thinking("Hm.", "EqQB", vendor="anthropic_messages"),
        Text("So.", (Citation("https://a.example", "A"),)),
        Thinking("", "CiQB", vendor="gemini_generate"),
        ToolCall("a", "read", "{}"),
        ToolCall("b", "patch", '{"input":"+a"}'),
    )


def test_a_participants_name_is_kept_and_said_again() -> None:
    request = decode({"role": "user", "name": "ada", "content": "Hi"})
    assert request.messages[0].extensions == {"openai_chat": {"name": "ada"}}
    sent = OpenAIChat().encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses())
    assert msgspec.json.decode(sent)["messages"] == [
        {"role": "user", "content": "Hi", "name": "ada"}
    ]


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ({"role": "wizard", "content": "x"}, r"messages\[0\]\.role"),
        ({"role": "user", "content": [{"type": "text"}]}, r"messages\[0\]\.content\[0\]"),
        ({"role": "user", "content": [7]}, r"messages\[0\]\.content\[0\]"),
        ({"role": "user", "content": 7}, r"messages\[0\]\.content"),
        (
            {"role": "assistant", "tool_calls": [{"id": "a", "function": {}}]},
            r"tool_calls\[0\]\.function\.name",
        ),
    ],
)
def test_a_bad_message_is_named(message: dict[str, Any], named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        decode(message)
