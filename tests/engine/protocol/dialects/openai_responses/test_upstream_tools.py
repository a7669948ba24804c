"""Tools and the choice between them as an upstream gets them."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.upstream_tools import tool_fields
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    FunctionTool,
    Request,
    ServerTool,
    Tool,
    ToolChoice,
    WebSearch,
)

NAME = "openai_responses"
SEARCH = WebSearch("anthropic_messages", "web_search_20250305", "web_search", Raw(b"{}"))
MEMORY = ServerTool("anthropic_messages", "memory_20250818", "memory", Raw(b"{}"))
PAINT = ServerTool(
    NAME, "image_generation", "image_generation", Raw(b'{"type":"image_generation"}')
)


def encode(
    *tools: Tool, quirks: Quirks = DEFAULT_QUIRKS, **fields: Any
) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    encoded = tool_fields(Request("m", (), tools=tools, **fields), quirks, losses)
    return msgspec.json.decode(msgspec.json.encode(encoded)), [loss.path for loss in losses]


def test_a_function_is_never_strict_by_chance() -> None:
    for said, sent in ((None, False), (False, False), (True, True)):
        (tool,) = encode(FunctionTool("f", strict=said))[0]["tools"]
        assert tool == {
            "type": "function",
            "name": "f",
            "parameters": {"type": "object", "properties": {}},
            "strict": sent,
        }
    assert (
        "strict" not in encode(FunctionTool("f"), quirks=Quirks(strict_tools=False))[0]["tools"][0]
    )


def test_behaviour_16_a_schema_goes_through_byte_by_byte() -> None:
    schema = b'{"type":"object", "properties" : {"a":{"exclusiveMinimum":0}}}'
    request = Request("m", (), tools=(FunctionTool("f", None, Raw(schema)),))
    assert schema in msgspec.json.encode(tool_fields(request, DEFAULT_QUIRKS, Losses()))


def test_behaviour_25_a_freeform_tool_keeps_its_grammar() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: x"}
    own = {"format": grammar, "namespace_description": "n"}
    tool = FunctionTool("patch", "d", Raw(b"{}"), freeform=True, extensions={NAME: own})
    encoded, losses = encode(tool)
    assert encoded["tools"] == [
        {"type": "custom", "name": "patch", "description": "d", "format": grammar}
    ]
    assert losses == []


def test_behaviour_14_a_search_becomes_openais_own() -> None:
    search = msgspec.structs.replace(
        SEARCH,
        max_uses=8,
        allowed_domains=("a.org",),
        blocked_domains=("b.org",),
        location={"city": "Bern"},
    )
    encoded, losses = encode(search, FunctionTool("f"))
    assert encoded["tools"][0] == {
        "type": "web_search",
        "filters": {"allowed_domains": ["a.org"], "blocked_domains": ["b.org"]},
        "user_location": {"type": "approximate", "city": "Bern"},
    }
    assert encoded["max_tool_calls"] == 8
    assert losses == []
    encoded, losses = encode(search, PAINT)
    assert "max_tool_calls" not in encoded
    assert losses == ["tools.max_uses"]


def test_behaviour_14_a_tool_of_its_own_servers_goes_through_and_anothers_is_a_loss() -> None:
    encoded, losses = encode(PAINT, MEMORY)
    assert encoded["tools"] == [{"type": "image_generation"}]
    assert losses == ["tools[1]"]


def test_behaviour_14_no_tools_no_choice() -> None:
    assert encode(MEMORY, tool_choice=ToolChoice("any")) == ({}, ["tools[0]", "tool_choice"])
    assert encode(tool_choice=ToolChoice("auto"), parallel_tools=False) == ({}, [])


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (ToolChoice("auto"), "auto"),
        (ToolChoice("none"), "none"),
        (ToolChoice("any"), "required"),
        (ToolChoice("tool", "f"), {"type": "function", "name": "f"}),
        (ToolChoice("tool", "patch"), {"type": "custom", "name": "patch"}),
        (ToolChoice("tool", "web_search"), {"type": "web_search"}),
        (ToolChoice("tool", "image_generation"), {"type": "image_generation"}),
    ],
)
def test_behaviour_14_the_choice_of_a_tool(choice: ToolChoice, sent: Any) -> None:
    tools = (FunctionTool("f"), FunctionTool("patch", freeform=True), SEARCH, PAINT)
    assert encode(*tools, tool_choice=choice)[0]["tool_choice"] == sent


def test_behaviour_14_a_tool_that_is_not_there_cannot_be_demanded() -> None:
    encoded, losses = encode(FunctionTool("f"), tool_choice=ToolChoice("tool", "lost"))
    assert "tool_choice" not in encoded
    assert losses == ["tool_choice"]


def test_behaviour_14_what_the_upstream_cannot_be_told_is_a_loss() -> None:
    quirks = Quirks(forced_tools=False, parallel_tool_calls=False)
    wishes: dict[str, Any] = {"tool_choice": ToolChoice("any"), "parallel_tools": False}
    encoded, losses = encode(FunctionTool("f"), quirks=quirks, **wishes)
    assert encoded.keys() == {"tools"}
    assert losses == ["tool_choice", "tool_choice.disable_parallel_tool_use"]
    assert encode(FunctionTool("f"), **wishes)[0]["parallel_tool_calls"] is False


def test_behaviour_15_a_long_name_is_shortened_the_same_everywhere() -> None:
    name = "a.b" * 40
    encoded, _ = encode(FunctionTool(name), tool_choice=ToolChoice("tool", name))
    assert encoded["tools"][0]["name"] == encoded["tool_choice"]["name"]
    assert len(encoded["tools"][0]["name"]) <= 64
