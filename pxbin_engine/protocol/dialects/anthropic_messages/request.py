"""Requests of the Messages API -> canonical requests."""

from collections.abc import Sequence
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import UNSET, Raw, Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages import wire
from pxbin_engine.protocol.dialects.anthropic_messages.open_decoder import (
    OpenDecoder,
    invalid,
)
from pxbin_engine.protocol.dialects.anthropic_messages.parts import decode_content, own_extensions
from pxbin_engine.protocol.dialects.anthropic_messages.tools import decode_vendor_tool
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.request import (
    Effort,
    FunctionTool,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Tool,
    ToolChoice,
)

_PLAIN: msgspec.json.Decoder[wire.PlainRequest] = msgspec.json.Decoder(wire.PlainRequest)
_REQUEST: OpenDecoder[wire.OpenRequest] = OpenDecoder(wire.OpenRequest)
_MESSAGE: OpenDecoder[wire.OpenMessage] = OpenDecoder(wire.OpenMessage)
_TOOL = OpenDecoder(wire.Tool)

_CLIENTS_OWN = (None, "custom")
"""Types of tools that the client runs."""

_EFFORTS = get_args(Effort)

T = TypeVar("T", bound=Struct)
Json = dict[str, Any]


def decode_request(body: bytes, *, counting: bool = False) -> Request:
    """A client's body. Raises ``ProtocolError`` that names the field.

    Args:
        body: of ``POST /v1/messages``.
        counting: it is of ``count_tokens``, which has no ``max_tokens``.
    """
    wired: wire.AnyRequest | None = _decode_plain(body)
    own: Json = {}
    if wired is None:
        wired, own = _decode(_REQUEST, body, "")
    if wired.max_tokens is None and not counting:
        raise ProtocolError("max_tokens: Field required")
    for name in ("context_management", "container", "mcp_servers"):
        if (value := getattr(wired, name)) is not UNSET:
            own[name] = value
    messages: Sequence[Raw | wire.PlainMessage] = wired.messages
    tools: Sequence[Raw | wire.Tool] = wired.tools or ()
    return Request(
        model=wired.model,
        messages=tuple(_decode_message(said, i) for i, said in enumerate(messages)),
        system=decode_content(wired.system, "system"),
        tools=tuple(_decode_tool(said, i) for i, said in enumerate(tools)),
        tool_choice=_decode_tool_choice(wired.tool_choice),
        parallel_tools=_decode_parallel_tools(wired.tool_choice),
        stream=bool(wired.stream),
        max_output_tokens=wired.max_tokens,
        temperature=wired.temperature,
        top_p=wired.top_p,
        top_k=wired.top_k,
        stop=tuple(wired.stop_sequences or ()),
        reasoning=_decode_reasoning(wired, own),
        output_format=_decode_output_format(wired, own),
        user_id=_decode_user_id(wired, own),
        service_tier=wired.service_tier,
        extensions={NAME: own},
    )


def _decode_plain(body: bytes) -> wire.PlainRequest | None:
    """In one pass, a fifth of what piece by piece costs; None where anything in it is not plain, or not right."""
    try:
        wired = _PLAIN.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    plain = all(tool.type in _CLIENTS_OWN for tool in wired.tools or ())
    return wired if plain else None


def _decode(decoder: OpenDecoder[T], raw: bytes | Raw, path: str) -> tuple[T, Json]:
    decoded = decoder.decode(raw, path)
    if decoded is None:
        raise ProtocolError(f"{path}.type: of an unknown type")
    return decoded


def _decode_message(said: Raw | wire.PlainMessage, index: int) -> Message:
    path = f"messages.{index}"
    if not isinstance(said, Raw) and said.output_config is UNSET:
        return Message(said.role, decode_content(said.content, f"{path}.content"))
    message, unknown = _decode(_MESSAGE, said, path) if isinstance(said, Raw) else (said, {})
    return Message(
        message.role,
        decode_content(message.content, f"{path}.content"),
        own_extensions(message, ("output_config",), unknown),
    )


def _decode_tool(said: Raw | wire.Tool, index: int) -> Tool:
    path = f"tools.{index}"
    tool, unknown = _decode(_TOOL, said, path) if isinstance(said, Raw) else (said, {})
    if tool.type not in _CLIENTS_OWN and isinstance(said, Raw):
        return decode_vendor_tool(tool.type or "", tool.name, said)
    if not tool.name:
        raise ProtocolError(f"{path}.name: Field required")
    if tool.type is not None:
        unknown["type"] = tool.type
    return FunctionTool(
        name=tool.name,
        description=tool.description,
        parameters=None if tool.input_schema is UNSET else tool.input_schema,
        strict=tool.strict,
        extensions=own_extensions(
            tool, ("cache_control", "defer_loading", "eager_input_streaming"), unknown
        ),
    )


def _decode_tool_choice(choice: wire.ToolChoice | None) -> ToolChoice | None:
    if choice is None:
        return None
    if choice.type == "tool" and not choice.name:
        raise ProtocolError("tool_choice.name: Field required")
    return ToolChoice(choice.type, choice.name)


def _decode_parallel_tools(choice: wire.ToolChoice | None) -> bool | None:
    if choice is None or choice.disable_parallel_tool_use is None:
        return None
    return not choice.disable_parallel_tool_use


def _decode_reasoning(wired: wire.AnyRequest, own: Json) -> Reasoning | None:
    """``thinking`` and ``output_config.effort``; what they say beside that goes to ``own``."""
    effort = _decode_effort(wired, own)
    thinking = dict(wired.thinking or {})
    kind = thinking.pop("type", None)
    budget = thinking.pop("budget_tokens", None)
    if budget is not None and not isinstance(budget, int):
        raise ProtocolError("thinking.budget_tokens: Input should be a valid integer")
    if kind not in (None, "enabled", "adaptive", "disabled"):
        own["thinking"] = wired.thinking
        return Reasoning(effort=effort) if effort else None
    if thinking:
        own["thinking"] = thinking
    if kind is None:
        return Reasoning(effort=effort) if effort else None
    return Reasoning(kind != "disabled", kind == "adaptive", effort, budget)


def _decode_effort(wired: wire.AnyRequest, own: Json) -> Effort | None:
    """The effort where it is a known one; whatever else ``output_config`` says (its ``format`` apart) goes to ``own``."""
    rest = {
        name: msgspec.json.decode(value)
        for name, value in (wired.output_config or {}).items()
        if name != "format"
    }
    effort: Effort | None = rest.pop("effort") if rest.get("effort") in _EFFORTS else None
    if rest:
        own["output_config"] = rest
    return effort


def _decode_output_format(wired: wire.AnyRequest, own: Json) -> OutputFormat | None:
    raw = (wired.output_config or {}).get("format")
    if raw is None:
        return None
    try:
        wanted = msgspec.json.decode(raw, type=wire.OutputFormat | None)
    except msgspec.ValidationError as error:
        raise invalid(error, "output_config.format") from error
    if wanted is None:
        return None
    if wanted.type != "json_schema" or wanted.schema is UNSET:
        own.setdefault("output_config", {})["format"] = msgspec.json.decode(raw)
        return None
    return OutputFormat("json_schema", schema=wanted.schema)


def _decode_user_id(wired: wire.AnyRequest, own: Json) -> str | None:
    rest = dict(wired.metadata or {})
    user_id = rest.pop("user_id", None)
    if rest:
        own["metadata"] = rest
    return str(user_id) if user_id is not None else None
