"""Tools of Chat Completions: the ids of their calls as upstreams take them, definitions, and the choice between them."""

import re
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import wire
from pxbin_engine.protocol.dialects.openai_chat.search import decode_search, encode_server_search
from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    Extensions,
    FunctionTool,
    Request,
    ServerTool,
    Tool,
    ToolChoice,
)
from pxbin_engine.protocol.schema_cleaner import clean_schema
from pxbin_engine.protocol.wire_names import digest, wire_name

_NINE = re.compile(r"[a-zA-Z0-9]{9}\Z")
_LONGEST_CALL_ID = 40
_NOBODY_SEARCHES = (
    "The upstream cannot search the web, so the tool was left out. "
    "Set web_search_provider to searxng or brave, and pxbin searches for it."
)
"""Why a search is lost, and how it need not be."""
_NO_ARGUMENTS = Raw(b'{"type":"object","properties":{}}')


def wire_call_id(call_id: str, quirks: Quirks) -> str:
    """The id of a call as the upstream takes it: OpenAI refuses more than 40 characters."""
    if quirks.nine_character_call_ids:
        return call_id if _NINE.match(call_id) else digest(call_id)[:9]
    return call_id if len(call_id) <= _LONGEST_CALL_ID else f"call_{digest(call_id)[:24]}"


def encode_tools(request: Request, quirks: Quirks, losses: Losses) -> list[dict[str, Any]]:
    """The functions that the client runs; tools of a vendor's own server are left out, with a Loss."""
    functions = []
    for position, tool in enumerate(request.tools):
        path = f"tools[{position}]"
        if isinstance(tool, FunctionTool):
            functions.append(_encode_function(tool, path, quirks, losses))
        elif isinstance(tool, ServerTool):
            losses.add(
                path,
                f"The upstream has no tool {tool.name!r} ({tool.kind}) of its own; it was left out.",
            )
        elif quirks.web_search is not None:
            functions += encode_server_search(tool, path, quirks.web_search, losses)
        else:
            losses.add(path, _NOBODY_SEARCHES)
    return functions


def _encode_function(
    tool: FunctionTool, path: str, quirks: Quirks, losses: Losses
) -> dict[str, Any]:
    function: dict[str, Any] = {"name": wire_name(tool.name)}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = clean_schema(
        tool.parameters or _NO_ARGUMENTS, path, quirks.dropped_schema_keywords, losses
    )
    if tool.strict is not None and quirks.strict_tools:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def encode_tool_choice(choice: ToolChoice) -> str | dict[str, Any]:
    """``auto``, ``none``, ``required``, or one function."""
    if choice.mode == "tool" and choice.name is not None:
        return {"type": "function", "function": {"name": wire_name(choice.name)}}
    return "required" if choice.mode in ("any", "tool") else choice.mode


def decode_tools(asked: wire.Asked) -> tuple[Tool, ...]:
    """A client's tools, ``functions`` of old included; what is no function is kept as it came."""
    tools = [_decode_tool(raw, position) for position, raw in enumerate(asked.tools or ())]
    if bytes(asked.web_search_options) not in (b"", b"null"):
        tools.append(decode_search(asked.web_search_options))
    return (*tools, *(_function(function) for function in asked.functions or ()))


def _decode_tool(raw: Raw, position: int) -> Tool:
    try:
        tool = _asked_tool.decode(raw)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"tools[{position}]: {error}") from error
    if tool.type == "function" and tool.function is not None:
        return _function(tool.function)
    if tool.type == "custom" and tool.custom is not None:
        return _custom(tool.custom)
    if tool.type == "function":
        raise ProtocolError(f"tools[{position}].function: the field is missing")
    return ServerTool(NAME, tool.type, tool.name or tool.type, raw)


def _function(function: wire.AskedFunction) -> FunctionTool:
    parameters = function.parameters if bytes(function.parameters) not in (b"", b"null") else None
    return FunctionTool(function.name, function.description, parameters, function.strict)


def _custom(custom: wire.AskedCustom) -> FunctionTool:
    """A tool that takes a text; a model that knows only JSON reads of its grammar in the schema."""
    said: dict[str, Any] = {"type": "string"}
    extensions: Extensions | None = None
    if custom.format is not None:
        said["description"] = f"Its format: {msgspec.json.encode(custom.format).decode()}"
        extensions = {NAME: {"format": custom.format}}
    schema = {
        "type": "object",
        "properties": {"input": said},
        "required": ["input"],
        "additionalProperties": False,
    }
    parameters = Raw(msgspec.json.encode(schema))
    return FunctionTool(
        custom.name, custom.description, parameters, freeform=True, extensions=extensions
    )


def decode_tool_choice(asked: wire.Asked) -> ToolChoice | None:
    """``tool_choice``, or ``function_call`` of old."""
    choice = asked.tool_choice if asked.tool_choice is not None else asked.function_call
    match choice:
        case None:
            return None
        case "auto" | "none":
            return ToolChoice(choice)
        case "required" | "any":
            return ToolChoice("any")
        case (
            {"function": {"name": str(name)}}
            | {"custom": {"name": str(name)}}
            | {"name": str(name)}
        ):
            return ToolChoice("tool", name)
        case _:
            raise ProtocolError(
                "tool_choice: expected auto, none, required, or one function by its name"
            )


class _AskedTool(msgspec.Struct):
    type: str = "function"
    function: wire.AskedFunction | None = None
    custom: wire.AskedCustom | None = None
    name: str | None = None


_asked_tool = msgspec.json.Decoder(_AskedTool)
