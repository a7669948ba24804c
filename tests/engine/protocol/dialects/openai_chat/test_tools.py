"""The ids of calls, definitions and the choice of tools."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.dialects.openai_chat.tools import (
    encode_tools,
    wire_call_id,
)
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import FunctionTool, Request, ServerTool, ToolChoice


def request(*tools: FunctionTool | ServerTool) -> Request:
    return Request("m", (), tools=tools)


def encode(
    *tools: FunctionTool | ServerTool, quirks: Quirks = DEFAULT_QUIRKS
) -> tuple[Any, Losses]:
    losses = Losses()
    tree = encode_tools(request(*tools), quirks, losses)
    return msgspec.json.decode(msgspec.json.encode(tree)), losses


def test_call_ids_fit_the_upstream() -> None:
    nine = Quirks(nine_character_call_ids=True)
    assert (
        wire_call_id("toolu_01AbCdEfGhIjKlMnOpQrStUv", DEFAULT_QUIRKS)
        == "toolu_01AbCdEfGhIjKlMnOpQrStUv"
    )
    assert len(wire_call_id("c" * 41, DEFAULT_QUIRKS)) <= 40
    assert wire_call_id("abcDEF123", nine) == "abcDEF123"
    assert len(wire_call_id("toolu_1", nine)) == 9
    assert wire_call_id("toolu_1", nine) == wire_call_id("toolu_1", nine)


def test_behaviour_14_server_tools_are_left_out_with_a_loss() -> None:
    search = ServerTool("anthropic_messages", "web_search_20250305", "web_search", Raw(b"{}"))
    tools, losses = encode(search, FunctionTool("read"))
    assert [tool["function"]["name"] for tool in tools] == ["read"]
    assert [loss.path for loss in losses] == ["tools[0]"]


def test_behaviour_16_a_schema_goes_through_byte_by_byte() -> None:
    schema = b'{"type":"object", "properties" : {"a":{"exclusiveMinimum":0}},"$schema":"x"}'
    losses = Losses()
    body = OpenAIChat().encode_request(
        request(FunctionTool("f", "d", Raw(schema))),
        model="m",
        quirks=DEFAULT_QUIRKS,
        losses=losses,
    )
    assert schema in body


def test_behaviour_16_a_refused_keyword_is_dropped_and_named() -> None:
    schema = Raw(b'{"type":"object","$schema":"x"}')
    tools, losses = encode(
        FunctionTool("f", None, schema), quirks=Quirks(dropped_schema_keywords=("$schema",))
    )
    assert tools[0]["function"]["parameters"] == {"type": "object"}
    assert [loss.path for loss in losses] == ["tools[0].parameters"]


def test_a_tool_without_a_schema_takes_an_empty_object() -> None:
    tools, _ = encode(FunctionTool("now"))
    assert tools[0]["function"] == {
        "name": "now",
        "parameters": {"type": "object", "properties": {}},
    }


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ('"auto"', ToolChoice("auto")),
        ('"none"', ToolChoice("none")),
        ('"required"', ToolChoice("any")),
        ('{"type":"function","function":{"name":"read"}}', ToolChoice("tool", "read")),
    ],
)
def test_behaviour_14_the_choice_of_a_tool_goes_both_ways(said: str, choice: ToolChoice) -> None:
    dialect = OpenAIChat()
    tool = '{"type":"function","function":{"name":"read","parameters":{"type":"object"}}}'
    body = f'{{"model":"m","messages":[{{"role":"user","content":"a"}}],"tools":[{tool}],"tool_choice":{said}}}'
    request = dialect.decode_request(body.encode())
    assert request.tool_choice == choice
    sent = dialect.encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses())
    assert msgspec.json.decode(sent)["tool_choice"] == msgspec.json.decode(said)


@pytest.mark.parametrize(
    "tools", ['[{"type":"function"}]', '[{"type":"function","function":{}}]', "[1]"]
)
def test_a_bad_tool_is_named(tools: str) -> None:
    body = f'{{"model":"m","messages":[],"tools":{tools}}}'
    with pytest.raises(ProtocolError, match=r"tools\[0\]"):
        OpenAIChat().decode_request(body.encode())


def test_functions_of_old_and_custom_tools_are_kept() -> None:
    body = b'{"model":"m","messages":[],"functions":[{"name":"f"}],"tools":[{"type":"custom","name":"sql"}]}'
    custom, function = OpenAIChat().decode_request(body).tools
    assert isinstance(custom, ServerTool)
    assert (custom.kind, custom.name) == ("custom", "sql")
    assert function == FunctionTool("f")


def test_a_custom_tool_is_a_function_of_one_text() -> None:
    grammar = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: x"}}
    custom = {"name": "patch", "description": "Patches.", "format": grammar}
    body = {"model": "m", "messages": [], "tools": [{"type": "custom", "custom": custom}],
            "tool_choice": {"type": "custom", "custom": {"name": "patch"}}}  # fmt: skip
    asked = OpenAIChat().decode_request(json.dumps(body).encode())
    (tool,) = asked.tools
    assert isinstance(tool, FunctionTool)
    assert (tool.name, tool.freeform) == ("patch", True)
    assert tool.extensions == {"openai_chat": {"format": grammar}}
    assert asked.tool_choice == ToolChoice("tool", "patch")
    (sent,) = encode_tools(asked, DEFAULT_QUIRKS, Losses())
    parameters = json.loads(bytes(sent["function"]["parameters"]))
    assert parameters["required"] == ["input"]
    assert "start: x" in parameters["properties"]["input"]["description"]


def test_strict_is_left_out_where_it_is_refused() -> None:
    tool = FunctionTool("f", strict=True)
    assert encode_tools(request(tool), DEFAULT_QUIRKS, Losses())[0]["function"]["strict"] is True
    (sent,) = encode_tools(request(tool), Quirks(strict_tools=False), Losses())
    assert "strict" not in sent["function"]
