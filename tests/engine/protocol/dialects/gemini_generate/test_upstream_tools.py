"""Tools for Gemini: functions, Google's own tools beside them, and the choice."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.upstream_tools import encode_tools
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import (
    FunctionTool,
    Request,
    ServerTool,
    Tool,
    ToolChoice,
    WebSearch,
)

FUNCTION = FunctionTool("read")
SEARCH = WebSearch("anthropic_messages", "web_search_20250305", "web_search", Raw(b"{}"))
OWN = ServerTool(NAME, "codeExecution", "codeExecution", Raw(b'{"codeExecution":{}}'))
FOREIGN = ServerTool("openai_responses", "file_search", "file_search", Raw(b"{}"))


def encode(
    *tools: Tool, model: str = "gemini-3-pro-preview", **fields: Any
) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    encoded = encode_tools(Request("m", (), tools=tools, **fields), model, DEFAULT_QUIRKS, losses)
    return msgspec.json.decode(msgspec.json.encode(encoded)), [loss.path for loss in losses]


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        (ToolChoice("auto"), {"mode": "AUTO"}),
        (ToolChoice("none"), {"mode": "NONE"}),
        (ToolChoice("any"), {"mode": "ANY"}),
        (ToolChoice("tool", "read"), {"mode": "ANY", "allowedFunctionNames": ["read"]}),
    ],
)
def test_behaviour_14_every_choice(choice: ToolChoice, config: dict[str, Any]) -> None:
    encoded, losses = encode(FUNCTION, tool_choice=choice)
    assert encoded["toolConfig"] == {"functionCallingConfig": config}
    assert losses == []


@pytest.mark.parametrize(
    ("tools", "choice", "lost"),
    [
        ((), ToolChoice("auto"), []),
        ((), ToolChoice("any"), ["tool_choice"]),
        ((SEARCH,), ToolChoice("tool", "web_search"), ["tool_choice"]),
        ((FUNCTION,), ToolChoice("tool", "gone"), ["tool_choice"]),
    ],
)
def test_behaviour_14_a_choice_of_what_is_not_there_is_named(
    tools: tuple[Tool, ...], choice: ToolChoice, lost: list[str]
) -> None:
    encoded, losses = encode(*tools, tool_choice=choice)
    assert "toolConfig" not in encoded
    assert losses == lost


def test_behaviour_14_tools_of_other_vendors_are_mapped_or_named() -> None:
    encoded, losses = encode(SEARCH, OWN, FOREIGN)
    assert encoded == {"tools": [{"googleSearch": {}}, {"codeExecution": {}}]}
    assert losses == ["tools[2]"]


@pytest.mark.parametrize("own", [SEARCH, OWN])
def test_google_s_own_tools_beside_functions_need_gemini_3_and_its_flag(own: Tool) -> None:
    encoded, losses = encode(FUNCTION, own)
    assert encoded["toolConfig"] == {"includeServerSideToolInvocations": True}
    assert len(encoded["tools"]) == 2
    assert losses == []
    encoded, losses = encode(FUNCTION, own, model="gemini-2.5-pro")
    assert encoded.keys() == {"tools"}
    assert len(encoded["tools"]) == 1
    assert losses == ["tools"]


def test_one_at_a_time_cannot_be_said() -> None:
    assert encode(FUNCTION, parallel_tools=False)[1] == ["parallel_tools"]
    assert encode(parallel_tools=False) == ({}, [])
    assert encode(FUNCTION, parallel_tools=True)[1] == []


def test_no_tools_are_nothing() -> None:
    assert encode() == ({}, [])
