"""Tools and the choice between them, there and back."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses.tools import (
    decode_tool_choice,
    decode_tools,
    encode_tool_choice,
    encode_tools,
    is_tool_search,
    local_name,
    whole_name,
)
from pxbin_engine.protocol.request import (
    FunctionTool,
    ServerTool,
    Tool,
    ToolChoice,
    WebSearch,
)

READ = {"type": "function", "name": "read", "description": "d", "strict": False,
        "parameters": {"type": "object", "properties": {}}}  # fmt: skip
PATCH = {"type": "custom", "name": "apply_patch", "description": "d",
         "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"}}  # fmt: skip
AGENTS = {"type": "namespace", "name": "agents", "description": "Helpers.",
          "tools": [{**READ, "name": "spawn"}, {**PATCH, "name": "tell"}]}  # fmt: skip
SEARCH = {"type": "web_search", "external_web_access": True,
          "filters": {"allowed_domains": ["a.org"], "blocked_domains": ["b.org"]},
          "user_location": {"type": "approximate", "city": "Bonn", "country": None}}  # fmt: skip


def decode(*tools: dict[str, Any], found: tuple[dict[str, Any], ...] = ()) -> tuple[Tool, ...]:
    raw, more = ([Raw(msgspec.json.encode(tool)) for tool in some] for some in (tools, found))
    return decode_tools(raw, more)


def tree(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def test_a_function_is_read_in_full() -> None:
    (tool,) = decode({**READ, "defer_loading": True, "output_schema": None})
    assert isinstance(tool, FunctionTool)
    assert (tool.name, tool.description, tool.strict) == ("read", "d", False)
    assert bytes(tool.parameters or b"") == b'{"type":"object","properties":{}}'
    assert tool.extensions == {"openai_responses": {"defer_loading": True}}


def test_behaviour_25_a_freeform_tool_can_be_called_with_json_too() -> None:
    (tool,) = decode(PATCH)
    assert isinstance(tool, FunctionTool)
    assert tool.freeform
    schema = tree(tool.parameters)
    assert schema["required"] == ["input"]
    assert schema["properties"]["input"]["description"].endswith("lark grammar:\nstart: x")
    assert tool.extensions == {"openai_responses": {"format": PATCH["format"]}}


def test_behaviour_25_a_namespace_is_taken_apart_and_put_together() -> None:
    tools = decode(READ, AGENTS, {**AGENTS, "name": "mcp__db__"}, READ | {"name": "last"})
    assert [tool.name for tool in tools] == [
        "read",
        "agents__spawn",
        "agents__tell",
        "mcp__db__spawn",
        "mcp__db__tell",
        "last",
    ]
    assert [(tool.namespace, local_name(tool)) for tool in tools if isinstance(tool, FunctionTool)][
        2:4
    ] == [
        ("agents", "tell"),
        ("mcp__db__", "spawn"),
    ]
    assert tree(encode_tools(tools)) == [
        READ, AGENTS, {**AGENTS, "name": "mcp__db__"}, READ | {"name": "last"},
    ]  # fmt: skip


def test_the_vendors_own_tools_keep_their_bytes() -> None:
    search, other = decode(SEARCH, {"type": "code_interpreter", "container": {"type": "auto"}})
    assert isinstance(search, WebSearch)
    assert (search.kind, search.name) == ("web_search", "web_search")
    assert (search.allowed_domains, search.blocked_domains) == (("a.org",), ("b.org",))
    assert search.location == {"city": "Bonn"}
    assert isinstance(other, ServerTool)
    assert (other.kind, other.name) == ("code_interpreter", "code_interpreter")
    assert tree(encode_tools((search, other)))[0] == SEARCH


TOOL_SEARCH = {"type": "tool_search", "execution": "client", "description": "d",
               "parameters": {"type": "object", "properties": {"query": {"type": "string"}}}}  # fmt: skip


def test_behaviour_25_a_search_for_tools_by_the_client_is_a_function() -> None:
    mine, theirs = decode(TOOL_SEARCH, {"type": "tool_search", "execution": "server"})
    (bare,) = decode({"type": "tool_search", "execution": "client"})
    assert isinstance(bare, FunctionTool)
    assert bare.parameters is None
    assert isinstance(mine, FunctionTool)
    assert is_tool_search(mine)
    assert mine.name == "tool_search"
    assert isinstance(theirs, ServerTool)
    assert tree(encode_tools((mine,))) == [TOOL_SEARCH]
    assert not is_tool_search(FunctionTool("tool_search"))


def test_a_search_that_may_not_reach_the_web_is_not_given_to_who_would() -> None:
    (tool,) = decode({**SEARCH, "external_web_access": False})
    assert isinstance(tool, ServerTool)
    assert (tool.kind, tool.name) == ("web_search", "web_search")


def test_another_vendors_tool_is_not_told_as_one_of_openais() -> None:
    foreign = WebSearch("anthropic_messages", "web_search_20250305", "web_search", Raw(b"{}"))
    assert encode_tools((foreign,)) == []


def test_tools_that_were_found_on_the_way_come_once() -> None:
    tools = decode(READ, found=(READ, AGENTS, AGENTS))
    assert [tool.name for tool in tools] == ["read", "agents__spawn", "agents__tell"]


@pytest.mark.parametrize(
    ("tools", "named"),
    [
        ([{"name": "x"}], r"tools\[0\]: .*type"),
        ([READ, {"type": "function"}], r"tools\[1\]\.name"),
        ([{**AGENTS, "tools": [{"type": "function"}]}], r"tools\[0\]\.tools\[0\]\.name"),
        ([{**AGENTS, "tools": [3]}], r"tools\[0\]\.tools\[0\]"),
        ([READ, READ], "'read'"),
        ([AGENTS, {**READ, "name": "agents__tell"}], "agents__tell"),
        ([{**SEARCH, "filters": 3}], r"tools\[0\]"),
    ],
)
def test_a_bad_tool_is_named(tools: list[dict[str, Any]], named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        decode(*tools)


ALL = decode(READ, PATCH, AGENTS, SEARCH)


@pytest.mark.parametrize(
    ("asked", "choice"),
    [
        ("auto", ToolChoice("auto")),
        ("none", ToolChoice("none")),
        ("required", ToolChoice("any")),
        ({"type": "function", "name": "read"}, ToolChoice("tool", "read")),
        ({"type": "custom", "name": "apply_patch"}, ToolChoice("tool", "apply_patch")),
        ({"type": "web_search"}, ToolChoice("tool", "web_search")),
    ],
)
def test_behaviour_14_every_choice_goes_there_and_back(asked: Any, choice: ToolChoice) -> None:
    assert decode_tool_choice(asked, ALL) == (choice, ALL)
    assert encode_tool_choice(choice, ALL) == asked


def test_behaviour_14_no_choice_is_none() -> None:
    assert decode_tool_choice(None, ALL) == (None, ALL)
    assert encode_tool_choice(None, ALL) == "auto"


def test_a_tool_of_a_namespace_can_be_chosen() -> None:
    asked = {"type": "function", "name": "spawn", "namespace": "agents"}
    assert decode_tool_choice(asked, ALL)[0] == ToolChoice("tool", whole_name("agents", "spawn"))


def test_behaviour_14_allowed_tools_are_the_tools_that_are_left() -> None:
    allowed = [{"type": "function", "name": "read"}, {"type": "web_search"}]
    choice, tools = decode_tool_choice(
        {"type": "allowed_tools", "mode": "required", "tools": allowed}, ALL
    )
    assert choice == ToolChoice("any")
    assert [tool.name for tool in tools] == ["read", "web_search"]


@pytest.mark.parametrize("asked", [7, "some", {}, {"type": "file_search"}, {"type": "function"}])
def test_a_choice_of_nothing_is_refused(asked: Any) -> None:
    with pytest.raises(ProtocolError, match="tool_choice"):
        decode_tool_choice(asked, ALL)
