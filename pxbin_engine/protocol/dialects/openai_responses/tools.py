"""Tools of the Responses API, both ways: functions, texts, namespaces, the vendor's own, and the choice between them.

A namespace (``{"type": "namespace", "name", "tools"}``, how Codex groups its tools) is taken apart: each of its tools gets
the namespace in front of its name, so that an upstream without namespaces can tell them apart, and the answer's calls get
name and namespace back (``local_name``), as Codex's ``FunctionCall`` has them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses import wire
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.request import (
    Extensions,
    FunctionTool,
    ServerTool,
    Tool,
    ToolChoice,
    WebSearch,
)

Json = dict[str, Any]

_SEPARATOR = "__"
_SEARCH_NAME = "web_search"
_TOOL_SEARCH = "tool_search"
_READ = frozenset({"type", "name", "description", "parameters", "strict"})
_LOCATION = ("city", "region", "country", "timezone")
_TEXT_SCHEMA: Json = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
    "additionalProperties": False,
}


def whole_name(namespace: str | None, name: str) -> str:
    """A tool's name with its namespace in front; Codex's namespaces of MCP servers end with the separator already."""
    if not namespace:
        return name
    return f"{namespace}{'' if namespace.endswith(_SEPARATOR) else _SEPARATOR}{name}"


def local_name(tool: FunctionTool) -> str:
    """The name by which the client calls it in its namespace."""
    return tool.name.removeprefix(whole_name(tool.namespace, ""))


# A client's tools -> canonical


def decode_tools(tools: Sequence[Raw], found: Sequence[Raw] = ()) -> tuple[Tool, ...]:
    """A client's tools, namespaces taken apart. Raises ``ProtocolError``.

    Args:
        tools: of the request.
        found: in the conversation (``additional_tools``, ``tool_search_output``); one that is known already is not taken
            twice.
    """
    decoded = [tool for i, raw in enumerate(tools) for tool in _decode_tool(raw, f"tools[{i}]")]
    names = [tool.name for tool in decoded if isinstance(tool, FunctionTool)]
    if len(names) != len(known := set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        raise ProtocolError(f"tools: two of them have the name {twice!r}")
    for raw in found:
        for tool in _decode_tool(raw, "input: tools"):
            if tool.name not in known:
                decoded.append(_loaded(tool))
                known.add(tool.name)
    return tuple(decoded)


def _loaded(tool: Tool) -> Tool:
    """A tool that was found is deferred no longer."""
    if not isinstance(tool, FunctionTool) or "defer_loading" not in _own(tool):
        return tool
    own = {name: value for name, value in _own(tool).items() if name != "defer_loading"}
    return msgspec.structs.replace(tool, extensions={NAME: own} if own else None)


def _decode_tool(raw: Raw, path: str) -> Iterator[Tool]:
    try:
        tool = wire.tool_decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"{path}: {error}") from error
    if tool.type == "namespace":
        yield from _decode_namespace(tool, path)
    elif tool.type in ("function", "custom"):
        yield _decode_function(raw, tool, None, path)
    elif tool.type == _TOOL_SEARCH and tool.execution == "client":
        yield _decode_tool_search(tool)
    elif tool.type.startswith("web_search"):
        yield _decode_web_search(raw, tool.type, path)
    else:
        yield ServerTool(NAME, tool.type, tool.name or tool.type, raw)


def _decode_namespace(namespace: wire.Tool, path: str) -> Iterator[Tool]:
    """Its description goes with its first tool, for whoever puts them together again."""
    description = namespace.description
    for i, raw in enumerate(namespace.tools or ()):
        inner = f"{path}.tools[{i}]"
        try:
            tool = wire.tool_decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise ProtocolError(f"{inner}: {error}") from error
        decoded = _decode_function(raw, tool, namespace.name, inner)
        if description:
            own = {**_own(decoded), "namespace_description": description}
            decoded = msgspec.structs.replace(decoded, extensions={NAME: own})
            description = None
        yield decoded


def _decode_function(raw: Raw, tool: wire.Tool, namespace: str | None, path: str) -> FunctionTool:
    if not tool.name:
        raise ProtocolError(f"{path}.name: the field is missing")
    freeform = tool.type == "custom"
    own = _other_fields(raw)
    return FunctionTool(
        name=whole_name(namespace, tool.name),
        description=tool.description,
        parameters=_text_schema(own.get("format")) if freeform else _parameters(tool),
        strict=tool.strict,
        freeform=freeform,
        namespace=namespace,
        extensions={NAME: own} if own else None,
    )


def _other_fields(raw: Raw) -> Json:
    """What only this dialect says of a tool: ``format``, ``defer_loading``, ``output_schema`` ..."""
    fields = msgspec.json.decode(raw, type=dict[str, Raw])
    others = {
        name: msgspec.json.decode(value) for name, value in fields.items() if name not in _READ
    }
    return {name: value for name, value in others.items() if value is not None}


def _text_schema(format_: Any) -> Raw:
    """The arguments of a freeform tool for who knows only JSON; a grammar is told as the argument's description."""
    schema = _TEXT_SCHEMA
    if isinstance(format_, dict) and isinstance(format_.get("definition"), str):
        said = f"A text by this {format_.get('syntax', '')} grammar:\n{format_['definition']}"
        properties = {"input": {"type": "string", "description": said}}
        schema = {**_TEXT_SCHEMA, "properties": properties}
    return Raw(msgspec.json.encode(schema))


