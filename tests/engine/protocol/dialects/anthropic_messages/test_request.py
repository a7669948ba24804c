import json
from pathlib import Path
from typing import Any

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES, request
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import (
    FunctionTool,
    OpaquePart,
    OutputFormat,
    Reasoning,
    Request,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    WebSearch,
)

CORPUS = Path(__file__).parents[4] / "corpus/anthropic_messages"
REQUESTS = sorted(CORPUS.glob("*/request.json"))
NAME = ANTHROPIC_MESSAGES.name


def decode(**fields: Any) -> Request:
    body = {"model": "m", "max_tokens": 10, "messages": [], **fields}
    return ANTHROPIC_MESSAGES.decode_request(json.dumps(body).encode())


def in_blocks(value: Any) -> Any:
    """A string is short for one text block; both are the same to Anthropic."""
    if isinstance(value, list):
        return [in_blocks(item) for item in value]
    if not isinstance(value, dict):
        return value
    short = {
        key: [{"type": "text", "text": item}]
        for key, item in value.items()
        if key in ("content", "system") and isinstance(item, str)
    }
    return {key: in_blocks(item) for key, item in value.items()} | short


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.parent.name)
def test_a_request_comes_back_as_it_was(path: Path) -> None:
    body = path.read_bytes()
    said = json.loads(body)
    counting = "max_tokens" not in said
    read = (
        ANTHROPIC_MESSAGES.decode_count_request if counting else ANTHROPIC_MESSAGES.decode_request
    )
    losses = Losses()
    encoded = ANTHROPIC_MESSAGES.encode_request(
        read(body), model=said["model"], quirks=DEFAULT_QUIRKS, losses=losses
    )
    again = json.loads(encoded)
    if counting:
        assert again.pop("max_tokens") > 0
        said.pop("tools", None)
    assert in_blocks(again) == in_blocks(said)
    assert losses == []


def test_tool_arguments_and_schemas_stay_the_text_they_were() -> None:
    body = b'{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"n","input":{"b": 1.50, "a":"\\u00e9"}}]}],"tools":[{"name":"n","input_schema":{"type": "object"}}]}'
    request = ANTHROPIC_MESSAGES.decode_request(body)
    assert request.messages[0].parts == (ToolCall("t", "n", '{"b": 1.50, "a":"\\u00e9"}'),)
    (tool,) = request.tools
    assert isinstance(tool, FunctionTool)
    assert tool.parameters is not None
    assert bytes(tool.parameters) == b'{"type": "object"}'


def test_behaviour_12_system_keeps_its_place_and_its_unknown_keys() -> None:
    messages = [
        {"role": "user", "content": "a"},
        {"role": "system", "content": "b", "output_config": {"effort": "low"}, "new": 1},
    ]
    request = decode(messages=messages, system="first")
    assert request.system == (Text("first"),)
    assert request.messages[1].role == "system"
    assert request.messages[1].extensions == {NAME: {"output_config": {"effort": "low"}, "new": 1}}


def test_a_tool_result_is_text_or_blocks() -> None:
    blocks = [
        {"type": "tool_result", "tool_use_id": "a", "content": "plain", "is_error": True},
        {"type": "tool_result", "tool_use_id": "b"},
        {
            "type": "tool_result",
            "tool_use_id": "c",
            "content": [{"type": "tool_reference", "tool_name": "x"}],
        },
    ]
    first, second, third = decode(messages=[{"role": "user", "content": blocks}]).messages[0].parts
    assert first == ToolResult("a", (Text("plain"),), is_error=True)
    assert second == ToolResult("b", ())
    assert isinstance(third, ToolResult)
    assert isinstance(third.parts[0], OpaquePart)
    assert third.parts[0].kind == "tool_reference"


