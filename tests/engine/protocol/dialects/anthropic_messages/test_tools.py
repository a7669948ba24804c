"""The search of the web and free-form tools, to and from Anthropic's words."""

import json
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages.tools import (
    decode_vendor_tool,
    encode_tool_choice,
    encode_tools,
)
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
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

LOCATION = {"city": "Wien", "country": "AT"}


def encode(*tools: Tool, quirks: Quirks = DEFAULT_QUIRKS) -> tuple[list[Any], list[str]]:
    losses = Losses()
    encoded = encode_tools(Request("m", (), tools=tools), quirks, losses)
    plain = [json.loads(bytes(tool)) if isinstance(tool, Raw) else tool for tool in encoded]
    return plain, [loss.path for loss in losses]


@pytest.mark.parametrize("kind", ["web_search_20250305", "web_search_20260209"])
def test_anthropics_search_is_understood_and_kept(kind: str) -> None:
    said: dict[str, Any] = {
        "type": kind,
        "name": "web_search",
        "max_uses": 8,
        "blocked_domains": ["a.example"],
        "user_location": {"type": "approximate", "region": None, **LOCATION},
        "cache_control": {"type": "ephemeral"},
    }
    raw = Raw(json.dumps(said).encode())
    tool = decode_vendor_tool(kind, "web_search", raw)
    assert tool == WebSearch(
        NAME, kind, "web_search", raw, 8, blocked_domains=("a.example",), location=LOCATION
    )
    assert encode(tool) == ([said], [])


@pytest.mark.parametrize(
    ("kind", "said"),
    [("code_execution_20250825", b"{}"), ("web_search_20250305", b'{"max_uses":"x"}')],
)
def test_what_is_not_understood_is_kept_as_it_came(kind: str, said: bytes) -> None:
    assert decode_vendor_tool(kind, "t", Raw(said)) == ServerTool(NAME, kind, "t", Raw(said))


def test_another_dialects_search_becomes_anthropics() -> None:
    search = WebSearch(
        "openai_responses",
        "web_search",
        "web_search_preview",
        Raw(b"{}"),
        3,
        ("a.example",),
        ("b.example",),
        LOCATION,
    )
    assert encode(search) == (
        [
            {
                "type": "web_search_20250305",
                "name": "web_search",
                "max_uses": 3,
                "allowed_domains": ("a.example",),
                "user_location": {"type": "approximate", **LOCATION},
            }
        ],
        ["tools[0]"],
    )
    wished = Request("m", (), tools=(search,), tool_choice=ToolChoice("tool", "web_search_preview"))
    assert encode_tool_choice(wished, Losses()) == {"type": "tool", "name": "web_search"}


def test_another_vendors_own_tool_is_a_loss() -> None:
    assert encode(ServerTool("openai_chat", "code_interpreter", "x", Raw(b"{}"))) == (
        [],
        ["tools[0]"],
    )


def test_a_free_form_tool_takes_its_text_as_an_argument() -> None:
    tools, losses = encode(FunctionTool("apply_patch", freeform=True))
    schema = json.loads(bytes(tools[0]["input_schema"]))
    assert schema["required"] == ["input"]
    assert losses == []


def test_behaviour_16_what_a_server_of_this_dialect_refuses_of_a_tool_is_left_out() -> None:
    schema = Raw(b'{"type":"object","propertyNames":{"pattern":"^a"}}')
    tool = FunctionTool("f", parameters=schema, strict=True)
    (sent,), _ = encode(tool)
    assert (bytes(sent["input_schema"]), sent["strict"]) == (bytes(schema), True)
    (sent,), lost = encode(
        tool, quirks=Quirks(dropped_schema_keywords=("propertyNames",), strict_tools=False)
    )
    assert (bytes(sent["input_schema"]), "strict" in sent) == (b'{"type":"object"}', False)
    assert lost == ["tools[0].parameters"]
