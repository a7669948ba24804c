"""A client's tools: functions that it runs, tools that Google runs, and the choice between them.

Source: the API reference of ``Tool``, ``FunctionDeclaration`` and ``ToolConfig`` (ai.google.dev/api/caching).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate import wire
from pxbin_engine.protocol.dialects.gemini_generate.schema import json_schema, usual_json_schema
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, Json
from pxbin_engine.protocol.request import (
    Extensions,
    FunctionTool,
    ServerTool,
    Tool,
    ToolChoice,
    WebSearch,
)

_SEARCHES = ("googleSearch", "googleSearchRetrieval")
SEARCH_NAME = "google_search"
"""What the search is called by those who know tools by a name."""

_function = msgspec.json.Decoder(wire.FunctionDeclaration)
_READ_OF_FUNCTION = frozenset(wire.FunctionDeclaration.__struct_encode_fields__)


def decode_tools(asked: Sequence[dict[str, Raw]]) -> tuple[Tool, ...]:
    """The tools; an entry of ``tools`` may hold several kinds. Raises ``ProtocolError``."""
    return tuple(
        tool
        for position, kinds in enumerate(asked)
        for kind, value in kinds.items()
        if wire.is_said(value)
        for tool in _decode_kind(kind, value, f"tools[{position}].{kind}")
    )


def _decode_kind(kind: str, value: Raw, path: str) -> Iterator[Tool]:
    if kind == "functionDeclarations":
        yield from _decode_functions(value, path)
        return
    raw = Raw(msgspec.json.encode({kind: value}))
    if kind in _SEARCHES:
        yield WebSearch(NAME, kind, SEARCH_NAME, raw, blocked_domains=_excluded_domains(value))
    else:
        yield ServerTool(NAME, kind, kind, raw)


def _decode_functions(value: Raw, path: str) -> Iterator[FunctionTool]:
    for position, raw in enumerate(wire.items_of(value)):
        yield _decode_function(raw, f"{path}[{position}]")


def _decode_function(raw: Raw, path: str) -> FunctionTool:
    try:
        declaration = _function.decode(raw)
        schema = _parameters(declaration)
    except wire.UNREADABLE as error:
        raise ProtocolError(f"{path}: {error}") from error
    if not declaration.name:
        raise ProtocolError(f"{path}.name: must not be empty")
    return FunctionTool(declaration.name, declaration.description, schema, extensions=_unread(raw))


def _parameters(declaration: wire.FunctionDeclaration) -> Raw | None:
    if wire.is_said(declaration.parameters_json_schema):
        return usual_json_schema(declaration.parameters_json_schema)
    if wire.is_said(declaration.parameters):
        return json_schema(declaration.parameters)
    return None


def _unread(raw: Raw) -> Extensions | None:
    """What only Google knows of a function: what it answers (``response``), ``behavior``."""
    fields = msgspec.json.decode(raw, type=Json)
    rest = {
        name: value
        for name, value in fields.items()
        if name not in _READ_OF_FUNCTION and value is not None
    }
    return {NAME: rest} if rest else None


def _excluded_domains(value: Raw) -> tuple[str, ...]:
    search: Any = msgspec.json.decode(value)
    said = search.get("excludeDomains") if isinstance(search, dict) else None
    domains = said if isinstance(said, list) else ()
    return tuple(domain for domain in domains if isinstance(domain, str))


class AskedChoice(msgspec.Struct, frozen=True):
    """How tools are to be used; ``rest`` is of ``toolConfig`` what the canonical choice does not say."""

    choice: ToolChoice | None = None
    rest: Json = {}


def decode_tool_config(raw: Raw) -> AskedChoice:
    """``toolConfig``. Raises ``ProtocolError``."""
    if not wire.is_said(raw):
        return AskedChoice()
    try:
        config = msgspec.json.decode(raw, type=wire.ToolConfig)
        rest = msgspec.json.decode(raw, type=Json)
    except wire.UNREADABLE as error:
        raise ProtocolError(f"toolConfig: {error}") from error
    calling = config.function_calling_config
    if calling is None:
        return AskedChoice(rest=rest)
    choice, whole = _decode_calling(calling)
    if whole:
        rest.pop("functionCallingConfig")
    return AskedChoice(choice, rest)


def _decode_calling(config: wire.FunctionCallingConfig) -> tuple[ToolChoice | None, bool]:
    """The choice, and whether it says all of the config: one name is, several are not."""
    names = config.allowed_function_names or []
    match (config.mode or "").upper():
        case "" | "MODE_UNSPECIFIED":
            return None, not names
        case "AUTO":
            return ToolChoice("auto"), not names
        case "VALIDATED":  # as AUTO, but that calls always fit their schema
            return ToolChoice("auto"), False
        case "NONE":
            return ToolChoice("none"), True
        case "ANY" if len(names) == 1:
            return ToolChoice("tool", names[0]), True
        case "ANY":
            return ToolChoice("any"), not names
        case mode:
            raise ProtocolError(
                f"toolConfig.functionCallingConfig.mode: expected AUTO, ANY, NONE or VALIDATED, not {mode!r}"
            )
