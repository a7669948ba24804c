"""Behaviour 14: a tool that the vendor of one dialect runs is never sent to another as a function that nobody runs."""

import itertools
import json

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects import DIALECTS
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    Request,
    ServerTool,
    Text,
    ToolChoice,
    WebSearch,
)

TOOLS: dict[str, list[dict[str, object]]] = {
    "anthropic_messages": [
        {"type": "code_execution_20250825", "name": "code_execution"},
        {"type": "memory_20250818", "name": "memory"},
        {"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 1},
        {"type": "web_fetch_20250910", "name": "web_fetch"},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
    ],
    "openai_chat": [{"type": "vendors_own", "name": "vendors_own"}],
    "openai_responses": [
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
        {"type": "image_generation"},
    ],
    "gemini_generate": [{"codeExecution": {}}, {"urlContext": {}}],
}  # fmt: skip
PAIRS = [
    (source, target, tool)
    for source, target in itertools.permutations(DIALECTS, 2)
    for tool in TOOLS[source]
]


def server_tool(dialect: str, said: dict[str, object]) -> ServerTool:
    kind = str(said.get("type") or next(iter(said)))
    return ServerTool(dialect, kind, str(said.get("name", kind)), Raw(json.dumps(said).encode()))


@pytest.mark.parametrize(("source", "target", "said"), PAIRS, ids=str)
@pytest.mark.parametrize("beside_another", [True, False])
def test_a_vendor_s_tool_is_left_out_with_a_loss_that_names_it(
    source: str, target: str, said: dict[str, object], beside_another: bool
) -> None:
    tool = server_tool(source, said)
    functions = (FunctionTool("Read"),) if beside_another else ()
    asked = Request(
        model="m", messages=(Message("user", (Text("Hi"),)),), tools=(tool, *functions), max_output_tokens=100,
    )  # fmt: skip
    losses = Losses()
    body = DIALECTS[target].encode_request(asked, model="m", quirks=DEFAULT_QUIRKS, losses=losses)
    assert [loss.path for loss in losses] == ["tools[0]"]
    assert tool.name in losses[0].reason or tool.kind in losses[0].reason
    assert tool.name not in body.decode()
    assert ("Read" in body.decode()) is beside_another


@pytest.mark.parametrize("target", DIALECTS)
@pytest.mark.parametrize("source", DIALECTS)
def test_no_tool_is_ever_a_function_without_a_name(source: str, target: str) -> None:
    """Neither the vendor's tools nor its search; also where a client insists on one of them."""
    search = WebSearch(source, "web_search", "web_search", Raw(b'{"type":"web_search"}'))
    tools = (*(server_tool(source, said) for said in TOOLS[source]), search)
    asked = Request(
        model="m", messages=(Message("user", (Text("Hi"),)),), tools=tools, max_output_tokens=100,
        tool_choice=ToolChoice("tool", tools[0].name),
    )  # fmt: skip
    body = DIALECTS[target].encode_request(asked, model="m", quirks=DEFAULT_QUIRKS, losses=Losses())
    for tool in json.loads(body).get("tools", ()):
        function = tool.get("function", tool)
        assert tool.get("type") != "function" or function["name"]
        assert not tool.get("functionDeclarations", False)
        assert "input_schema" not in tool


@pytest.mark.parametrize(("source", "target", "said"), PAIRS, ids=str)
@pytest.mark.parametrize("beside_another", [True, False])
def test_nobody_is_made_to_call_a_tool_that_was_left_out(
    source: str, target: str, said: dict[str, object], beside_another: bool
) -> None:
    tool = server_tool(source, said)
    functions = (FunctionTool("Read"),) if beside_another else ()
    asked = Request(
        model="m", messages=(Message("user", (Text("Hi"),)),), tools=(tool, *functions), max_output_tokens=100,
        tool_choice=ToolChoice("tool", tool.name),
    )  # fmt: skip
    losses = Losses()
    body = DIALECTS[target].encode_request(asked, model="m", quirks=DEFAULT_QUIRKS, losses=losses)
    assert "tool_choice" in [loss.path for loss in losses]
    assert not {"tool_choice", "toolConfig"} & json.loads(body).keys()
