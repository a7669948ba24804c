"""Requests of Chat Completions, in both directions: the fields around the messages and the tools."""

from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import wire
from pxbin_engine.protocol.dialects.openai_chat.asked_messages import decode_messages
from pxbin_engine.protocol.dialects.openai_chat.content import note_extensions
from pxbin_engine.protocol.dialects.openai_chat.messages import encode_messages
from pxbin_engine.protocol.dialects.openai_chat.sampling_fields import sampling_fields
from pxbin_engine.protocol.dialects.openai_chat.search import search_options
from pxbin_engine.protocol.dialects.openai_chat.thinking_fields import thinking_fields
from pxbin_engine.protocol.dialects.openai_chat.tools import (
    decode_tool_choice,
    decode_tools,
    encode_tool_choice,
    encode_tools,
)
from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.effort import EFFORTS
from pxbin_engine.protocol.json_patch import read_members
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    Extensions,
    FunctionTool,
    OutputFormat,
    Reasoning,
    Request,
    ToolChoice,
    WebSearch,
)
from pxbin_engine.protocol.wire_names import wire_key


def encode_request(request: Request, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
    """The upstream's body, always with its fields in the same order."""
    body: dict[str, Any] = {"model": model, "messages": encode_messages(request, quirks, losses)}
    _put_tools(body, request, quirks, losses)
    if quirks.web_search == "options":
        body.update(search_options(request, losses))
    _put_output(body, request, quirks, losses)
    body.update(sampling_fields(request, quirks, losses))
    if request.reasoning is not None:
        body.update(thinking_fields(request.reasoning, quirks, losses))
    _put_caller(body, request, quirks, losses)
    note_extensions(request.extensions, "", quirks, losses)
    own = (request.extensions or {}).get(NAME, {})
    if "stream_options" in own:
        own = own | {"stream_options": body.get("stream_options", {}) | own["stream_options"]}
    body.update(own)
    return msgspec.json.encode(body)


def _put_tools(body: dict[str, Any], request: Request, quirks: Quirks, losses: Losses) -> None:
    tools = encode_tools(request, quirks, losses)
    if not tools:
        if request.tool_choice is not None and request.tool_choice.mode in ("any", "tool"):
            losses.add("tool_choice", "No tool is left that the upstream could call.")
        return
    body["tools"] = tools
    if request.tool_choice is not None:
        _put_tool_choice(body, request, request.tool_choice, quirks, losses)
    if request.parallel_tools is None:
        return
    if quirks.parallel_tool_calls:
        body["parallel_tool_calls"] = request.parallel_tools
    elif not request.parallel_tools:
        losses.add(
            "tool_choice.disable_parallel_tool_use",
            "The upstream cannot be told to call one tool at a time.",
        )


def _put_tool_choice(
    body: dict[str, Any], request: Request, choice: ToolChoice, quirks: Quirks, losses: Losses
) -> None:
    searches = [tool.name for tool in request.tools if isinstance(tool, WebSearch)]
    functions = [tool.name for tool in request.tools if isinstance(tool, FunctionTool)]
    if choice.mode == "tool" and choice.name in searches:
        losses.add("tool_choice", "The model cannot be made to search the web; it may.")
    elif choice.mode == "tool" and choice.name not in functions:
        losses.add("tool_choice", "There is no such function that the model could be made to call.")
    elif choice.mode in ("any", "tool") and not quirks.forced_tools:
        losses.add("tool_choice", "The model cannot be made to call a tool; it may.")
    else:
        body["tool_choice"] = encode_tool_choice(choice)


def _put_output(body: dict[str, Any], request: Request, quirks: Quirks, losses: Losses) -> None:
    if request.stream:
        body["stream"] = True
        if quirks.stream_options:
            body["stream_options"] = {"include_usage": True}
    limit = request.max_output_tokens
    if limit is not None:
        if quirks.max_output_tokens is not None and limit > quirks.max_output_tokens:
            losses.add("max_tokens", f"The model writes at most {quirks.max_output_tokens} tokens.")
            limit = quirks.max_output_tokens
        body[quirks.max_tokens_field] = limit
    if request.output_format is not None:
        body["response_format"] = _encode_format(request.output_format)


def _encode_format(format_: OutputFormat) -> dict[str, Any]:
    if format_.kind == "json_object" or format_.schema is None:
        return {"type": "json_object"}
    schema: dict[str, Any] = {"name": format_.name or "answer", "schema": format_.schema}
    if format_.strict is not None:
        schema["strict"] = format_.strict
    return {"type": "json_schema", "json_schema": schema}


def _put_caller(body: dict[str, Any], request: Request, quirks: Quirks, losses: Losses) -> None:
    if request.user_id is not None and quirks.user:
        body["user"] = wire_key(request.user_id)
    elif request.user_id is not None:
        losses.add("metadata.user_id", "The upstream takes no user id; it was left out.")
    if request.cache_key is not None and quirks.prompt_cache_key:
        body["prompt_cache_key"] = wire_key(request.cache_key)
    elif request.cache_key is not None:
        losses.add(
            "prompt_cache_key", "The upstream is not known to take a cache key; it was left out."
        )
    tier = request.service_tier
    if tier is None or tier == "auto":
        return
    if quirks.service_tier:
        body["service_tier"] = "default" if tier == "standard_only" else tier
    else:
        losses.add("service_tier", "The upstream has no service tiers; it was left out.")


def decode_request(body: bytes) -> Request:
    """A client's body. Raises ``ProtocolError`` with a text that names the field."""
    try:
        return _decode(wire.asked_decoder.decode(body), read_members(body))
    except wire.UNREADABLE as error:
        raise ProtocolError(
            f"The request body is not a chat completion request: {error}"
        ) from error


def _decode(asked: wire.Asked, members: dict[str, Raw]) -> Request:
    system, messages = decode_messages(asked.messages)
    return Request(
        model=asked.model,
        messages=messages,
        system=system,
        tools=decode_tools(asked),
        tool_choice=decode_tool_choice(asked),
        parallel_tools=asked.parallel_tool_calls,
        stream=bool(asked.stream),
        tell_usage=(asked.stream_options or {}).pop("include_usage", None),
        max_output_tokens=asked.max_completion_tokens or asked.max_tokens,
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_k=asked.top_k,
        seed=asked.seed,
        presence_penalty=asked.presence_penalty,
        frequency_penalty=asked.frequency_penalty,
        stop=(asked.stop,) if isinstance(asked.stop, str) else tuple(asked.stop or ()),
        reasoning=_decode_reasoning(asked.reasoning_effort),
        output_format=_decode_format(asked.response_format),
        user_id=asked.user or asked.safety_identifier,
        cache_key=asked.prompt_cache_key,
        service_tier=asked.service_tier,
        extensions=_decode_extensions(members, asked.stream_options),
    )


def _decode_reasoning(effort: str | None) -> Reasoning | None:
    if effort is None:
        return None
    known = next((level for level in EFFORTS if level == effort), None)
    if known is None:
        raise ProtocolError(
            f"reasoning_effort: expected one of {', '.join(EFFORTS)}, not {effort!r}"
        )
    return Reasoning(enabled=known != "none", effort=known)


def _decode_format(asked: wire.AskedFormat | None) -> OutputFormat | None:
    if asked is None or asked.type == "text":
        return None
    if asked.type == "json_object":
        return OutputFormat("json_object")
    schema = asked.json_schema
    if asked.type != "json_schema" or schema is None or not bytes(schema.schema):
        raise ProtocolError(
            "response_format: expected text, json_object, or json_schema with its schema"
        )
    return OutputFormat("json_schema", schema.name, schema.schema, schema.strict)


def _decode_extensions(
    members: dict[str, Raw], stream_options: dict[str, Any] | None
) -> Extensions | None:
    """What the canonical request has no slot for, such as what else ``stream_options`` asks for."""
    rest = {
        name: msgspec.json.decode(value) for name, value in members.items() if name not in _READ
    }
    fields = {name: value for name, value in rest.items() if value is not None}
    if stream_options:
        fields["stream_options"] = stream_options
    return {NAME: fields} if fields else None


_READ = frozenset(wire.Asked.__struct_encode_fields__)
