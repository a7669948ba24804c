"""Canonical requests -> requests of the Messages API."""

import re
from typing import Any

import msgspec
from msgspec import Raw, structs

from pxbin_engine.protocol.dialects.anthropic_messages.parts import (
    Json,
    encode_extensions,
    encode_parts,
)
from pxbin_engine.protocol.dialects.anthropic_messages.thinking import encode_thinking
from pxbin_engine.protocol.dialects.anthropic_messages.turns import ordered_turns
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    OutputFormat,
    Request,
    Text,
    Thinking,
)

_MAX_TOKENS = (
    # Anthropic's "Models overview": what a family can write, for a client that did not say how much it wants
    (re.compile(r"claude-3-(?:opus|sonnet|haiku)"), 4096),
    (re.compile(r"claude-3[-.]5"), 8192),
    (re.compile(r""), 32000),
)
_SERVICE_TIERS = {"auto": "auto", "standard_only": "standard_only", "default": "standard_only"}
_NO_CONTENT: Json = {"type": "text", "text": "(no content)"}
_NO_SCHEMA = Raw(b'{"type":"object","properties":{}}')


def encode_request(request: Request, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
    """The body for an upstream; what it cannot say goes to ``losses``."""
    if not quirks.replays_thinking:
        request = _without_thinking(request, losses)
    own = encode_extensions(request.extensions, "", losses)
    max_tokens = _encode_max_tokens(request, model, quirks)
    body: Json = {"model": model, "max_tokens": max_tokens}
    if system := encode_parts(request.system, "system", losses):
        body["system"] = system
    body["messages"] = _encode_messages(request, quirks, losses)
    if tools := _encode_tools(request, losses):
        body["tools"] = tools
    if choice := _encode_tool_choice(request):
        body["tool_choice"] = choice
    body.update(encode_thinking(request, model, max_tokens, losses))
    _encode_sampling(request, body, quirks, losses)
    _encode_rest(request, body, losses)
    for name, value in own.items():
        _merge(body, name, value)
    return msgspec.json.encode(body)


def _without_thinking(request: Request, losses: Losses) -> Request:
    messages = []
    for i, message in enumerate(request.messages):
        kept = tuple(part for part in message.parts if not isinstance(part, Thinking))
        if len(kept) < len(message.parts):
            losses.add(f"messages[{i}]", "A signature of its thinking was refused.")
        messages.append(structs.replace(message, parts=kept))
    return structs.replace(request, messages=tuple(messages))


def _encode_max_tokens(request: Request, model: str, quirks: Quirks) -> int:
    wished = request.max_output_tokens
    if wished is None:
        wished = next(most for family, most in _MAX_TOKENS if family.search(model))
    return min(wished, quirks.max_output_tokens or wished)


def _encode_messages(request: Request, quirks: Quirks, losses: Losses) -> list[Json]:
    messages = []
    for i, message in enumerate(ordered_turns(request.messages, losses)):
        path = f"messages[{i}]"
        marks = message.role == "system" and not quirks.system_anywhere
        turn = _as_user_turn(message) if marks else message
        content = encode_parts(turn.parts, f"{path}.content", losses) or [_NO_CONTENT]
        own = encode_extensions(turn.extensions, path, losses)
        messages.append({"role": turn.role, "content": content, **own})
    return messages


def _as_user_turn(message: Message) -> Message:
    """Instructions in between, for an upstream that knows no such turn: marked as what they are."""
    texts = (part.text for part in message.parts if isinstance(part, Text))
    text = "\n".join(texts)
    return Message("user", (Text(f"<system-reminder>\n{text}\n</system-reminder>"),))


def _encode_tools(request: Request, losses: Losses) -> list[Json | Raw]:
    tools: list[Json | Raw] = []
    for i, tool in enumerate(request.tools):
        path = f"tools[{i}]"
        if isinstance(tool, FunctionTool):
            tools.append(_encode_tool(tool, path, losses))
        elif tool.dialect == NAME:
            tools.append(tool.raw)
        else:
            losses.add(path, f"Anthropic has no tool of the type {tool.kind}.")
    return tools


def _encode_tool(tool: FunctionTool, path: str, losses: Losses) -> Json:
    encoded: Json = {"name": tool.name}
    if tool.description is not None:
        encoded["description"] = tool.description
    encoded["input_schema"] = _NO_SCHEMA if tool.parameters is None else _typed(tool.parameters)
    if tool.strict:
        encoded["strict"] = True
    return encoded | encode_extensions(tool.extensions, path, losses)


def _typed(schema: Raw) -> Raw | Json:
    """Anthropic refuses a schema that does not say that it is of an object."""
    fields = msgspec.json.decode(schema, type=dict[str, Raw])
    return schema if "type" in fields else {"type": "object", **fields}


def _encode_tool_choice(request: Request) -> Json | None:
    choice, parallel = request.tool_choice, request.parallel_tools
    if not request.tools or (choice is None and parallel is not False):
        return None
    encoded: Json = {"type": choice.mode if choice else "auto"}
    if choice and choice.mode == "tool":
        encoded["name"] = choice.name
    if parallel is not None and encoded["type"] != "none":
        encoded["disable_parallel_tool_use"] = not parallel
    return encoded


def _encode_sampling(request: Request, body: Json, quirks: Quirks, losses: Losses) -> None:
    """Temperature and its kin, as far as Anthropic takes them from a client that does not know its rules."""
    wishes = {"temperature": request.temperature, "top_p": request.top_p, "top_k": request.top_k}
    for name, value in wishes.items():
        if value is None:
            continue
        if said_here(request):
            body[name] = value
        elif refusal := _refusal(name, body, quirks):
            losses.add(name, refusal)
        elif name == "temperature" and value > 1:
            losses.add(name, "Anthropic's temperatures end at 1.")
            body[name] = 1.0
        else:
            body[name] = value


def _refusal(name: str, body: Json, quirks: Quirks) -> str | None:
    if not quirks.sampling:
        return "The model takes no sampling parameters."
    if body.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        return "Anthropic takes no sampling parameters while the model thinks."
    if name == "top_p" and "temperature" in body:
        return "Anthropic takes temperature or top_p, not both."
    return None


def _encode_rest(request: Request, body: Json, losses: Losses) -> None:
    if stop := [text for text in request.stop if text.strip()]:
        body["stop_sequences"] = stop
    if len(stop) < len(request.stop):
        losses.add("stop", "Anthropic takes no blank stop sequence.")
    if request.output_format is not None:
        _encode_output_format(request.output_format, body, losses)
    if request.user_id is not None:
        body["metadata"] = {"user_id": request.user_id}
    if request.service_tier is not None:
        tier = _SERVICE_TIERS.get(request.service_tier)
        if tier is None:
            losses.add("service_tier", f"Anthropic has no service tier {request.service_tier}.")
        else:
            body["service_tier"] = tier
    if request.cache_key is not None:
        losses.add("prompt_cache_key", "Anthropic finds a cached prefix by its own text.")
    if request.stream:
        body["stream"] = True


def _encode_output_format(wanted: OutputFormat, body: Json, losses: Losses) -> None:
    if wanted.schema is None:
        losses.add("response_format", "Anthropic has no JSON mode without a schema.")
        return
    config = body.setdefault("output_config", {})
    config["format"] = {"type": "json_schema", "schema": wanted.schema}


def said_here(request: Request) -> bool:
    """Whether an Anthropic client said this request: then its own words are right for Anthropic."""
    return NAME in (request.extensions or {})


def _merge(body: Json, name: str, value: Any) -> None:
    """A field of the dialect's own, or more of one that is there."""
    known = body.get(name)
    body[name] = (
        {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    )