def _decode_tool_search(tool: wire.Tool) -> FunctionTool:
    """Codex's search for tools that it has not told of yet: a function like any other, but for its items."""
    own: Json = {"type": _TOOL_SEARCH, "execution": "client"}
    return FunctionTool(_TOOL_SEARCH, tool.description, _parameters(tool), extensions={NAME: own})


def _parameters(tool: wire.Tool) -> Raw | None:
    return tool.parameters if bytes(tool.parameters) not in (b"", b"null") else None


def is_tool_search(tool: FunctionTool) -> bool:
    """Whether its calls are ``tool_search_call`` items."""
    return _own(tool).get("type") == _TOOL_SEARCH


def _decode_web_search(raw: Raw, kind: str, path: str) -> WebSearch | ServerTool:
    """A search that may not leave OpenAI's own store (Codex's default) is one that nobody else has."""
    try:
        tool = wire.web_search_decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"{path}: {error}") from error
    if tool.external_web_access is False:
        return ServerTool(NAME, kind, _SEARCH_NAME, raw)
    filters = tool.filters or wire.WebSearchFilters()
    place = tool.user_location or {}
    location = {name: place[name] for name in _LOCATION if isinstance(place.get(name), str)}
    return WebSearch(
        dialect=NAME,
        kind=kind,
        name=_SEARCH_NAME,
        raw=raw,
        allowed_domains=tuple(filters.allowed_domains or ()),
        blocked_domains=tuple(filters.blocked_domains or ()),
        location=location or None,
    )


def decode_tool_choice(
    choice: Any, tools: tuple[Tool, ...]
) -> tuple[ToolChoice | None, tuple[Tool, ...]]:
    """The choice, and the tools that it leaves (``allowed_tools``). Raises ``ProtocolError``."""
    match choice:
        case None:
            return None, tools
        case "auto" | "none":
            return ToolChoice(choice), tools
        case "required":
            return ToolChoice("any"), tools
        case {"type": "allowed_tools", "tools": [*allowed]}:
            names = {name for one in allowed if (name := _chosen_name(one, tools))}
            left = tuple(tool for tool in tools if tool.name in names)
            return ToolChoice("any" if choice.get("mode") == "required" else "auto"), left
        case {"type": str()} if name := _chosen_name(choice, tools):
            return ToolChoice("tool", name), tools
        case _:
            raise ProtocolError(
                "tool_choice: expected auto, none, required, allowed_tools, or one of the tools"
            )


def _chosen_name(choice: Any, tools: Iterable[Tool]) -> str | None:
    """The tool that ``{"type": "function", "name": ...}`` or ``{"type": "web_search"}`` means."""
    match choice:
        case {"type": "function" | "custom", "name": str(name)}:
            return whole_name(choice.get("namespace"), name)
        case {"type": str(kind)}:
            hosted = (tool for tool in tools if not isinstance(tool, FunctionTool))
            return next((tool.name for tool in hosted if tool.kind == kind), None)
        case _:
            return None


# Canonical -> the wire


def encode_tools(tools: Iterable[Tool]) -> list[Json | Raw]:
    """The tools in this dialect's words, namespaces put together again; another vendor's own are not among them."""
    encoded: list[Json | Raw] = []
    open_namespace: Json = {}
    for tool in tools:
        if not isinstance(tool, FunctionTool):
            open_namespace = {}
            encoded += [tool.raw] if tool.dialect == NAME else []
        elif tool.namespace is None:
            open_namespace = {}
            encoded.append(encode_function(tool))
        else:
            if open_namespace.get("name") != tool.namespace:
                open_namespace = _encode_namespace(tool)
                encoded.append(open_namespace)
            open_namespace["tools"].append(encode_function(tool))
    return encoded


def _encode_namespace(first: FunctionTool) -> Json:
    description = _own(first).get("namespace_description", "")
    return {
        "type": "namespace",
        "name": first.namespace,
        "description": description,
        "tools": [],
    }


def encode_function(tool: FunctionTool) -> Json:
    """One function or freeform tool by its local name, or the search for tools."""
    if is_tool_search(tool):
        return {**_own(tool), "description": tool.description, "parameters": tool.parameters}
    own = {name: value for name, value in _own(tool).items() if name != "namespace_description"}
    encoded: Json = {"type": "custom" if tool.freeform else "function", "name": local_name(tool)}
    if tool.description is not None:
        encoded["description"] = tool.description
    if not tool.freeform:
        encoded["strict"] = tool.strict
        encoded["parameters"] = tool.parameters
    return {**encoded, **own}


def encode_tool_choice(choice: ToolChoice | None, tools: Iterable[Tool]) -> str | Json:
    """``auto``, ``none``, ``required``, or one tool."""
    if choice is None or choice.mode in ("auto", "none"):
        return choice.mode if choice else "auto"
    chosen = next(
        (tool for tool in tools if choice.mode == "tool" and tool.name == choice.name), None
    )
    match chosen:
        case None:
            return "required"
        case FunctionTool():
            kind = "custom" if chosen.freeform else "function"
            return {"type": kind, "name": local_name(chosen)}
        case _:
            return {"type": chosen.kind}


def _own(tool: FunctionTool) -> Json:
    extensions: Extensions = tool.extensions or {}
    return extensions.get(NAME, {})
