"""Tools of the Messages API: those that Anthropic runs, both ways, and the client's functions and the choice, encoded.

Source: Anthropic's "Web search tool" and "Tool use" pages.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages import wire
from pxbin_engine.protocol.dialects.anthropic_messages.part_encoder import Json, encode_extensions
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    FunctionTool,
    Request,
    ServerTool,
    ToolChoice,
    WebSearch,
)
from pxbin_engine.protocol.schema_cleaner import clean_schema

_NO_SCHEMA = Raw(b'{"type":"object","properties":{}}')
_FREEFORM = Raw(b'{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}')
_SEARCH = msgspec.json.Decoder(wire.WebSearchTool)
_SEARCH_NAME = "web_search"
"""The only one that Anthropic takes for its search."""


def decode_vendor_tool(kind: str, name: str, said: Raw) -> WebSearch | ServerTool:
    """A tool that Anthropic runs; the search of the web is one that others have too."""
    if not kind.startswith("web_search_"):
        return ServerTool(NAME, kind, name, said)
    try:
        search = _SEARCH.decode(said)
    except msgspec.ValidationError:
        return ServerTool(NAME, kind, name, said)
    return WebSearch(
        NAME,
        kind,
        name,
        said,
        search.max_uses,
        search.allowed_domains or (),
        search.blocked_domains or (),
        _decode_location(search.user_location),
    )


def _decode_location(said: dict[str, str | None] | None) -> dict[str, str] | None:
    found = {name: place for name, place in (said or {}).items() if name != "type" and place}
    return found or None


def encode_tools(request: Request, quirks: Quirks, losses: Losses) -> list[Json | Raw]:
    """Every tool that Anthropic knows; the others go to ``losses``."""
    tools: list[Json | Raw] = []
    for i, tool in enumerate(request.tools):
        path = f"tools[{i}]"
        if isinstance(tool, FunctionTool):
            tools.append(_encode_function(tool, path, quirks, losses))
        elif tool.dialect == NAME:
            tools.append(tool.raw)
        elif isinstance(tool, WebSearch):
            tools.append(_encode_search(tool, path, losses))
        else:
            losses.add(path, f"Anthropic has no tool of the type {tool.kind}.")
    return tools


def _encode_search(tool: WebSearch, path: str, losses: Losses) -> Json:
    """Another dialect's search as Anthropic's, in the version that every model with a search takes."""
    encoded: Json = {"type": "web_search_20250305", "name": _SEARCH_NAME}
    if tool.max_uses is not None:
        encoded["max_uses"] = tool.max_uses
    if tool.allowed_domains:
        encoded["allowed_domains"] = tool.allowed_domains
    if tool.blocked_domains and tool.allowed_domains:
        losses.add(path, "Anthropic takes domains to allow or to block, not both.")
    elif tool.blocked_domains:
        encoded["blocked_domains"] = tool.blocked_domains
    if tool.location:
        encoded["user_location"] = {"type": "approximate", **tool.location}
    return encoded


def _encode_function(tool: FunctionTool, path: str, quirks: Quirks, losses: Losses) -> Json:
    encoded: Json = {"name": tool.name}
    if tool.description is not None:
        encoded["description"] = tool.description
    encoded["input_schema"] = _encode_schema(tool, path, quirks, losses)
    if tool.strict and quirks.strict_tools:
        encoded["strict"] = True
    return encoded | encode_extensions(tool.extensions, path, losses)


def _encode_schema(tool: FunctionTool, path: str, quirks: Quirks, losses: Losses) -> Raw | Json:
    """Anthropic refuses a schema that does not say that it is of an object."""
    if tool.parameters is None:
        return _FREEFORM if tool.freeform else _NO_SCHEMA
    schema = clean_schema(tool.parameters, path, quirks.dropped_schema_keywords, losses)
    try:
        fields: dict[str, Any] = msgspec.json.decode(schema, type=dict[str, Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"{path}: its schema must be a JSON object: {error}") from error
    return schema if "type" in fields else {"type": "object", **fields}


def _is_unmet(choice: ToolChoice, names: Collection[str]) -> bool:
    return choice.name not in names if choice.mode == "tool" else choice.mode == "any" and not names


def encode_tool_choice(request: Request, losses: Losses) -> Json | None:
    """May, must, must not call a tool, and whether several at once; of the tools that Anthropic has."""
    choice, parallel = request.tool_choice, request.parallel_tools
    names = {
        tool.name: _SEARCH_NAME if isinstance(tool, WebSearch) else tool.name
        for tool in request.tools
        if not isinstance(tool, ServerTool) or tool.dialect == NAME
    }
    if choice is not None and _is_unmet(choice, names):
        losses.add("tool_choice", "There is no such tool that the model could be made to call.")
        choice = None
    if not names or (choice is None and parallel is not False):
        return None
    encoded: Json = {"type": choice.mode if choice else "auto"}
    if choice is not None and choice.mode == "tool":
        encoded["name"] = names[choice.name or ""]
    if parallel is not None and encoded["type"] != "none":
        encoded["disable_parallel_tool_use"] = not parallel
    return encoded
