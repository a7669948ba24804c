"""Tools, canonical -> Gemini: functions of the client, Google's own tools, and the choice between them.

Source: the API reference of ``Tool``, ``FunctionDeclaration`` and ``ToolConfig``; ai.google.dev/gemini-api/docs/tool-combination
(functions and Google's own tools in one request: Gemini 3 and later, by a flag).
"""

from typing import Any

from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.function_names import wire_name
from pxbin_engine.protocol.dialects.gemini_generate.schema_cleaner import encode_parameters
from pxbin_engine.protocol.dialects.gemini_generate.thinking import is_gemini_3
from pxbin_engine.protocol.dialects.gemini_generate.upstream_parts import note_extensions
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, Json
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import FunctionTool, Request, WebSearch

_MODES = {"auto": "AUTO", "any": "ANY", "none": "NONE", "tool": "ANY"}
_FREEFORM = Raw(b'{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}')


def encode_tools(request: Request, model: str, quirks: Quirks, losses: Losses) -> Json:
    """``tools`` and ``toolConfig``."""
    functions = _encode_functions(request, quirks, losses)
    own = _encode_own_tools(request, losses)
    if functions and own and not is_gemini_3(model):
        losses.add("tools", f"{model} takes functions or Google's own tools, not both.")
        own = []
    tools: list[Any] = [{"functionDeclarations": functions}] if functions else []
    config = _encode_choice(request, {function["name"] for function in functions}, losses)
    if functions and own:
        # "Please enable tool_config.include_server_side_tool_invocations", and then AUTO is VALIDATED
        config["includeServerSideToolInvocations"] = True
        if config.get("functionCallingConfig") == {"mode": "AUTO"}:
            config["functionCallingConfig"] = {"mode": "VALIDATED"}
    encoded: Json = {"tools": tools + own} if tools or own else {}
    return {**encoded, "toolConfig": config} if config else encoded


def _encode_functions(request: Request, quirks: Quirks, losses: Losses) -> list[Json]:
    return [
        _encode_function(tool, f"tools[{position}]", quirks, losses)
        for position, tool in enumerate(request.tools)
        if isinstance(tool, FunctionTool)
    ]


def _encode_function(tool: FunctionTool, path: str, quirks: Quirks, losses: Losses) -> Json:
    function: Json = {"name": wire_name(tool.name)}
    if tool.description:
        function["description"] = tool.description
    schema = _FREEFORM if tool.freeform else tool.parameters
    refused = quirks.dropped_schema_keywords
    function["parametersJsonSchema"] = encode_parameters(schema, path, refused, losses)
    if tool.strict:
        losses.add(f"{path}.strict", "Gemini has no strict functions.")
    note_extensions(tool.extensions, "tools", losses)
    return {**function, **(tool.extensions or {}).get(NAME, {})}


def _encode_own_tools(request: Request, losses: Losses) -> list[Any]:
    """Those that Google runs by itself: as a Gemini client said them, and its search for anyone's."""
    own: list[Any] = []
    for position, tool in enumerate(request.tools):
        path = f"tools[{position}]"
        if isinstance(tool, FunctionTool):
            continue
        if tool.dialect == NAME:
            own.append(tool.raw)
        elif isinstance(tool, WebSearch):
            own.append({"googleSearch": {}})
            _note_search(tool, path, losses)
        else:
            losses.add(path, f"Gemini has no tool {tool.name!r} ({tool.kind}); it was left out.")
    return own


def _note_search(tool: WebSearch, path: str, losses: Losses) -> None:
    limits = {
        "max_uses": tool.max_uses,
        "allowed_domains": tool.allowed_domains,
        "blocked_domains": tool.blocked_domains,
        "user_location": tool.location,
    }
    for name, value in limits.items():
        if value:
            losses.add(f"{path}.{name}", f"Google Search takes no {name}; it was left out.")


def _encode_choice(request: Request, names: set[str], losses: Losses) -> Json:
    choice = request.tool_choice
    if names and request.parallel_tools is False:
        losses.add("parallel_tools", "Gemini cannot be told to call one function at a time.")
    if choice is None or (not names and choice.mode in ("auto", "none")):
        return {}
    wanted = wire_name(choice.name) if choice.mode == "tool" and choice.name else None
    if not names or (wanted and wanted not in names):
        losses.add("tool_choice", "There is no such function that Gemini could be made to call.")
        return {}
    config: Json = {"mode": _MODES[choice.mode]}
    if wanted:
        config["allowedFunctionNames"] = [wanted]
    return {"functionCallingConfig": config}
