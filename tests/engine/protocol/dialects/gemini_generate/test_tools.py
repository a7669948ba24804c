"""A client's tools and its choice between them."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate.tools import (
    AskedChoice,
    decode_tool_config,
    decode_tools,
)
from pxbin_engine.protocol.request import FunctionTool, ServerTool, Tool, ToolChoice, WebSearch


def decode(*tools: dict[str, Any]) -> tuple[Tool, ...]:
    raw = [msgspec.json.decode(msgspec.json.encode(tool), type=dict[str, Raw]) for tool in tools]
    return decode_tools(raw)


def choose(config: Any) -> AskedChoice:
    return decode_tool_config(Raw(msgspec.json.encode(config)))


def test_functions_with_googles_schema_with_json_schema_and_with_none() -> None:
    declarations = [
        {"name": "a", "description": "A.", "parameters": {"type": "OBJECT"}},
        {"name": "b", "parametersJsonSchema": {"type": "object"}, "parameters": None},
        {"name": "c", "response": {"type": "STRING"}, "behavior": None},
    ]
    first, second, third = decode({"functionDeclarations": declarations})
    assert isinstance(first, FunctionTool)
    assert isinstance(second, FunctionTool)
    assert (first.name, first.description, bytes(first.parameters or b"")) == (
        "a",
        "A.",
        b'{"type":"object"}',
    )
    assert (second.extensions, bytes(second.parameters or b"")) == (None, b'{"type":"object"}')
    assert third == FunctionTool(
        "c", extensions={"gemini_generate": {"response": {"type": "STRING"}}}
    )


def test_googles_own_tools_are_kept_and_its_search_is_anyones() -> None:
    search, old, context, code = decode(
        {"googleSearch": {"excludeDomains": ["a.org"]}, "googleSearchRetrieval": {}},
        {"urlContext": {}, "codeExecution": {}, "fileSearch": None},
    )
    assert isinstance(search, WebSearch)
    assert (search.name, search.blocked_domains) == ("google_search", ("a.org",))
    assert bytes(search.raw) == b'{"googleSearch":{"excludeDomains":["a.org"]}}'
    assert isinstance(old, WebSearch)
    assert isinstance(context, ServerTool)
    assert isinstance(code, ServerTool)
    assert (context.kind, bytes(code.raw)) == ("urlContext", b'{"codeExecution":{}}')


@pytest.mark.parametrize(
    ("config", "choice", "rest"),
    [
        ({"mode": "AUTO"}, ToolChoice("auto"), False),
        ({"mode": "any"}, ToolChoice("any"), False),
        ({"mode": "NONE"}, ToolChoice("none"), False),
        ({"mode": "ANY", "allowedFunctionNames": ["a"]}, ToolChoice("tool", "a"), False),
        ({"mode": "ANY", "allowedFunctionNames": ["a", "b"]}, ToolChoice("any"), True),
        ({"mode": "VALIDATED"}, ToolChoice("auto"), True),
        ({"mode": "MODE_UNSPECIFIED"}, None, False),
        ({}, None, False),
    ],
)
def test_behaviour_14_a_choice_is_understood_and_what_it_says_more_is_kept(
    config: Any, choice: ToolChoice | None, rest: bool
) -> None:
    asked = choose({"functionCallingConfig": config})
    assert asked.choice == choice
    assert asked.rest == ({"functionCallingConfig": config} if rest else {})


def test_what_else_is_configured_is_kept() -> None:
    location = {"retrievalConfig": {"languageCode": "de"}}
    assert choose(location) == AskedChoice(None, location)
    assert choose(None) == AskedChoice()


@pytest.mark.parametrize(
    ("tool", "named"),
    [
        ({"functionDeclarations": 7}, r"tools\[0\]\.functionDeclarations"),
        ({"functionDeclarations": [{}]}, r"functionDeclarations\[0\]: .*name"),
        ({"functionDeclarations": [{"name": ""}]}, r"functionDeclarations\[0\]\.name"),
    ],
)
def test_a_bad_tool_is_named(tool: dict[str, Any], named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        decode(tool)


@pytest.mark.parametrize("config", [7, {"functionCallingConfig": {"mode": "MAYBE"}}])
def test_a_bad_config_is_named(config: Any) -> None:
    with pytest.raises(ProtocolError, match="toolConfig"):
        choose(config)