@pytest.mark.parametrize(
    ("said", "meant", "parallel"),
    [
        ({"type": "auto"}, ToolChoice("auto"), None),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice("any"), False),
        (
            {"type": "tool", "name": "f", "disable_parallel_tool_use": False},
            ToolChoice("tool", "f"),
            True,
        ),
        ({"type": "none"}, ToolChoice("none"), None),
    ],
)
def test_behaviour_14_tool_choice(said: Any, meant: ToolChoice, parallel: bool | None) -> None:
    request = decode(tool_choice=said)
    assert request.tool_choice == meant
    assert request.parallel_tools is parallel


def test_behaviour_14_a_server_tool_is_no_function() -> None:
    (tool,) = decode(
        tools=[{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}]
    ).tools
    assert isinstance(tool, WebSearch)
    assert (tool.kind, tool.name, tool.max_uses) == ("web_search_20250305", "web_search", 3)


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ({}, None),
        ({"thinking": {"type": "adaptive"}}, Reasoning(True, adaptive=True)),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2048}},
            Reasoning(True, budget_tokens=2048),
        ),
        ({"thinking": {"type": "disabled"}}, Reasoning(False)),
        ({"output_config": {"effort": "high"}}, Reasoning(effort="high")),
        (
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}},
            Reasoning(True, True, "max"),
        ),
        ({"thinking": {"type": "of_next_year"}}, None),
    ],
)
def test_behaviour_17_how_much_to_think(fields: Any, meant: Reasoning | None) -> None:
    assert decode(**fields).reasoning == meant


def test_a_schema_for_the_answer() -> None:
    schema = {"type": "object"}
    request = decode(output_config={"format": {"type": "json_schema", "schema": schema}})
    assert isinstance(request.output_format, OutputFormat)
    assert request.output_format.schema is not None
    assert json.loads(bytes(request.output_format.schema)) == schema


def test_what_only_anthropic_says_rides_along() -> None:
    request = decode(
        context_management={"edits": []}, brand_new=[1], metadata={"user_id": "u", "more": 1}
    )
    assert request.user_id == "u"
    assert request.extensions == {
        NAME: {"brand_new": [1], "context_management": {"edits": []}, "metadata": {"more": 1}}
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"max_tokens": "many"}, "max_tokens: Expected `int | null`, got `str`"),
        ({"messages": "hi"}, "messages: Expected `array`, got `str`"),
        ({"messages": [7]}, "messages.0: Expected `object`, got `int`"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        (
            {"messages": [{"role": "user", "content": [{"text": "a"}]}]},
            "messages.0.content.0.type: Field required",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages.0.content.0.text: Field required",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": 1, "new": 2}]}]},
            "messages.0.content.0.text: Expected `str`, got `int`",
        ),
        ({"tools": [{"description": "nameless"}]}, "tools.0.name: Field required"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.name: Field required"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": "x"}},
            "thinking.budget_tokens: Input should be a valid integer",
        ),
    ],
)
def test_a_bad_field_is_named(fields: Any, message: str) -> None:
    with pytest.raises(ProtocolError) as raised:
        decode(**fields)
    assert raised.value.message == message


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b'{"messages":' + b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        ANTHROPIC_MESSAGES.decode_request(body)


def test_count_tokens_needs_no_max_tokens() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[]}'
    assert ANTHROPIC_MESSAGES.decode_count_request(body).max_output_tokens is None
    with pytest.raises(ProtocolError, match="max_tokens: Field required"):
        ANTHROPIC_MESSAGES.decode_request(body)


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.parent.name)
def test_one_pass_and_piece_by_piece_say_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = path.read_bytes()
    at_once = request.decode_request(body, counting=True)
    monkeypatch.setattr(request, "_decode_plain", lambda _: None)
    assert request.decode_request(body, counting=True) == at_once


def test_a_conversation_of_claude_code_is_decoded_in_one_pass() -> None:
    told = (CORPUS / "claude_code_tool_round/request.json").read_bytes()
    assert request._decode_plain(told) is not None
