"""The tools of a request to an upstream: functions, freeform tools, OpenAI's own search, and the choice between them.

Source: OpenAI's API reference, ``tools`` and ``tool_choice``; ``filters.blocked_domains`` is in its guide "Web search".
A function without ``strict`` is strict there, so it is always said.
"""

from typing import Any

from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.content_encoder import note_extensions
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    FunctionTool,
    Request,
    ServerTool,
    Tool,
    ToolChoice,
    WebSearch,
)
from pxbin_engine.protocol.schema_cleaner import clean_schema
from pxbin_engine.protocol.wire_names import wire_name

Json = dict[str, Any]

_NO_ARGUMENTS = Raw(b'{"type":"object","properties":{}}')
_NOT_SENT = frozenset({"namespace_description"})


def tool_fields(request: Request, quirks: Quirks, losses: Losses) -> Json:
    """``tools`` and what goes with them; nothing where no tool is left."""
    tools = _encode_tools(request.tools, quirks, losses)
    if not tools:
        if request.tool_choice is not None and request.tool_choice.mode in ("any", "tool"):
            losses.add("tool_choice", "No tool is left that the upstream could call.")
        return {}
    fields: Json = {"tools": tools}
    if request.tool_choice is not None:
        fields |= _encode_choice(request.tool_choice, request.tools, quirks, losses)
    fields |= _encode_parallel(request.parallel_tools, quirks, losses)
    match [tool for tool in request.tools if not isinstance(tool, FunctionTool)]:
        case [WebSearch(max_uses=int(most))]:
            fields["max_tool_calls"] = most  # it counts the calls of all of OpenAI's own tools
        case others if any(isinstance(tool, WebSearch) and tool.max_uses for tool in others):
            losses.add("tools.max_uses", "The upstream cannot limit the searches alone.")
    return fields


def _encode_tools(tools: tuple[Tool, ...], quirks: Quirks, losses: Losses) -> list[Json | Raw]:
    encoded: list[Json | Raw] = []
    for position, tool in enumerate(tools):
        path = f"tools[{position}]"
        if isinstance(tool, FunctionTool):
            encoded.append(_encode_function(tool, path, quirks, losses))
        elif tool.dialect == NAME:
            encoded.append(tool.raw)
        elif isinstance(tool, WebSearch):
            encoded.append(_encode_search(tool))
        else:
            losses.add(
                path,
                f"The upstream has no tool {tool.name!r} ({tool.kind}) of its own; it was left out.",
            )
    return encoded


def _encode_function(tool: FunctionTool, path: str, quirks: Quirks, losses: Losses) -> Json:
    kind = "custom" if tool.freeform else "function"
    encoded: Json = {"type": kind, "name": wire_name(tool.name)}
    if tool.description:
        encoded["description"] = tool.description
    if not tool.freeform:
        encoded["parameters"] = clean_schema(
            tool.parameters or _NO_ARGUMENTS, path, quirks.dropped_schema_keywords, losses
        )
        if quirks.strict_tools:
            encoded["strict"] = bool(tool.strict)
    note_extensions(tool.extensions, "tools", losses)
    own = (tool.extensions or {}).get(NAME, {})
    return encoded | {name: value for name, value in own.items() if name not in _NOT_SENT}


def _encode_search(tool: WebSearch) -> Json:
    filters = {
        "allowed_domains": tool.allowed_domains,
        "blocked_domains": tool.blocked_domains,
    }
    encoded: Json = {"type": "web_search"}
    if said := {name: domains for name, domains in filters.items() if domains}:
        encoded["filters"] = said
    if tool.location:
        encoded["user_location"] = {"type": "approximate", **tool.location}
    return encoded


def _encode_choice(
    choice: ToolChoice, tools: tuple[Tool, ...], quirks: Quirks, losses: Losses
) -> Json:
    if choice.mode in ("any", "tool") and not quirks.forced_tools:
        losses.add("tool_choice", "The model cannot be made to call a tool.")
        return {}
    if choice.mode != "tool":
        return {"tool_choice": "required" if choice.mode == "any" else choice.mode}
    chosen = next((tool for tool in tools if tool.name == choice.name), None)
    match chosen:
        case FunctionTool(name=name, freeform=freeform):
            kind = "custom" if freeform else "function"
            return {"tool_choice": {"type": kind, "name": wire_name(name)}}
        case WebSearch(dialect=dialect, kind=kind):
            return {"tool_choice": {"type": kind if dialect == NAME else "web_search"}}
        case ServerTool(dialect=dialect, kind=kind) if dialect == NAME:
            return {"tool_choice": {"type": kind}}
        case _:
            losses.add("tool_choice", "There is no such tool that the model could be made to call.")
            return {}


def _encode_parallel(parallel: bool | None, quirks: Quirks, losses: Losses) -> Json:
    if parallel is None:
        return {}
    if quirks.parallel_tool_calls:
        return {"parallel_tool_calls": parallel}
    if not parallel:
        losses.add(
            "tool_choice.disable_parallel_tool_use",
            "The upstream cannot be told to call one tool at a time.",
        )
    return {}
